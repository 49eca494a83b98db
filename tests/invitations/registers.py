"""Files of registers, of fictitious children, and the acts that a story tells of."""

from datetime import date
from typing import Any

from app.accounts.identity import VerifiedPerson
from app.accounts.service import register as register_person
from app.actor import Actor
from app.applications import numbers
from app.clock import uuid7
from app.invitations import draw_up, listing, register
from app.invitations.register import RegisterFile, RegisterReport
from app.invitations.register_file import Source
from tests.applications.office import Office

YEAR, OF_AGE = 2026, date(2020, 3, 15)
CHILD = (
    "number",
    "number_kind",
    "name",
    "sex",
    "born_on",
    "community",
    "guardian",
    "guardian_number",
    "relation",
    "phone",
)
FACTS = {
    Source.BIRTHS: {},
    Source.REGISTRATIONS: {"registered_on": "2020-04-01"},
    Source.KINDERGARTEN_LEAVERS: {"kindergarten": "k1", "since": "2023-09-01"},
    Source.PERMITS: {
        "registered_since": "2021-01-01",
        "obtained_on": "2022-01-15",
        "endorsements": "2023-01-10;2024-01-08;2025-01-09;2026-01-05",
        "valid_until": "2027-01-05",
    },
}


def number_of(which: int, born_on: date = OF_AGE) -> str:
    """A number under the fictitious region 990424."""
    body = f"990424{born_on:%Y%m%d}{which:03d}"
    return body + numbers.check_digit(body)


GUARDIANS_NUMBER = number_of(1, date(1990, 5, 1))


def child(which: int, **changes: Any) -> dict[str, Any]:
    """A line: the child of this number, of the guardian with GUARDIANS_NUMBER, in c1."""
    born_on = changes.get("born_on", OF_AGE)
    whole = {
        "number": number_of(which, born_on),
        "number_kind": "citizen",
        "name": f"虚构儿童{which}",
        "sex": "1",
        "born_on": born_on,
        "community": "c1",
        "guardian": "虚构家长甲",
        "guardian_number": GUARDIANS_NUMBER,
        "relation": "mother",
        "phone": "13800138000",
    }
    return whole | changes


def csv_of(source: Source, *children: dict[str, Any]) -> bytes:
    rows = [{**FACTS[source], **one} for one in children]
    columns = (*CHILD, *FACTS[source])
    return "\n".join([",".join(columns), *(",".join(str(row[name]) for name in columns) for row in rows)]).encode()


async def try_out(office: Office, source: Source, data: bytes) -> RegisterReport:
    file = RegisterFile(source, "fictitious.csv", data)
    shown: RegisterReport = await office.do("registrar", register.dry_run, file)
    return shown


async def bring(office: Office, source: Source, *children: dict[str, Any]) -> RegisterReport:
    """Try the file out and take it over."""
    shown = await try_out(office, source, csv_of(source, *children))
    assert shown.digest is not None, shown.problems
    done: RegisterReport = await office.do("registrar", register.apply, shown.file, shown.digest)
    return done


async def invite(office: Office) -> tuple[int, int, int]:
    drawn = await office.do("casework", draw_up.draw_up, office.county.round)
    return drawn.invited, drawn.changed, drawn.unchanged


async def listed(office: Office, who: str | Actor = "casework", organisation: str = "", **asked: Any) -> list[Any]:
    filters = {"year": YEAR, "community": None, "only_open": False, **asked}
    bureau = office.county.world.bureau
    lines: list[Any] = await office.do(who, listing.list_invitations, organisation or bureau, *filters.values())
    return lines


async def guardian(office: Office, name: str = "虚构家长甲", number: str = GUARDIANS_NUMBER) -> Actor:
    """Somebody whom the provider has verified under this name and number."""
    person = VerifiedPerson("development", f"fictitious-{name}-{number}", name, number)
    actor = Actor(office.county.world.bureau, uuid7(), uuid7(), source="test", request="test")
    async with office.database.transaction() as session:
        return await register_person(session, office.vault, actor, person)
