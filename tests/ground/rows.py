"""One row for every table of the models, made from their own constraints: what the tests of row-level security look
for. All of it is fictitious. A table that needs more than its types say has an entry in PARTICULARS.
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, DateTime, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

import app
from app.actor import Actor
from app.clock import uuid7
from tests.world import DUTIES

for _module in pkgutil.walk_packages(app.__path__, "app."):
    if _module.name.endswith(".models"):
        importlib.import_module(_module.name)

TABLES: Mapping[str, Table] = SQLModel.metadata.tables
PERSONAL = sorted(name for name, table in TABLES.items() if "guardians" in table.c)
SCHOOL, OTHER_SCHOOL = "fict-school", "fict-other-school"
OPENS, CLOSES = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 10, tzinfo=UTC)
ENUMERATED = re.compile(r"^(\w+) IN \('(\w+)'")

PARTICULARS: dict[str, dict[str, Any]] = {
    "organisation": {"id": SCHOOL, "kind": "school"},
    "role_grant": {"role": "school_office"},
    "two_person_act": {"audience": list(DUTIES)},
    "admission_round": {"opens_at": OPENS, "closes_at": CLOSES, "distance_limit_m": 1},
    "school": {"stages": ["primary"]},
    "child": {"number_kind": "none"},
    "site_check": {"kinds": ["home"]},
    "bundle_applicant": {"published": True},
}
# Columns that may be empty and are not in these rows.
FORCED: dict[str, tuple[str, ...]] = {"offer": ("run",)}


def everything(bureau: str, person: UUID) -> Actor:
    """Whoever holds all duties of a bureau at once: the most that an application gone wrong could claim."""
    return Actor(bureau, person, person, (bureau,), DUTIES, role="test", source="test", request="test")


def parent(actor: Actor) -> Actor:
    return replace(actor, organisations=(), duties=())


def office(actor: Actor, school: str) -> Actor:
    return replace(actor, person=uuid7(), organisations=(school,), duties=())


def rows_for(actor: Actor) -> dict[str, dict[str, Any]]:
    """A row of each table, in an order that foreign keys allow; every child's guardian is the actor."""
    made: dict[str, dict[str, Any]] = {}
    for table in SQLModel.metadata.sorted_tables:
        made[table.name] = _row(table, actor, made)
    return made


def _row(table: Table, actor: Actor, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    known = _known_values(table, actor, made)
    forced = FORCED.get(table.name, ())
    needed = [column for column in table.c if not column.nullable and column.server_default is None]
    needed += [column for column in table.c if column.name in forced]
    return {column.name: known.get(column.name, _plain(column)) for column in needed}


def _known_values(table: Table, actor: Actor, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    enumerated = [
        ENUMERATED.match(str(check.sqltext)) for check in table.constraints if isinstance(check, CheckConstraint)
    ]
    referred = {
        key.parent.name: made[key.column.table.name][key.column.name]
        for key in table.foreign_keys
        if key.column.table is not table and key.column.table.name in made
    }
    who = {"person": actor.person, "account": actor.account, "guardians": [actor.person], "schools": [SCHOOL]}
    if table.name in ("person", "account"):
        who["id"] = actor.person
    found = {match[1]: match[2] for match in enumerated if match}
    return {**found, **who, **referred, "bureau": actor.bureau, **PARTICULARS.get(table.name, {})}


def _plain(column: Column[Any]) -> Any:
    """A value of the column's type."""
    if isinstance(column.type, Text):
        return f"fict-{column.table.name}"
    values: list[tuple[type, Any]] = [
        (Uuid, uuid7()),
        (Boolean, False),
        (Integer, 1),
        (DateTime, OPENS),
        (Date, date(2026, 1, 1)),
        (LargeBinary, b"fictitious"),
        (JSONB, {}),
        (ARRAY, []),
    ]
    return next(value for kind, value in values if isinstance(column.type, kind))
