"""What an outside system may answer, in words that know no transport: features speak these, and get the client that
speaks HTTP from whoever assembles them. None of these errors ever says what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class Unavailable(Exception):
    """No answer, or none that can be believed: the same request may be sent again. Its words are fixed ones."""


class Refused(Exception):
    """The other side understood and will never take this request."""


class Delivery(StrEnum):
    """What a provider knows of a message. PENDING also where it does not know the message at all."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Sms(Protocol):
    """A way to send short messages. The same message id sent again is the same message, whatever its text."""

    async def send(self, message: UUID, phone: str, text: str) -> str:
        """The provider's own id of the message that it has accepted; raises Unavailable, Refused."""

    async def delivery(self, message: UUID) -> Delivery:
        """What became of it; raises Unavailable."""


class Catalogue(StrEnum):
    """What the provincial data platform can be asked, as `office.catalogue`."""

    HOUSEHOLDS = "public_security.households"
    RESIDENCE_PERMITS = "public_security.residence_permits"
    TITLES = "property.titles"
    CONTRIBUTIONS = "social_insurance.contributions"
    EMPLOYMENT = "social_insurance.employment"
    LICENCES = "business.licences"
    GUARDIANSHIPS = "civil_affairs.guardianships"
    DISABILITY_CARDS = "disabled_persons_federation.cards"
    VACCINATIONS = "health.vaccinations"
    STANDINGS = "veterans.standings"
    TALENTS = "talents.recognitions"

    @property
    def office(self) -> str:
        return self.value.partition(".")[0]


class About(StrEnum):
    """Of whom an entry is wanted: of the person whose number is given, or of a parent of that child."""

    PERSON = "person"
    FIRST_PARENT = "first_parent"
    SECOND_PARENT = "second_parent"


@dataclass(frozen=True)
class Question:
    """One entry that is asked for, as it stood on `as_of`. `id` is ours. Not printed: it names a person."""

    id: UUID
    about: About
    number_kind: str
    number: str
    name: str
    as_of: date

    def __repr__(self) -> str:
        return f"Question({self.id})"


@dataclass(frozen=True)
class RegisterAnswer:
    """What a register holds, in the words of its catalogue's record (openapi/registers.json), as of `valid_on`;
    `record` is None where it has no such entry. Believed: signed, fresh, about this very question."""

    record: Mapping[str, Any] | None
    valid_on: date

    def __repr__(self) -> str:
        return "RegisterAnswer()"


class Registers(Protocol):
    """A way to ask registers by list."""

    async def ask(self, catalogue: Catalogue, questions: Sequence[Question]) -> dict[UUID, RegisterAnswer]:
        """Question → answer; of what it could not say it says nothing. Raises Unavailable."""
