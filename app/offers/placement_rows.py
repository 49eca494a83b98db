"""The rows of a place within the year: the offer, and what was passed over on the way to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.applications.queries import Arrival
from app.clock import uuid7
from app.offers.bands import band_of
from app.offers.lifecycle import OfferStatus
from app.offers.placement_order import Asked
from app.offers.vocabulary import WITHIN_YEAR
from app.rounds.rows import RoundRow
from app.schools.queries import Geography


def offer_row(
    row: RoundRow,
    arrival: Arrival,
    order: Sequence[Asked],
    at: int,
    geography: Geography,
    catchments: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    """The offer of the programme at this index of a child's order: open at once."""
    applicant, vacancy = arrival.applicant, order[at].vacancy
    band, metres = band_of(applicant.residence_community, vacancy.school, catchments, geography, row.distance_limit_m)
    return {
        "bureau": row.bureau,
        "id": uuid7(),
        "guardians": list(applicant.guardians),
        "schools": [vacancy.school],
        "round": row.id,
        "application": applicant.application,
        "child": applicant.child,
        "run": None,
        "leaves": arrival.moves_from,
        "programme": vacancy.programme,
        "school": vacancy.school,
        "rank": at + 1,
        "seat": WITHIN_YEAR,
        "band": band.value,
        "distance_m": metres,
        "status": OfferStatus.OPEN.value,
        "lapsed": False,
    }


def placement_row(offer: dict[str, Any], asked: Sequence[Asked]) -> dict[str, Any]:
    """How the offer was found: everything asked for up to it."""
    considered = [
        {
            "programme": one.vacancy.programme,
            "school": one.vacancy.school,
            "because": one.part.name.lower(),
            "distance_m": one.distance_m,
            "vacancies": one.vacancy.vacancies,
            "result": "no_vacancy" if not one.vacancy.vacancies else "others_before",
        }
        for one in asked
    ]
    considered[-1]["result"] = "offered"
    whose = {name: offer[name] for name in ("bureau", "id", "guardians")}
    return {**whose, "schools": [], "considered": considered}
