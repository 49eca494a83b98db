"""Where documents are kept: a folder, and a store that speaks the S3 protocol over a socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.objects import Objects, Unreachable
from app.settings import Settings
from tests.documents.bucket import BUCKET, Bucket, bucket
from tests.ground.serving import free_port

NAME, OTHER, THIRD = ("330424/" + letter * 32 for letter in "abc")
S3: dict[str, Any] = {
    "objects_url": f"s3://{BUCKET}/documents",
    "objects_key": "fict-key",
    "objects_secret": "fict-secret",
}


def over_s3(endpoint: str) -> Objects:
    found = Objects.of(Settings(**S3, objects_endpoint=endpoint))
    assert found is not None
    return found


@pytest.fixture
async def held() -> AsyncIterator[Bucket]:
    async with bucket() as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path, held: Bucket) -> Objects:
    if request.param == "s3":
        return over_s3(held.endpoint)
    found = Objects.of(Settings().model_copy(update={"objects_url": f"file://{tmp_path}/objects"}))
    assert found is not None
    return found


async def test_what_is_put_is_got_listed_and_deleted(objects: Objects) -> None:
    whole = bytes(range(256)) * 20_000
    for name in (NAME, OTHER, THIRD):
        await objects.put(name, whole)
    assert await objects.get(NAME) == whole and await objects.get("330424/" + "d" * 32) is None
    assert await objects.folders() == ["330424"]
    assert sorted([name async for page in objects.listed("330424") for name, _ in page]) == [NAME, OTHER, THIRD]
    for _ in range(2):
        await objects.delete(NAME)
    assert await objects.get(NAME) is None and await objects.get(OTHER) == whole
    assert [page async for page in objects.listed("999999")] in ([], [[]])


async def test_objects_stand_in_the_bucket_under_the_folder_of_the_setting(held: Bucket) -> None:
    await over_s3(held.endpoint).put(NAME, b"sealed")
    assert held.objects == {f"documents/{NAME}": b"sealed"} and held.asked == [("PUT", f"documents/{NAME}")]


async def test_a_store_that_fails_or_is_away_is_unreachable_and_soon(held: Bucket) -> None:
    held.failing = True
    for objects in (over_s3(held.endpoint), over_s3(f"http://127.0.0.1:{free_port()}")):
        with pytest.raises(Unreachable):
            await objects.put(NAME, b"sealed")
        with pytest.raises(Unreachable):
            await objects.get(NAME)


async def test_a_folder_that_takes_nothing_is_unreachable(tmp_path: Path) -> None:
    objects = Objects.of(Settings().model_copy(update={"objects_url": f"file://{tmp_path}/objects"}))
    assert objects is not None
    (tmp_path / "objects" / "330424").write_text("a file where a folder is to be")
    with pytest.raises(Unreachable):
        await objects.put(NAME, b"sealed")


def test_without_a_setting_there_is_no_store() -> None:
    assert Objects.of(Settings().model_copy(update={"objects_url": None})) is None
