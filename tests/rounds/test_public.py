"""What everyone may fetch once a list is proposed, and what a family can prove with it."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

import app.allocation
from app.actor import Actor
from app.allocation.families import FamilyProof, check_proof
from app.cache import Cache
from app.database import Database
from app.jobs.processes import Processes
from app.vault import Vault
from tests.conftest import Api
from tests.county import County
from tests.rounds.builders import county_families
from tests.rounds.life import Life
from tests.world import World

VERIFIER = Path(app.allocation.__file__).with_name("verify.py")


@dataclass
class Proposed:
    life: Life
    parent: Actor

    @property
    def path(self) -> str:
        return f"/bureaus/{self.life.county.world.bureau}/rounds/{self.life.round}"


@pytest.fixture(scope="module")
async def proposed(
    database: Database,
    vault: Vault,
    worker_database: Database,
    cache: Cache,
    processes: Processes,
    bureau_codes: Iterator[str],
) -> Proposed:
    """A round whose list is public; the tests of this file only read."""
    county = await County.make(await World.make(database, vault, next(bureau_codes)))
    life = Life(county, vault, worker_database, cache, processes, UUID(int=0), [])
    parent = await county.parent("parent-1")
    life.families = county_families(parent.person, 2) + county_families(life.staff("allocation").person, 10)[2:]
    return Proposed(await life.reach("proposed"), parent)


async def test_anybody_fetches_the_bundle_and_the_result_and_verifies_them(
    api: Api, proposed: Proposed, tmp_path: Path
) -> None:
    listed = (await api.client.get(f"{proposed.path}/files")).json()
    assert len(listed) == 9 and {file["status"] for file in listed} == {"drawn", "published"}
    for file in listed:
        answer = await api.client.get(f"{proposed.path}/files/{file['source']}/{file['number']}/{file['name']}")
        assert sha256(answer.content).hexdigest() == file["sha256"] and len(answer.content) == file["bytes"]
        (tmp_path / file["name"]).write_bytes(answer.content)
    verifying = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", VERIFIER, tmp_path)
    assert await verifying.wait() == 0
    row = (await api.client.get(proposed.path)).json()
    assert row["root"] in (tmp_path / "manifest.json").read_text() and row["status"] == "proposed"
    assert row["objections_until"] and row["demonstration"] is True and "FICTITIOUS" in row["draw_name"]


async def test_nothing_public_names_a_child_an_application_or_a_guardian(api: Api, proposed: Proposed) -> None:
    names = [proposed.parent.person, *(f.application for f in proposed.life.families)]
    names += [family.child for family in proposed.life.families]
    text = (await api.client.get(f"{proposed.path}/ranking")).text
    for file in (await api.client.get(f"{proposed.path}/files")).json():
        path = f"{proposed.path}/files/{file['source']}/{file['number']}/{file['name']}"
        text += (await api.client.get(path)).text
    assert not [name for name in names if str(name) in text or name.hex in text] and "虚构" not in text
    assert not [family for family in proposed.life.families if family.reference.decode() in text]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("bundles/1/placements.csv", 404),
        ("bundles/2/manifest.json", 404),
        ("runs/1/manifest.json", 404),
        ("bundles/1/..%2Fmanifest.json", 404),
        ("bundles/1/manifest.txt", 422),
        ("acts/1/manifest.json", 422),
    ],
)
async def test_a_file_that_is_not_there_is_not_found(api: Api, proposed: Proposed, path: str, code: int) -> None:
    assert (await api.client.get(f"{proposed.path}/files/{path}")).status_code == code


async def test_a_family_proves_that_its_own_rows_stood_in_the_bundle(api: Api, proposed: Proposed) -> None:
    life = proposed.life
    headers = await api.sign_in(life.county.world.bureau, "parent-1")
    manifest = (await api.client.get(f"{proposed.path}/files/bundles/1/manifest.json")).json()
    applicants = (await api.client.get(f"{proposed.path}/files/bundles/1/applicants.csv")).text
    for family in life.families[:2]:
        (proof,) = (await api.client.get(f"/rounds/{life.round}/proofs/{family.application}", headers=headers)).json()
        rows = proof["rows"].encode()
        path = FamilyProof(proof["leaf"], proof["leaves"], tuple(proof["path"]))
        assert proof["leaves"] == len(life.families) and proof["root"] == manifest["root"]
        assert check_proof(manifest["families"], rows, bytes.fromhex(proof["salt"]), path)
        assert rows.decode().splitlines()[0] in applicants and rows.decode().startswith(proof["pseudonym"])
        shown = (await api.client.get(f"/rounds/{life.round}/ranking/{family.application}", headers=headers)).json()
        assert proof["pseudonym"].startswith(shown["shown"])
        assert f",{shown['shown']}," in (await api.client.get(f"{proposed.path}/ranking")).text


@pytest.mark.parametrize("reader", ["parent-2", "casework", "school-p01"])
@pytest.mark.parametrize("what", ["proofs", "ranking"])
async def test_another_familys_proof_is_nobody_elses(api: Api, proposed: Proposed, reader: str, what: str) -> None:
    life = proposed.life
    headers = await api.sign_in(life.county.world.bureau, reader)
    answer = await api.client.get(f"/rounds/{life.round}/{what}/{life.families[0].application}", headers=headers)
    assert answer.status_code in (403, 404) and life.families[0].application.hex not in answer.text
    assert "pseudonym" not in answer.text and "shown" not in answer.text


async def test_the_points_list_is_public_and_its_tag_is_its_digest(api: Api, proposed: Proposed) -> None:
    answer = await api.client.get(f"{proposed.path}/ranking")
    lines = answer.text.splitlines()
    assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()}"'
    assert lines[0] == "school,applicant,level,flat_lock,disagree,moved_in,titled,points"
    assert sum(line.startswith(",") for line in lines) == len(proposed.life.families)


async def test_rounds_and_documents_are_listed_for_everyone(api: Api, proposed: Proposed) -> None:
    bureau = proposed.life.county.world.bureau
    page = (await api.client.get(f"/bureaus/{bureau}/rounds", params={"limit": 1})).json()
    rest = (await api.client.get(f"/bureaus/{bureau}/rounds", params={"after": page["next"]})).json()
    assert [row["id"] for row in page["rounds"] + rest["rounds"]][1:] == [str(proposed.life.round)]
    documents = (await api.client.get(f"{proposed.path}/documents")).json()
    assert len(documents) == 7 and all(len(document["digest"]) == 64 for document in documents)
    assert (await api.client.get(f"/bureaus/999999/rounds/{proposed.life.round}")).status_code == 404
