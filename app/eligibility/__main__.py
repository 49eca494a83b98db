"""`python -m app.eligibility lint | explain | decide | compare | equal`: rulesets and cases as files alone.

Exit code: 0 done; 1 a ruleset is refused (lint), or a child's result changes (compare); 2 something cannot be read.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from app.eligibility.case_file import Case, read_cases
from app.eligibility.decide import decide
from app.eligibility.difference import replayed, told
from app.eligibility.equal_treatment import page
from app.eligibility.exact_json import BadField, canonical, to_object
from app.eligibility.explain import explained
from app.eligibility.ruleset import Ruleset, load
from app.eligibility.ruleset_checks import cited_parts
from app.eligibility.ruleset_overlaps import refuse_overlapping_validities
from app.eligibility.words import Language, words

DONE, FOUND, UNREADABLE = 0, 1, 2


class _Unreadable(Exception):
    """A file with the place, the reason and the remedy, as one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what is found goes to standard output, what is refused to standard error."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.answer(options)
    except _Unreadable as refusal:
        print(refusal, file=sys.stderr)
        return UNREADABLE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.eligibility", description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    lint = commands.add_parser("lint", help="check rulesets, and that they do not overlap")
    lint.add_argument("rulesets", type=Path, nargs="+", metavar="RULESET")
    lint.add_argument("--strict", action="store_true", help="refuse a citation with neither quotation nor assumption")
    lint.set_defaults(answer=_lint)
    explain = commands.add_parser("explain", help="print a ruleset in words")
    explain.add_argument("ruleset", type=Path, metavar="RULESET")
    explain.add_argument("--language", choices=["zh", "en"], help="one language alone (default: both)")
    explain.set_defaults(answer=_explain)
    made = commands.add_parser("decide", help="decide cases: one decision a line, as JSON or in words")
    made.add_argument("ruleset", type=Path, metavar="RULESET")
    made.add_argument("cases", type=Path, nargs="?", default=Path("/dev/stdin"), metavar="CASES.jsonl")
    made.set_defaults(answer=_decide)
    compared = commands.add_parser("compare", help="list whose outcome or keys change under another ruleset, and why")
    compared.add_argument("old", type=Path, metavar="OLD")
    compared.add_argument("new", type=Path, metavar="NEW")
    compared.add_argument("cases", type=Path, metavar="CASES.jsonl")
    compared.set_defaults(answer=_compare)
    equal = commands.add_parser("equal", help="print which rules hang on a child's registration, as Markdown")
    equal.add_argument("rulesets", type=Path, nargs="+", metavar="RULESET")
    equal.set_defaults(answer=_equal)
    for command in (made, compared):
        command.add_argument("--words", choices=["zh", "en"], help="sentences instead of JSON")
        command.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="default: the (old) cut-off")
    return parser


def _lint(options: argparse.Namespace) -> int:
    held, code = [], DONE
    for path in options.rulesets:
        try:
            ruleset = load(path)
            unread = list(_unread(ruleset))
            if options.strict and unread:
                raise BadField(unread[0], "neither quoted nor assumed", "quote the clause, or say `assumption`")
        except BadField as error:
            print(f"{path}: {error}", file=sys.stderr)
            code = FOUND
            continue
        except OSError as error:
            raise _Unreadable(f"{path}: {error.strerror}") from None
        held.append(ruleset)
        remark = f"; cited and neither quoted nor assumed: {', '.join(unread)}" if unread else ""
        print(f"{path}: good, {ruleset.digest}{remark}")
    try:
        refuse_overlapping_validities(held)
    except BadField as error:
        print(error, file=sys.stderr)
        code = FOUND
    return code


def _unread(ruleset: Ruleset) -> Iterator[str]:
    for where, cite, _ in cited_parts(ruleset.text):
        if not cite.quote and not cite.assumption:
            yield where


def _explain(options: argparse.Namespace) -> int:
    ruleset = _ruleset(options.ruleset)
    print("\n".join(explained(ruleset, language) for language in _one(options.language)), end="")
    return DONE


def _one(language: Language | None) -> tuple[Language, ...]:
    return (language,) if language else ("zh", "en")


def _decide(options: argparse.Namespace) -> int:
    ruleset = _ruleset(options.ruleset)
    for case in _cases(options.cases):
        as_of = case.as_of or options.as_of or ruleset.text.cut_off
        made = decide(case.facts, ruleset.for_day(as_of), as_of)
        if options.words:
            print(f"{case.id}: " + " ".join(words(made, options.words, ruleset.text.stage != "preschool")))
        else:
            print(canonical({"id": case.id, "decision": made.to_json(), "digest": made.digest}))
    return DONE


def _compare(options: argparse.Namespace) -> int:
    old, new = _ruleset(options.old), _ruleset(options.new)
    seen = changed = 0
    for case in _cases(options.cases):
        seen += 1
        found = replayed(case.facts, old, new, case.as_of or options.as_of or old.text.cut_off)
        if found is None:
            continue
        changed += 1
        if options.words:
            print(f"{case.id}: " + "\n  ".join(told(found, options.words)))
        else:
            print(canonical({"id": case.id, **to_object(found)}))
    print(f"{changed} of {seen} change from {old.id} to {new.id}", file=sys.stderr)
    return FOUND if changed else DONE


def _equal(options: argparse.Namespace) -> int:
    print(page([_ruleset(path) for path in options.rulesets]), end="")
    return DONE


def _ruleset(path: Path) -> Ruleset:
    try:
        return load(path)
    except BadField as error:
        raise _Unreadable(f"{path}: {error}") from None
    except OSError as error:
        raise _Unreadable(f"{path}: {error.strerror}") from None


def _cases(path: Path) -> Iterator[Case]:
    try:
        yield from read_cases(path)
    except BadField as error:
        raise _Unreadable(f"{path}: {error}") from None
    except OSError as error:
        raise _Unreadable(f"{path}: {error.strerror}") from None


if __name__ == "__main__":
    sys.exit(main())
