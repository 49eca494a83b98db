"""What is mutated: a pure core with its tests, which of them each file is shown, and where its report is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_INPUT = ("refusals", "accepted", "refusals_boundaries", "families", "freezing")
_ALLOCATION = {
    "__main__": ("command_boundaries", "command", "plan"),
    "bundle": ("freezing_boundaries", "refusals_boundaries", "freezing", "refusals"),
    "canonical": _INPUT,
    "choices": ("columns_boundaries", "refusals", "accepted", "placements"),
    "cutoffs": ("standings_boundaries", "cutoffs"),
    "deferred_acceptance": ("matching_boundaries", "placements"),
    "deficit": ("deficit_boundaries", "deficit"),
    "families": ("families",),
    "flow": ("matching_boundaries", "deficit"),
    "later_pass": ("later_pass_boundaries", "later_pass"),
    "lottery": ("lottery",),
    "manifest": _INPUT,
    "market": ("standings_boundaries", "matching_boundaries", "placements"),
    "merkle": ("merkle", "families"),
    "preferences": ("columns_boundaries", "placements"),
    "priorities": ("standings_boundaries", "placements"),
    "ranking": ("ranking_boundaries", "twins", "explanation"),
    "reading": _INPUT,
    "result": ("result_boundaries", "placements"),
    "solver": ("result_boundaries", "placements", "command"),
    "tables": ("columns_boundaries", "freezing", "accepted"),
    "text": _INPUT,
    "verify": ("verify_boundaries", "verify_reading_boundaries", "verify_unreadable"),
    "explanation*": ("explanation*",),
    "plan*": ("plan*",),
    "simulation*": ("simulation*",),
    "stability*": ("stability_boundaries", "stability"),
    "twins*": ("twins_boundaries", "twins"),
    "*": ("explanation*", "plan*", "simulation*", "stability*", "twins*"),
}
# Many random instances, or another process for each: shown only to those that nothing else kills.
_ALLOCATION_LONG = {
    "verify": (
        "verify_head",
        "verify_later_pass",
        "verify_blocks",
        "verify_command",
        "verify_tampering",
        "verify_tiny*",
    ),
    "*": ("freezing", "lottery", "deferred_acceptance", "order_independence", "command", "later_pass", "cutoffs"),
}

_ELIGIBILITY = {
    "__main__": ("command",),
    "age_classes": ("age_classes", "preschool"),
    "attainable": ("key_words", "gave_up"),
    "case_file": ("command",),
    "certificates": ("boundaries", "cases"),
    "citation": ("ruleset", "command"),
    "conditions": ("cases", "boundaries"),
    "decide": ("decide", "cases", "gave_up"),
    "decision": ("decide", "cases"),
    "difference": ("difference",),
    "equal_treatment": ("equal_treatment",),
    "exact_json": ("facts", "ruleset", "command"),
    "explain": ("command",),
    "facts": ("facts", "cases"),
    "key_words": ("key_words",),
    "merits": ("cases", "boundaries"),
    "periods": ("periods", "cases"),
    "points": ("decide", "cases"),
    "priorities": ("cases", "decide"),
    "ruleset": ("ruleset", "overlaps", "within_year", "decide"),
    "ruleset_checks": ("ruleset",),
    "ruleset_overlaps": ("overlaps",),
    "ruleset_scope": ("overlaps",),
    "ruleset_text": ("cases", "ruleset"),
    "values": ("decide", "cases"),
    "vocabulary": ("ruleset", "cases"),
    "words": ("decide", "gave_up", "preschool", "command"),
    "*": ("cases",),
}


@dataclass(frozen=True)
class Subject:
    """`package`, `tests` and `report` lie below the tree. `shown`, `long`: stem of a file → stems of its tests.

    `apart`: a file that is counted apart from the core. `has_cases`: its mutants are first shown `cases` and `killing`.
    """

    package: str
    tests: str
    report: str
    reasons: Path
    head: str
    shown: Mapping[str, tuple[str, ...]]
    long: Mapping[str, tuple[str, ...]]
    apart: str = ""
    has_cases: bool = False


_HEAD = """\
# Mutation of the allocation: core and verifier

`python -m tests.allocation.mutants STATE` (outside CI; `--help` tells how to go on after a stop). Each mutant is one
small change (`tests/allocation/mutants/operators.py` says which, and what is left alone). It is shown to the cases of
`tests/allocation/mutants/cases.py`, then to the tests of its file, until one tells; a loop is ended by time and counts
as killed. `equivalent`: no test could tell, for the reason given below. Per cent: killed of those not equivalent.
Whoever was killed is not tried again while its file stays the same; who lived is tried anew in every run, since tests
are added. The mistakes of policy in `tests/allocation/mutants/policy.toml` are apart from these; CI kills all of them.

Changed since their trial: none.
"""
_ELIGIBILITY_HEAD = """\
# Mutation of the rules of eligibility

`python -m tests.allocation.mutants STATE --of eligibility` (outside CI; `--help` tells how to go on after a stop). Each
mutant is one small change (`tests/allocation/mutants/operators.py` says which, and what is left alone), shown to the
tests of its file (`tests/allocation/mutants/subjects.py`) until one tells; a loop is ended by time and is killed too.
`equivalent`: no test could tell, for the reason given below. Per cent: killed of those not equivalent. Whoever was
killed is not tried again while its file stays the same; who lived is tried anew in every run, since tests are added.

Changed since their trial: none.
"""
SUBJECTS = {
    "allocation": Subject(
        "app/allocation",
        "tests/allocation",
        "benchmarks/mutation.md",
        HERE / "survivors.toml",
        _HEAD,
        _ALLOCATION,
        _ALLOCATION_LONG,
        apart="verify.py",
        has_cases=True,
    ),
    "eligibility": Subject(
        "app/eligibility",
        "tests/eligibility",
        "benchmarks/mutation-eligibility.md",
        HERE / "survivors_eligibility.toml",
        _ELIGIBILITY_HEAD,
        _ELIGIBILITY,
        {"*": ("properties", "cases", "junior", "preschool", "boundaries", "decision_table")},
    ),
}
