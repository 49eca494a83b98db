"""What a family's declared facts rest on."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.applications.assessment import evidence_claimed
from app.applications.children import KnownChild
from app.applications.form import Form
from app.applications.lifecycle import EvidenceStatus
from app.applications.models import Evidence
from app.clock import uuid7
from app.database import table
from app.eligibility.exact_json import canonical
from app.inserts import Part
from app.vault import Vault


@dataclass(frozen=True)
class Claimed:
    """Where the check of each kind stands (kind → EvidenceStatus), the digest of what it proves (kind → content),
    whether the family shows something else than before, and what of it is to be inserted."""

    checks: dict[str, str]
    contents: dict[str, bytes]
    changed: bool
    part: Part


async def claim(
    session: AsyncSession,
    vault: Vault,
    bureau: str,
    child: KnownChild,
    application: UUID,
    form: Form,
    is_new: bool,
) -> Claimed:
    """A row for each piece of evidence; one whose content did not change keeps its check.

    A new application (`is_new`) has none to be compared with.
    """
    claimed = {kind: _content(vault, kind, said) for kind, said in evidence_claimed(form).items()}
    held = {} if is_new else {row.kind: row for row in await session.execute(_held(bureau, application))}
    kept = {kind for kind, row in held.items() if claimed.get(kind) == row.content}
    gone = [kind for kind in held if kind not in kept]
    if gone:
        await session.execute(
            delete(table(Evidence)).where(
                col(Evidence.bureau) == bureau,
                col(Evidence.application) == application,
                col(Evidence.kind).in_(gone),
            )
        )
    new = [
        {
            "bureau": bureau,
            "id": uuid7(),
            "guardians": list(child.guardians),
            "schools": [],
            "application": application,
            "kind": kind,
            "content": content,
            "status": EvidenceStatus.CLAIMED.value,
        }
        for kind, content in claimed.items()
        if kind not in kept
    ]
    checks = {kind: held[kind].status if kind in kept else EvidenceStatus.CLAIMED.value for kind in claimed}
    return Claimed(checks, claimed, bool(new or gone), (Evidence, new))


def _held(bureau: str, application: UUID) -> Select[str, bytes, str]:
    return select(col(Evidence.kind), col(Evidence.content), col(Evidence.status)).where(
        col(Evidence.bureau) == bureau, col(Evidence.application) == application
    )


def _content(vault: Vault, kind: str, said: dict[str, Any]) -> bytes:
    return vault.lookup(f"evidence:{kind}", canonical(said))
