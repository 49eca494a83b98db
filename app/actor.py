"""Who acts: a verified person through an account, with the roles that were read at this request."""

from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """`organisations` are schools' ids and, for the bureau's own staff, the bureau's code.

    `duties` are the bureau duties held (see accounts.access); `role` is the one under which the present act
    was authorised and is what the journal records; `source` is where the act came from (api, worker, demo).
    """

    bureau: str
    person: UUID
    account: UUID
    organisations: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    role: str = "family"
    source: str = "api"
    request: str = "-"

    def acting_as(self, role: str) -> Self:
        return replace(self, role=role)

    @property
    def reads_only(self) -> bool:
        """An auditor's transaction is read-only in the database too, whatever the application says."""
        return self.duties == ("auditor",)
