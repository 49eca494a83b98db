"""The guardian's other child, which a register knows and whose letter has been opened; and one that may be known
twice."""

from typing import TYPE_CHECKING

from app.accounts.identity import fictitious_persons
from app.invitations import draw_up, family, like_pairs, listing, register
from app.invitations.register import RegisterFile
from app.invitations.register_file import Source
from tests.access.files import EXPECTED, PERMIT

if TYPE_CHECKING:
    from tests.access.stage import Stage

INVITED, UNINVITED = "虚构受邀儿童", "虚构待认儿童"


def births(name: str) -> bytes:
    """A register of births with one child, whose father is the guardian by name."""
    return EXPECTED.format(name=name, guardian=fictitious_persons()["parent-1"].name).encode()


async def invite(stage: "Stage") -> None:
    registrar, officer = stage.people["registrar"], stage.people["casework"]
    files = [(Source.BIRTHS, births(INVITED)), (Source.PERMITS, PERMIT.format(name=INVITED).encode())]
    for source, data in files:
        file = RegisterFile(source, "fictitious.csv", data)
        shown = await stage.sealed(registrar, register.dry_run, file)
        await stage.sealed(registrar, register.apply, file, shown.digest)
        await stage.sealed(officer, draw_up.draw_up, stage.county.round)
    file = RegisterFile(Source.BIRTHS, "fictitious.csv", births(UNINVITED))
    stage.digests["expected"] = (await stage.sealed(registrar, register.dry_run, file)).digest
    [pair] = await stage.sealed(officer, like_pairs.unsettled_pairs, 9)
    stage.objects["pair"] = pair.id
    async with stage.database.transaction(officer) as session:
        first, *_ = await listing.rows_of(session, stage.vault, stage.bureau, stage.bureau, 2026, None)
    stage.objects["invitation"] = first.row.id
    await stage.sealed(stage.people["guardian"], family.own_invitations, first.told["code"])
