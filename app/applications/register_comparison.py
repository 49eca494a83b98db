"""What a register says beside what a family says. Pure, and strict: only what agrees in everything is confirmed.

A field on which the family is silent is not compared; one that it states and the register does not know is neither yes
nor no. A vaccination still due is told and bars nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from app.applications.lifecycle import RegisterEvent
from app.gateways.answers import Catalogue

PROOF = {"proof.obtained_on": "obtained_on", "proof.valid_until": "valid_until"}
EMPLOYMENT = {"kind": "kind", "since": "since", **PROOF}
STANDING = {"kind": "kind", **PROOF}
# By catalogue: where the family says it → where the record does.
PAIRS: dict[Catalogue, dict[str, str]] = {
    Catalogue.HOUSEHOLDS: {
        "child.name": "name",
        "child.born_on": "born_on",
        **{name: name for name in ("place", "community", "kind", "with_parents", "at_home", "registered_on")},
    },
    Catalogue.RESIDENCE_PERMITS: {
        **{name: name for name in ("held", "registered_since", "endorsements")},
        **PROOF,
    },
    Catalogue.TITLES: {
        **{name: name for name in ("basis", "share", "parents_own_none", "community")},
        "proof.obtained_on": "obtained_on",
    },
    Catalogue.CONTRIBUTIONS: {"months": "months"},
    Catalogue.EMPLOYMENT: EMPLOYMENT,
    Catalogue.LICENCES: EMPLOYMENT,
    Catalogue.GUARDIANSHIPS: {"relation": "relation"},
    Catalogue.DISABILITY_CARDS: {},
    Catalogue.VACCINATIONS: {},
    Catalogue.STANDINGS: STANDING,
    Catalogue.TALENTS: STANDING,
}


@dataclass(frozen=True)
class Difference:
    """`field` by its name in registers.toml; both values as JSON."""

    field: str
    declared: Any
    register: Any


@dataclass(frozen=True)
class FlatUsed:
    """A place taken by means of the flat, by the service's own record."""

    year: int
    same_household: bool


@dataclass(frozen=True)
class Compared:
    """`unknown`: fields that the family states and the register does not know."""

    event: RegisterEvent
    differences: tuple[Difference, ...] = ()
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "differences": [asdict(difference) for difference in self.differences],
            "remarks": list(self.remarks),
            "unknown": list(self.unknown),
        }


def compare(
    catalogue: Catalogue,
    said: Mapping[str, Any],
    record: Mapping[str, Any] | None,
    as_of: date,
    uses: Sequence[FlatUsed] = (),
) -> Compared:
    """What follows from a believed answer; `record` None: no such entry. `uses`: of the flat that it names."""
    if record is None:
        return Compared(RegisterEvent.MISS)
    if catalogue is Catalogue.VACCINATIONS:
        return _vaccinations(record)
    differences, unknown = [], []
    for path, name in PAIRS[catalogue].items():
        declared, held = _at(said, path), record[name]
        if declared is None:
            continue
        if held is None:
            unknown.append(name)
        elif _plain(name, declared) != _plain(name, held):
            differences.append(Difference(name, declared, held))
    if catalogue is Catalogue.TITLES:
        differences += _of_flat(said, record, uses)
    event = RegisterEvent.CONTRADICT if differences else RegisterEvent.MISS if unknown else RegisterEvent.CONFIRM
    return Compared(event, tuple(differences), _remarks(catalogue, record, as_of, uses), tuple(unknown))


def _vaccinations(record: Mapping[str, Any]) -> Compared:
    if record["complete"] is None:
        return Compared(RegisterEvent.MISS)
    return Compared(RegisterEvent.CONFIRM) if record["complete"] else Compared(RegisterEvent.NOTE, (), (DUE,))


DUE, MOVED, SUSPENDED, USED = "vaccination_due", "moved_after_cut_off", "permit_suspended", "used_by_another_household"


def _remarks(catalogue: Catalogue, record: Mapping[str, Any], as_of: date, uses: Sequence[FlatUsed]) -> tuple[str, ...]:
    found = {
        MOVED: catalogue is Catalogue.HOUSEHOLDS
        and record["registered_on"] is not None
        and date.fromisoformat(record["registered_on"]) > as_of,
        SUSPENDED: catalogue is Catalogue.RESIDENCE_PERMITS and record["suspended_on"] is not None,
        USED: any(not use.same_household for use in uses),
    }
    return tuple(name for name, holds in found.items() if holds)


def _of_flat(said: Mapping[str, Any], record: Mapping[str, Any], uses: Sequence[FlatUsed]) -> list[Difference]:
    """Nobody lives in a flat of their own before it is theirs; no use that the service knows is left unsaid."""
    found = []
    since, title = _at(said, "lived_since"), record["obtained_on"]
    if record["basis"] == "own_flat" and since is not None and title is not None and since < title:
        found.append(Difference("lived_since", since, title))
    declared = {(use["year"], use.get("same_household")) for use in said.get("uses") or ()}
    if any((use.year, use.same_household) not in declared for use in uses):
        found.append(Difference("uses", said.get("uses"), [asdict(use) for use in uses]))
    return found


def _at(said: Mapping[str, Any], path: str) -> Any:
    held: Any = said
    for name in path.split("."):
        held = held.get(name) if isinstance(held, Mapping) else None
    return held


def _plain(name: str, value: Any) -> Any:
    if name == "share":
        return Fraction(value)
    return sorted(value) if isinstance(value, list) else value
