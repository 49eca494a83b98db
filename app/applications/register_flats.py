"""The flat's lock: which places were had by means of the flat that the register of real property names, by the
service's own record. A flat is known by the keyed digest of its unit's number alone."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.applications.models import RegisterCheck
from app.applications.queries import HeldRound
from app.applications.register_comparison import FlatUsed
from app.gateways.answers import Catalogue, RegisterAnswer
from app.vault import Vault

FLAT_USES = text("SELECT * FROM flat_uses_known(CAST(:bureau AS text), CAST(:stage AS text), CAST(:flats AS bytea[]))")


async def flats_of(
    session: AsyncSession,
    vault: Vault,
    bureau: str,
    held: HeldRound,
    checks: list[RegisterCheck],
    answers: Mapping[UUID, RegisterAnswer],
) -> dict[UUID, tuple[bytes, list[FlatUsed]]]:
    """Question → the digest of the flat that the answer names, and what other children's places were had by it."""
    flats = {
        check.id: vault.lookup("flat", record["flat"])
        for check in checks
        if (record := answers[check.id].record) and check.catalogue == Catalogue.TITLES and record["flat"]
    }
    if not flats:
        return {}
    values = {"bureau": bureau, "stage": held.stage, "flats": sorted(set(flats.values()))}
    known = (await session.execute(FLAT_USES, values)).all()
    return {
        check.id: (
            flats[check.id],
            [
                FlatUsed(row.year, bool(set(row.guardians) & set(check.guardians)))
                for row in known
                if row.flat == flats[check.id] and row.child != check.child
            ],
        )
        for check in checks
        if check.id in flats
    }
