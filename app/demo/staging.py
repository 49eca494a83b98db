"""What must stand before a round: the bureau, its staff, places, schools, catchments, an active ruleset.

The staff are the development provider's fictitious persons; everything else goes through the verbs of the offices.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.identity import VerifiedPerson, fictitious_persons
from app.actor import Actor
from app.applications import rulesets
from app.clock import uuid7
from app.database import Database
from app.demo import kindergartens
from app.demo.county import DATA, FictitiousCounty, Place, csv_of, degrees, feeders
from app.demo.entries import BUREAU
from app.eligibility.ruleset import RULESETS
from app.schools import imports
from app.schools.imports import ImportFile
from app.schools.layouts import Kind
from app.schools.vocabulary import Stage
from app.settings import DEVELOPMENT_PROVIDER
from app.vault import Vault

SINCE = date(2020, 1, 1)
RULES = ("primary-2026", "primary-2026-by-residence", "junior-2026", "preschool-2026")
FOUNDER = Actor(BUREAU, UUID(int=1), UUID(int=1), (BUREAU,), ("registrar",), "registrar", source="demo")
Staff = dict[str, Actor]
Counties = dict[Stage, FictitiousCounty]


async def stage(database: Database, vault: Vault, counties: Counties) -> Staff:
    """Set the bureau up; answers its staff by the development provider's names (`school:<id>` for the offices)."""
    async with database.transaction(FOUNDER) as session:
        await accounts.found_bureau(session, FOUNDER, "海盐县教育局（演示，虚构数据）")
    people = {name: person for name, person in fictitious_persons().items() if person.organisation == BUREAU}
    staff = await _hire(database, vault, people)
    await _import(database, staff["registrar"], counties)
    schools = [school for county in counties.values() for school in county.schools]
    staff |= await _hire(database, vault, _offices(schools))
    await kindergartens.file_prospectuses(database, staff)
    for ruleset in RULES:
        await _activate(database, staff, (RULESETS / f"{ruleset}.toml").read_text(encoding="utf-8"))
    return staff


def _offices(schools: Iterable[Place]) -> dict[str, VerifiedPerson]:
    """A person in each school's office: the development provider's where it has one."""
    known = {person.organisation: person for person in fictitious_persons().values()}
    return {
        f"school:{school.id}": known.get(school.id)
        or VerifiedPerson(
            DEVELOPMENT_PROVIDER, f"office-{school.id}", f"虚构教务员{school.id}", "", school.id, "school_office"
        )
        for school in schools
    }


async def _hire(database: Database, vault: Vault, people: dict[str, VerifiedPerson]) -> Staff:
    """Persons, accounts and roles; the founder acts before anybody has a role."""
    staff: Staff = {}
    for name, person in people.items():
        new = Actor(BUREAU, uuid7(), uuid7(), source="demo")
        async with database.transaction() as session:
            actor = await accounts.register(session, vault, new, person)
        async with database.transaction(FOUNDER) as session:
            await accounts.grant_role(session, FOUNDER, actor.person, person.organisation, person.role, SINCE)
        duties = (person.role,) if person.organisation == BUREAU else ()
        staff[name] = replace(actor, organisations=(person.organisation,), duties=duties, role=person.role)
    return staff


async def _import(database: Database, registrar: Actor, counties: Counties) -> None:
    communities = counties[Stage.PRIMARY].communities
    fed = feeders(counties[Stage.PRIMARY], counties[Stage.JUNIOR])
    files = {
        Kind.TOWNS: (DATA / "towns.csv").read_bytes(),
        Kind.SCHOOLS: (DATA / "schools.csv").read_bytes(),
        Kind.COMMUNITIES: csv_of(
            ("community", "name", "town", "lon", "lat", "valid_from", "valid_to", "fictitious"),
            [(p.id, p.name, p.town, *degrees(p.east_m, p.north_m), SINCE, "", "yes") for p in communities],
        ),
        Kind.CATCHMENTS: csv_of(
            ("stage", "community", "school", "valid_from", "valid_to", "fictitious"),
            [
                (stage, community, school, SINCE, "", "yes")
                for stage, county in counties.items()
                for community, schools in county.catchments.items()
                for school in schools
            ],
        ),
        Kind.FEEDERS: csv_of(
            ("primary", "junior", "valid_from", "valid_to", "fictitious"),
            [(school, junior, SINCE, "", "yes") for school, juniors in fed.items() for junior in juniors],
        ),
    }
    for kind, data in files.items():
        await import_file(database, registrar, ImportFile(kind, f"{kind.value}.csv", data))


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
