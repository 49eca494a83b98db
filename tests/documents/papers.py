"""Families and officers sending, opening and showing documents over HTTP, and what lies in the store."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from httpx import Response

from app.accounts import service as accounts
from app.accounts.identity import VerifiedPerson
from app.actor import Actor
from app.applications.queries import held_application, show_to_schools
from app.settings import Settings
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import form
from tests.documents import images

PICTURE = images.jpeg(exif=images.exif())


@dataclass
class Papers:
    office: Office
    api: Api
    settings: Settings
    application: UUID = field(init=False)
    parent: Actor = field(init=False)
    count: int = 0

    @property
    def bureau(self) -> str:
        return self.office.county.world.bureau

    async def sign_in(self, who: str) -> dict[str, str]:
        """Whoever the development's provider does not know is signed in as it would have."""
        if who.startswith("office-") and (self.bureau, who) not in self.api.tokens:
            person = VerifiedPerson("development", who, "", "")
            async with self.office.database.transaction() as session:
                _, token = await accounts.sign_in(session, self.office.vault, self.bureau, person, 8, "test")
            self.api.tokens[self.bureau, who] = token
        return await self.api.sign_in(self.bureau, who)

    async def apply(self) -> None:
        self.parent = await self.office.county.parent("parent-1")
        self.application = await self.office.apply(self.parent, form())

    async def send(
        self,
        content: bytes = PICTURE,
        who: str = "parent-1",
        name: str = "虚构户口簿.jpg",
        evidence: str | None = "home",
        key: str = "",
        language: str = "zh",
    ) -> Response:
        self.count += 1
        headers = await self.sign_in(who)
        headers |= {"Idempotency-Key": key or f"paper-{self.count:08d}", "Accept-Language": language}
        return await self.api.client.post(
            f"/applications/{self.application}/documents",
            headers=headers,
            files={"file": (name, content)},
            data={"evidence": evidence} if evidence else None,
        )

    async def sent(self, content: bytes = PICTURE, **how: str) -> str:
        answer = await self.send(content, **how)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["document"])

    async def ask(self, method: str, path: str, who: str = "parent-1", body: object = None) -> Response:
        headers = await self.sign_in(who)
        return await self.api.client.request(method, path, headers=headers, json=body)

    async def open(self, document: str, who: str = "parent-1") -> Response:
        return await self.ask("GET", f"/documents/{document}", who)

    async def listed(self, who: str = "parent-1") -> list[dict[str, object]]:
        answer = await self.ask("GET", f"/applications/{self.application}/documents", who)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, object]] = answer.json()
        return found

    async def offered_to(self, school: str) -> None:
        """As if the child were offered a place there, so that the school has business with it."""
        officer = self.office.staff("casework")
        async with self.office.database.transaction(officer) as session:
            held = await held_application(session, self.bureau, self.application)
            await show_to_schools(session, self.bureau, [(held.id, held.child, school)])

    def stored(self) -> dict[str, Path]:
        """The objects of this bureau, by name."""
        folder = Path(urlsplit(str(self.settings.objects_url)).path) / self.bureau
        return {path.name: path for path in folder.iterdir()} if folder.exists() else {}
