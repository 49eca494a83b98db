"""A child's points line by line, in words: the fact, how much of it, the cap, what counts and why, and the clause."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.assessment import ruleset_of
from app.applications.models import Application
from app.applications.published_rules import ruleset_in_force
from app.applications.queries import decision_of
from app.eligibility.points import Item
from app.vault import Place, Vault, unseal

UNITS = {
    "residence_years": ("年", "years"),
    "work_months": ("个月", "months"),
    "insurance_months": ("个月", "months"),
}
PARENTS = {"first": ("申请人一方", "the parent who applies"), "second": ("另一方", "the second parent")}
WHY = {
    "counted": ("计入", "counted"),
    "capped": ("按上限计入", "counted up to the cap"),
    "excluded": ("同组取高，本项不计", "not counted: another of its group is higher"),
    "none": ("无此项", "nothing of this"),
    "unknown": ("尚未核实，暂不计", "not yet verified, so not counted"),
}


@dataclass(frozen=True)
class PointsLine:
    """`measured`: so many `unit`, or entries of a table; `points` before cap and group, `counted` in the total."""

    item: str
    zh: str
    en: str
    parent_zh: str
    parent_en: str
    measured: str
    unit_zh: str
    unit_en: str
    points: int
    cap: int | None
    group: str
    counted: int
    why: str
    why_zh: str
    why_en: str
    source: str
    clause: str
    assumed: bool


@dataclass(frozen=True)
class Points:
    """The lines in the ruleset's order; `total` is the sum of what they count."""

    total: int
    lines: list[PointsLine]


async def points_of(session: AsyncSession, vault: Vault, row: Application) -> Points | None:
    """The reckoning of the decision that counts, or None where the rules score the child by no points."""
    decision = await decision_of(session, row.bureau, row.id)
    if decision is None:
        return None
    key = await vault.key_of(session, row.bureau, row.child)
    trace = unseal(key, decision.trace, Place("decision", "trace", decision.id))
    # Points hang on no catchment: every decision of the trace has the same.
    lines = trace[0]["decision"]["points"] if trace else []
    if not lines:
        return None
    rules = ruleset_of((await ruleset_in_force(session, row.bureau, decision.ruleset)).text)
    items = {} if rules.points is None else {item.id: item for item in rules.points.item}
    shown = [_line(line, items) for line in lines]
    return Points(sum(line.counted for line in shown), shown)


def _line(line: Mapping[str, Any], items: Mapping[str, Item]) -> PointsLine:
    item, cite = items.get(line["item"]), line["cite"]
    unit_zh, unit_en = UNITS.get("" if item is None else item.measure, ("", ""))
    parent_zh, parent_en = PARENTS[line["parent"]]
    why_zh, why_en = WHY[line["why"]]
    return PointsLine(
        item=line["item"],
        zh=line["zh"],
        en=line["en"],
        parent_zh=parent_zh,
        parent_en=parent_en,
        measured=line["measured"],
        unit_zh=unit_zh,
        unit_en=unit_en,
        points=line["points"],
        cap=None if item is None else item.cap,
        group="" if item is None else item.group,
        counted=line["counted"],
        why=line["why"],
        why_zh=why_zh,
        why_en=why_en,
        source=cite.get("source", ""),
        clause=cite.get("clause", ""),
        assumed=cite.get("assumes", False),
    )
