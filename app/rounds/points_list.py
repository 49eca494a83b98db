"""The masked points list that stands for objection before anything is frozen. Pure.

For each school the children with a right there, in the order of the ruleset without the draw, then (school empty)
all children with the keys that they have elsewhere. A child is shown by the first digits of its pseudonym alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.allocation.choices import Keys
from app.allocation.manifest import TICKET
from app.allocation.text import write_rows
from app.applications.queries import Applicant
from app.rounds.pseudonyms import masked, pseudonyms_of
from app.rounds.snapshot import keys_in_order


@dataclass(frozen=True)
class MaskedList:
    """`content`: CSV of `school,applicant,` and the keys in order. `shown`: application → its masked name."""

    content: bytes
    shown: Mapping[UUID, str]


def changed(before: bytes, after: bytes) -> frozenset[str]:
    """The masked names of both lists whose rows are not the same in them."""
    earlier, later = _rows_by_name(before), _rows_by_name(after)
    return frozenset(name for name, rows in later.items() if name in earlier and earlier[name] != rows)


def _rows_by_name(content: bytes) -> dict[str, list[tuple[tuple[str, str], ...]]]:
    """Masked name → its rows, each with the names of its columns; a row's place in the list is none of its own."""
    header, *lines = content.decode("ascii").splitlines()
    columns = header.split(",")
    rows: dict[str, list[tuple[tuple[str, str], ...]]] = {}
    for line in lines:
        row = tuple(zip(columns, line.split(","), strict=True))
        rows.setdefault(dict(row)["applicant"], []).append(row)
    return {name: sorted(found) for name, found in rows.items()}


def points_list(order: Sequence[str], key: bytes, applicants: Sequence[Applicant]) -> MaskedList:
    """The list of these children under the round's key; raises Incomplete."""
    entries = [entry for entry in order if entry != TICKET]
    names = [entry[:-1] for entry in entries]
    signs = [1 if entry.endswith("<") else -1 for entry in entries]

    def standing(row: tuple[str, str, Keys]) -> tuple[object, ...]:
        school, shown, keys = row
        return not school, school, tuple(sign * value for sign, value in zip(signs, keys, strict=True)), shown

    shown = {child.application: masked(pseudonyms_of(key, child.reference).applicant) for child in applicants}
    rows: list[tuple[str, str, Keys]] = []
    for child in applicants:
        name = shown[child.application]
        rows.append(("", name, keys_in_order(names, child.keys_elsewhere)))
        rows += [(school, name, keys_in_order(names, keys)) for school, keys in child.rights.items()]
    cells = ((school, name, *keys) for school, name, keys in sorted(rows, key=standing))
    return MaskedList(write_rows(["school", "applicant", *names], cells), shown)
