"""Instances written down as data, made into bundles: `literature/*.toml` and `properties/counterexamples/*.toml`.

`lists`: applicant → programmes, best first. `orders`: programme → whom it would take, best first; who is not named
cannot have a place there. `groups`: applicant → groups. `reserve`: rows of reserves.csv. `reserves`: their order.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.manifest import Header
from app.allocation.tables import Applicant, Programme, Reserve, sorted_tables
from tests.allocation.instances import frozen

Fields = Mapping[str, Any]

LITERATURE = Path(__file__).resolve().parents[1] / "literature"
COUNTEREXAMPLES = Path(__file__).resolve().parent / "counterexamples"


def instances() -> Iterator[tuple[str, Fields]]:
    """Each instance of the literature with a name for it; its file must say where it is from and how it was checked."""
    for file in sorted(LITERATURE.glob("*.toml")):
        whole = tomllib.loads(file.read_text("utf-8"))
        assert whole["source"], file
        assert whole["checked"], file
        for fields in whole["instance"]:
            yield f"{file.stem}: {fields['name']}", fields


def cases(name: str) -> dict[str, Fields]:
    """Name of each case of a counter-example → its fields, the file's where the case has none of its own."""
    whole = tomllib.loads((COUNTEREXAMPLES / f"{name}.toml").read_text("utf-8"))
    assert whole["what"], name
    assert whole["source"], name
    return {case["name"]: whole | case | {"lists": whole["lists"] | case.get("lists", {})} for case in whole["case"]}


def bundle_of(fields: Fields) -> Bundle:
    """The bundle of an instance, as it is read from its files."""
    header = Header(
        round="written",
        order=("place<",),
        ticket="per-applicant",
        reserves=fields.get("reserves", "reserved-first"),
    )
    lists, orders, groups = fields["lists"], fields["orders"], fields.get("groups", {})
    choices = [
        Choice(name, rank, programme, (orders[programme].index(name) + 1,))
        for name, one in lists.items()
        for rank, programme in enumerate(one, 1)
        if name in orders[programme]
    ]
    tables = sorted_tables(
        [Programme(name, seats) for name, seats in fields["seats"].items()],
        [Reserve(**row) for row in fields.get("reserve", [])],
        [Applicant(name, "", tuple(sorted(groups.get(name, ()))), "", ()) for name in lists],
        choices,
        [],
        1,
    )
    return frozen(header, tables)
