"""A decision in words for the family: the outcome first, then why or what to do, one sentence a line."""

from typing import Literal

from app.eligibility.decision import Decision, Outcome, Shortfall
from app.eligibility.values import Value

Language = Literal["zh", "en"]

OUTCOMES: dict[Language, dict[Outcome, str]] = {
    "zh": {
        "eligible": "符合入学条件。",
        "not_eligible": "按现有材料不符合入学条件；此结果须经工作人员复核。",
        "undetermined": "尚不能确定是否符合入学条件，还需以下材料或核验：",
    },
    "en": {
        "eligible": "Eligible for admission.",
        "not_eligible": "Not eligible on the papers at hand; a member of staff must confirm this.",
        "undetermined": "Not yet decided; the following is still missing or unchecked:",
    },
}
BETTER = {"zh": "补充后可能提高层次：", "en": "Could raise the level once known: "}
NO_RIGHT: dict[Language, str] = {
    "zh": "在本学区无优先资格；将统筹安排公办学校学位。",
    "en": "No priority in this catchment; a place at a public school is found by coordination.",
}
ALIKE: dict[Language, str] = {
    "zh": "所有报名者同等；报名超过学位的学校由公开摇号决定。",
    "en": "All who register stand alike; where a school has fewer seats, the public draw decides.",
}
NO_RIGHT_NOR_DUTY: dict[Language, str] = {
    "zh": "在本服务区无优先资格；可在仍有空位的幼儿园就读。",
    "en": "No priority in this service area; a place may be had where seats are left.",
}


def words(decision: Decision, language: Language, is_compulsory: bool = True) -> tuple[str, ...]:
    """The lines for a family; the same sentence stands once. Only a compulsory stage promises a place to everybody."""
    zh = language == "zh"
    lines = [OUTCOMES[language][decision.outcome]]
    if decision.outcome == "eligible":
        proved = str(decision.level)
        level = [t for t in decision.trace if t.subject == "level" and t.name == proved]
        lines += [t.zh if zh else t.en for t in level] or [_without(decision, is_compulsory)[language]]
        lines += [t.zh if zh else t.en for t in decision.trace if t.subject == "gave_up"]
        lines += [BETTER[language] + sentence for sentence in _once(decision.improvable, zh)]
    lines += _once((*decision.missing, *decision.reasons), zh)
    notes = [t for t in decision.trace if t.note and t.value is not Value.MET]
    return tuple(lines + [t.zh if zh else t.en for t in notes])


def _without(decision: Decision, is_compulsory: bool) -> dict[Language, str]:
    """For whoever has no right, in a county that must provide, that need not, or where the rules know no right."""
    if not any(line.subject == "level" for line in decision.trace):
        return ALIKE
    return NO_RIGHT if is_compulsory else NO_RIGHT_NOR_DUTY


def _once(shortfalls: tuple[Shortfall, ...], zh: bool) -> list[str]:
    return list(dict.fromkeys(s.zh if zh else s.en for s in shortfalls))
