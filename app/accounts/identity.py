"""The identity-provider port: who stands behind a sign-in, as a provider has verified it.

The development provider knows only the fictitious persons of `fictitious_persons.toml` and the demonstration's
families, and never starts in production (settings refuse it). A real provider (the province's single sign-on, OIDC)
takes the same place.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from app.errors import ServiceError
from app.settings import DEVELOPMENT_PROVIDER, Settings

FAMILY = "demo-family-"


@dataclass(frozen=True)
class VerifiedPerson:
    """What a provider vouches for. `subject` is opaque; name and number are personal and not printed."""

    issuer: str
    subject: str
    name: str
    number: str
    organisation: str = ""
    role: str = ""

    def __repr__(self) -> str:
        return f"VerifiedPerson({self.issuer})"


class IdentityProvider(Protocol):
    """A way to turn what a browser brings back from the provider into a verified person."""

    async def verify(self, assertion: str) -> VerifiedPerson:
        """Raises ServiceError `access.unknown_account` where the provider does not vouch."""


@cache
def fictitious_persons() -> dict[str, VerifiedPerson]:
    """The development provider's persons by assertion: one for every role, and families."""
    text = Path(__file__).with_name("fictitious_persons.toml").read_text(encoding="utf-8")
    return {
        assertion: VerifiedPerson(DEVELOPMENT_PROVIDER, assertion, **fields)
        for assertion, fields in tomllib.loads(text).items()
    }


def fictitious_family(number: int) -> VerifiedPerson:
    """A parent of the demonstration, whose assertion is `demo-family-<number>`."""
    return VerifiedPerson(DEVELOPMENT_PROVIDER, f"{FAMILY}{number}", f"虚构家长{number + 1:05d}", "")


class DevelopmentProvider:
    """Vouches for fictitious persons only: the assertion is the person's key in the file, or a demo family's."""

    async def verify(self, assertion: str) -> VerifiedPerson:
        person = fictitious_persons().get(assertion)
        number = assertion.removeprefix(FAMILY)
        if person is None and assertion.startswith(FAMILY) and number.isascii() and number.isdigit():
            person = fictitious_family(int(number[:9]))
        if person is None:
            raise ServiceError("access.unknown_account", "assertion")
        return person


class NoProvider:
    """Vouches for nobody: what a deployment has until its provider is configured."""

    async def verify(self, assertion: str) -> VerifiedPerson:
        raise ServiceError("access.unknown_account", "assertion")


def provider_of(settings: Settings) -> IdentityProvider:
    return DevelopmentProvider() if settings.identity_provider == DEVELOPMENT_PROVIDER else NoProvider()
