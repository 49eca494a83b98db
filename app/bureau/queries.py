"""The read side: views that the features publish, joined here and nowhere else."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.bureau.provision import Standing

STANDINGS = text("""
    SELECT a.application, a.migrant, a.outcome, c.town, c.town_name, o.school, s.school_name, o.band, o.distance_m,
           o.status AS offer
    FROM application_standing a
    JOIN community_standing c ON c.bureau = a.bureau AND c.community = a.residence_community
    LEFT JOIN offer_standing o ON o.bureau = a.bureau AND o.round = a.round AND o.application = a.application
    LEFT JOIN school_standing s ON s.bureau = o.bureau AND s.school = o.school
    WHERE a.bureau = :bureau AND a.round = :round
        AND NOT EXISTS (SELECT FROM departure_standing d
                        WHERE d.bureau = a.bureau AND d.round = a.round AND d.application = a.application)
        AND NOT EXISTS (SELECT FROM placed_later_standing p
                        WHERE p.bureau = a.bureau AND p.round = a.round AND p.application = a.application)
    ORDER BY a.application
""")
SEATS = text("""
    SELECT p.school, s.school_name, p.seats FROM seats_standing p
    JOIN school_standing s ON s.bureau = p.bureau AND s.school = p.school
    WHERE p.bureau = :bureau AND p.round = :round
""")
BUNDLES = text("""
    SELECT bundle FROM bundle_standing WHERE bureau = :bureau AND round = :round ORDER BY number DESC LIMIT 1
""")
LEAVERS = text("""
    SELECT applications FROM leaver_standing
    WHERE bureau = :bureau AND year = :year AND (whereabouts IS NULL OR applications <> '{}')
""")
# A child that is listed twice is counted where it stands.
INVITED = text("""
    SELECT applications FROM invitation_standing
    WHERE bureau = :bureau AND year = :year AND status <> 'listed_twice' AND (status = 'open' OR applications <> '{}')
""")
PROGRAMMES = text("SELECT programme, school FROM programme_standing WHERE bureau = :bureau AND round = :round")


async def standings(session: AsyncSession, bureau: str, round_id: UUID) -> list[Standing]:
    """Every submitted application of the round with its town and its offer. Whoever has left the round for a place in
    another one of the entry, or has got one in a late one or within the year, is counted there."""
    rows = await session.execute(STANDINGS, {"bureau": bureau, "round": round_id})
    return [Standing(**row._mapping) for row in rows]


async def seats_by_school(session: AsyncSession, bureau: str, round_id: UUID) -> dict[str, tuple[str, int]]:
    """School → (name, net seats of the round)."""
    rows = await session.execute(SEATS, {"bureau": bureau, "round": round_id})
    return {row.school: (row.school_name, row.seats) for row in rows}


async def leavers(session: AsyncSession, bureau: str, year: int) -> list[list[UUID]]:
    """Of each leaver of the year, unless it is known to be elsewhere, the submitted applications for grade 7."""
    return list(await session.scalars(LEAVERS, {"bureau": bureau, "year": year}))


async def invited(session: AsyncSession, bureau: str, year: int) -> list[list[UUID]]:
    """Of each child invited to enter grade 1, unless it is explained, the submitted applications for it."""
    return list(await session.scalars(INVITED, {"bureau": bureau, "year": year}))


async def last_bundle(session: AsyncSession, bureau: str, round_id: UUID) -> UUID | None:
    """The bundle frozen last that still stands, as far as the reader may see it."""
    found = await session.execute(BUNDLES, {"bureau": bureau, "round": round_id})
    bundle: UUID | None = found.scalar_one_or_none()
    return bundle


async def programmes(session: AsyncSession, bureau: str, round_id: UUID) -> dict[str, str]:
    """Programme of the round → its school."""
    rows = await session.execute(PROGRAMMES, {"bureau": bureau, "round": round_id})
    return {row.programme: row.school for row in rows}
