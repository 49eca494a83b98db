"""Fictitious families written straight into the tables of applications, decided as the tests need them."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import insert, select, text
from sqlmodel import SQLModel, col

from app.actor import Actor
from app.applications.models import Application, Child, Decision, Guardianship, Preference
from app.applications.queries import active_ruleset
from app.clock import uuid7
from app.settings import Settings
from app.vault import Place, SubjectKey, Vault, seal
from tests.county import AS_OF, CATCHMENTS, COMMUNITIES, County, form

KEYS = ("level", "flat_lock", "disagree", "moved_in", "titled", "points")
NO_PLACE_BUT = {"level": 8, "flat_lock": 0, "disagree": 1, "moved_in": 0, "titled": 0, "points": 0}


@dataclass(frozen=True)
class Family:
    """A child with its guardian, as the round sees it. `reference` stays whenever the family applies again."""

    guardian: UUID
    community: str = "c1"
    wishes: tuple[str, ...] = ()
    rights: dict[str, dict[str, int]] = field(default_factory=dict)
    elsewhere: dict[str, int] = field(default_factory=lambda: dict(NO_PLACE_BUT))
    reference: bytes = b""
    twin_reference: bytes | None = None
    outcome: str = "eligible"
    ruleset_digest: str = ""
    feeders: tuple[str, ...] = ()
    application: UUID = field(default_factory=uuid7)
    child: UUID = field(default_factory=uuid7)


def county_families(guardian: UUID, count: int = 30) -> list[Family]:
    """Locals with a right and migrants without one, over all communities, wishing over all schools; the last two
    are twins."""
    made = []
    names = sorted(COMMUNITIES)
    for number in range(count):
        community = names[number % len(names)]
        school = CATCHMENTS[community][0]
        wishes = tuple(f"r-s{1 + (number + step) % 3}" for step in range(number % 3))
        right = {**NO_PLACE_BUT, "level": 1 + number % 3, "disagree": 0}
        made.append(
            Family(
                guardian,
                community,
                wishes,
                {school: right} if number % 2 else {},
                {**NO_PLACE_BUT, "points": number % 5 * 10},
                reference=f"fict-child-{number:03d}".encode(),
                twin_reference=b"fict-twins" if number >= count - 2 else None,
            )
        )
    return made


async def write_families(county: County, vault: Vault, round_id: UUID, families: list[Family]) -> None:
    """As a caseworker would find them: submitted, assessed and decided; a child of another round applies again."""
    actor = county.world.staff["casework"]
    async with county.world.database.transaction(actor) as session:
        ruleset = await active_ruleset(session, actor.bureau, "primary-2026")
        order = (SubjectKey, Child, Guardianship, Application, Decision, Preference)
        rows: dict[type[SQLModel], list[dict[str, Any]]] = {model: [] for model in order}
        known = set(await session.scalars(select(col(Child.id)).where(col(Child.bureau) == actor.bureau)))
        for family in families:
            is_known = family.child in known
            key = await vault.key_of(session, actor.bureau, family.child) if is_known else secrets.token_bytes(32)
            if not is_known:
                rows[SubjectKey].append(_key(vault, actor.bureau, family, key))
            for model, row in _rows(actor, round_id, family, ruleset.digest, key):
                if model not in (Child, Guardianship) or not is_known:
                    rows[model].append(row)
        for model, listed in rows.items():
            if listed:
                await session.execute(insert(model), listed)


def _key(vault: Vault, bureau: str, family: Family, key: bytes) -> dict[str, Any]:
    return {
        "bureau": bureau,
        "id": family.child,
        "guardians": [family.guardian],
        "schools": [],
        "version": vault.version,
        "wrapped": vault.wrap(key, bureau, family.child),
    }


def _rows(
    actor: Actor, round_id: UUID, family: Family, digest: str, key: bytes
) -> list[tuple[type[SQLModel], dict[str, Any]]]:
    filled = form(residence_community=family.community, preferences=list(family.wishes))
    whose: dict[str, Any] = {"bureau": actor.bureau, "guardians": [family.guardian]}
    child = {
        **whose,
        "id": family.child,
        "schools": [],
        "number_kind": "none",
        "reference": family.reference or family.child.bytes,
        "twin_reference": family.twin_reference,
        "sealed": seal(key, {"name": "虚构儿童"}, Place("child", "sealed", family.child)),
    }
    application = {
        **whose,
        "id": family.application,
        "schools": [],
        "round": round_id,
        "child": family.child,
        "status": "submitted",
        "outcome": family.outcome,
        "migrant": not family.rights,
        "residence_community": family.community,
        "sealed": seal(key, filled.to_json(), Place("application", "sealed", family.application)),
        "form_digest": filled.digest,
    }
    decision_id = uuid7()
    decision = {
        **whose,
        "id": decision_id,
        "schools": [],
        "application": family.application,
        "number": 1,
        "ruleset": "primary-2026",
        "ruleset_digest": family.ruleset_digest or digest,
        "as_of": AS_OF,
        "outcome": family.outcome,
        "kind": "local" if family.rights else "migrant",
        "rights": family.rights,
        "keys_elsewhere": family.elsewhere,
        "groups": [] if family.rights else ["migrant"],
        "feeders": list(family.feeders),
        "facts": seal(key, {}, Place("decision", "facts", decision_id)),
        "trace": seal(key, [], Place("decision", "trace", decision_id)),
        "digest": hashlib.sha256(family.application.bytes).hexdigest(),
        "decided_by": actor.person,
    }
    wishes = [
        {**whose, "application": family.application, "rank": rank, "programme": programme}
        for rank, programme in enumerate(family.wishes, 1)
    ]
    bond = {**whose, "id": uuid7(), "schools": [], "child": family.child}
    bond |= {"person": family.guardian, "relation": "mother"}
    rows: list[tuple[type[SQLModel], dict[str, Any]]] = [(Child, child), (Guardianship, bond)]
    return [*rows, (Application, application), (Decision, decision), *((Preference, wish) for wish in wishes)]


async def decide_anew(county: County, family: Family, **keys: int) -> None:
    """Change what was decided on a family's keys elsewhere, as a caseworker's correction would."""
    actor = county.world.staff["casework"]
    async with county.world.database.transaction(actor) as session:
        await session.execute(
            text(
                "INSERT INTO decision SELECT bureau, gen_random_uuid(), guardians, schools, application, number + 1,"
                " ruleset, ruleset_digest, as_of, outcome, kind, missing, rights,"
                " keys_elsewhere || CAST(:keys AS jsonb), groups, facts, trace, reason, digest, decided_by, decided_at"
                " FROM decision WHERE bureau = :bureau AND application = :application ORDER BY number DESC LIMIT 1"
            ),
            {"bureau": actor.bureau, "application": family.application, "keys": _json(keys)},
        )


async def alter(settings: Settings, table: str, change: str, bureau: str, name: str) -> None:
    """Change a stored file as somebody would who owns the tables and takes down policy and trigger first."""
    connection = await asyncpg.connect(str(settings.migration_url))
    try:
        async with connection.transaction():
            await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")
            done = await connection.execute(
                f"UPDATE {table} SET {change} WHERE bureau = $1 AND name = $2", bureau, name
            )
            assert done == "UPDATE 1"
            await connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER")
    finally:
        await connection.close()


def _json(keys: dict[str, int]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in keys.items()) + "}"
