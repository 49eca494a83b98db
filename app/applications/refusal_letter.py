"""The letter of a refusal, in both languages: the rules not met with their clauses, in the ruleset's own words; a
sentence that an officer wrote for this child; the remedies. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.applications.remedies import REMEDIES
from app.errors import ServiceError

SHORTEST_SENTENCE = 5
HEAD = {
    "zh": "经审核，现有材料未达到以下入学条件：",
    "en": "On the papers at hand these conditions of admission are not met:",
}
NO_RULE = {
    "zh": "经审核，本次报名未获通过，具体情况如下。",
    "en": "The application is refused; the particulars follow.",
}
ASSUMED = {"zh": "本规则为县教育局规定", "en": "a rule of the bureau's own"}
OPEN = ("reasons", "missing")


def refusal_letter(trace: Sequence[Any], sentence: str) -> dict[str, Any]:
    """The letter of a decision's trace. `rules`: rule, its words and its clause; `sentence`; `remedies`.

    Raises `application.reason_missing`, and `application.sentence_not_individual` where the officer's sentence is
    nothing but words of the letter.
    """
    own = sentence.strip()
    if len(own) < SHORTEST_SENTENCE:
        raise ServiceError("application.reason_missing", "reason")
    letter = {
        "head": HEAD,
        "rules": list(_rules(trace)),
        "sentence": own,
        "remedies": [{"kind": kind, "zh": zh, "en": en} for kind, (zh, en) in REMEDIES.items()],
    }
    if not letter["rules"]:
        letter["head"] = NO_RULE
    if any(_bare(own) in _bare(template) for template in _templates(letter)):
        raise ServiceError("application.sentence_not_individual", "reason")
    return letter


def lines_of(letter: dict[str, Any], language: str) -> list[str]:
    """The letter as a family reads it, a line each."""
    rules = [f"{rule[language]}（{rule['clause'][language]}）" if language == "zh" else
             f"{rule[language]} ({rule['clause'][language]})" for rule in letter["rules"]]  # fmt: skip
    return [letter["head"][language], *rules, letter["sentence"], *(one[language] for one in letter["remedies"])]


def _rules(trace: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Each rule once, in the ruleset's order: of the decision that speaks of no catchment, or of the first."""
    decision = trace[0]["decision"] if trace else {}
    cited = {line["name"]: line["cite"] for line in decision.get("trace", ()) if line["subject"] == "rule"}
    told = set()
    for shortfall in next((decision[name] for name in OPEN if decision.get(name)), ()):
        if shortfall["rule"] not in told:
            told.add(shortfall["rule"])
            clause = _clause(cited.get(shortfall["rule"], {}))
            yield {"rule": shortfall["rule"], "zh": shortfall["zh"], "en": shortfall["en"], "clause": clause}


def _clause(cite: dict[str, Any]) -> dict[str, str]:
    if not cite.get("source"):
        return ASSUMED
    named = f"《{cite['source']}》{cite.get('clause', '')}"
    return {"zh": named, "en": named}


def _templates(letter: dict[str, Any]) -> Iterator[str]:
    for language in ("zh", "en"):
        rest = {**letter, "sentence": ""}
        yield "".join(lines_of(rest, language))


def _bare(words: str) -> str:
    """Without what makes a copy look different."""
    return "".join(letter for letter in words.casefold() if letter.isalnum())
