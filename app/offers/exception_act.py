"""What two persons agree on when they admit a twin by exception."""

from typing import Any

from app.journal import service as journal
from app.offers.exception_candidates import Candidate
from app.rounds.rows import RoundRow


def about(found: Candidate) -> str:
    """What the act is about."""
    return f"application:{found.twins.missed.application}"


def payload(row: RoundRow, found: Candidate, reason: str) -> dict[str, Any]:
    """What both persons name: whatever of it changes before the second has spoken makes the act void."""
    return {
        "round": str(row.id),
        "pass": row.pass_number,
        "run": str(found.twins.run),
        "application": str(found.twins.missed.application),
        "programme": found.twins.programme,
        "by": found.twins.by,
        "beside": sorted(str(offer.id) for offer in found.beside),
        "replaces": str(found.offer.id) if found.offer is not None else None,
        "replaced_status": found.offer.status if found.offer is not None else None,
        "class_limit": found.headroom.class_limit,
        "headroom": found.headroom.left,
        "reason": journal.body_digest(reason).hex(),
    }
