"""What must stand before a round: the bureau, its staff, places, schools, catchments, an active ruleset.

The staff are the development provider's fictitious persons; everything else goes through the verbs of the offices.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.identity import VerifiedPerson, fictitious_persons
from app.actor import Actor
from app.applications import rulesets
from app.clock import uuid7
from app.database import Database
from app.demo.county import FictitiousCounty, csv_of, degrees, read_csv
from app.eligibility.ruleset import RULESETS
from app.schools import imports
from app.schools.imports import ImportFile
from app.schools.layouts import Kind
from app.settings import DEVELOPMENT_PROVIDER
from app.vault import Vault

BUREAU = "330424"
SINCE = date(2020, 1, 1)
RULES = ("primary-2026", "primary-2026-by-residence")
Staff = dict[str, Actor]


async def stage(database: Database, vault: Vault, county: FictitiousCounty) -> Staff:
    """Set the bureau up; answers its staff by the development provider's names (`school:<id>` for the offices)."""
    staff = await _hire(database, vault, county)
    await _import(database, staff["registrar"], county)
    for ruleset in RULES:
        await _activate(database, staff, (RULESETS / f"{ruleset}.toml").read_text(encoding="utf-8"))
    return staff


async def _hire(database: Database, vault: Vault, county: FictitiousCounty) -> Staff:
    """Persons, accounts and roles; the founder acts before anybody has a role."""
    founder = Actor(BUREAU, UUID(int=1), UUID(int=1), (BUREAU,), ("registrar",), "registrar", source="demo")
    named = {
        name: person for name, person in fictitious_persons().items() if person.role and person.organisation == BUREAU
    }
    offices = {
        f"school:{school.id}": VerifiedPerson(
            DEVELOPMENT_PROVIDER, f"office-{school.id}", f"虚构教务员{school.id}", "", school.id, "school_office"
        )
        for school in county.schools
    }
    known = {p.organisation: name for name, p in fictitious_persons().items() if p.role == "school_office"}
    async with database.transaction(founder) as session:
        await accounts.found_bureau(session, founder, "海盐县教育局（演示，虚构数据）")
        await accounts.ensure_organisations(session, founder, [(s.id, s.name) for s in county.schools])
    staff: Staff = {}
    for name, person in {**named, **offices}.items():
        verified = fictitious_persons()[known[person.organisation]] if person.organisation in known else person
        new = Actor(BUREAU, uuid7(), uuid7(), source="demo")
        async with database.transaction() as session:
            actor = await accounts.register(session, vault, new, verified)
        async with database.transaction(founder) as session:
            await accounts.grant_role(session, founder, actor.person, person.organisation, person.role, SINCE)
        duties = (person.role,) if person.organisation == BUREAU else ()
        staff[name] = replace(actor, organisations=(person.organisation,), duties=duties, role=person.role)
    return staff


async def _import(database: Database, registrar: Actor, county: FictitiousCounty) -> None:
    files = {
        Kind.TOWNS: csv_of(list(read_csv("towns.csv")[0]), [list(row.values()) for row in read_csv("towns.csv")]),
        Kind.SCHOOLS: _schools(county),
        Kind.COMMUNITIES: csv_of(
            ("community", "name", "town", "lon", "lat", "valid_from", "valid_to", "fictitious"),
            [(p.id, p.name, p.town, *degrees(p.east_m, p.north_m), SINCE, "", "yes") for p in county.communities],
        ),
        Kind.CATCHMENTS: csv_of(
            ("stage", "community", "school", "valid_from", "valid_to", "fictitious"),
            [
                ("primary", community, school, SINCE, "", "yes")
                for community, schools in county.catchments.items()
                for school in schools
            ],
        ),
    }
    for kind, data in files.items():
        await import_file(database, registrar, ImportFile(kind, f"{kind.value}.csv", data))


def _schools(county: FictitiousCounty) -> bytes:
    rows = {row["school"]: row for row in read_csv("schools.csv")}
    header = ("school", "name", "stages", "ownership", "town", "consortium", "official_code", "lon", "lat",
              "valid_from", "valid_to", "fictitious")  # fmt: skip
    return csv_of(
        header,
        [
            (s.id, s.name, rows[s.id]["stages"], rows[s.id]["ownership"], s.town, s.consortium,
             rows[s.id]["official_code"], *degrees(s.east_m, s.north_m), SINCE, "", "yes")
            for s in county.schools
        ],
    )  # fmt: skip


async def import_file(database: Database, actor: Actor, file: ImportFile) -> None:
    """Dry run first, then exactly what it showed."""
    async with database.transaction(actor) as session:
        shown = await imports.dry_run(session, actor, file)
    if shown.digest is None:
        raise ValueError(f"{file.name}: {shown.problems[0]}")
    async with database.transaction(actor) as session:
        await imports.apply(session, actor, file, shown.digest)


async def _activate(database: Database, staff: Staff, text: str) -> None:
    first, second = staff["rules"], staff["rules-2"]
    async with database.transaction(first) as session:
        kept = await rulesets.upload(session, first, text)
        act = await rulesets.propose_activation(session, first, kept.id)
    async with database.transaction(second) as session:
        await rulesets.activate(session, second, act.id, act.digest)
