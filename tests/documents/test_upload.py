"""A family sends its papers: received, written anew, sealed, and opened by those concerned alone (T-17, T-18)."""

import asyncio
import hashlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from app.documents import routes, upload
from app.documents.limits import MAX_BYTES, MAX_FILES
from app.documents.names import shown_name
from app.documents.reasons import FileKind
from app.objects import Objects, Unreachable
from tests.documents import corpus, images, pdfs
from tests.documents.papers import PICTURE, Papers


async def test_a_paper_is_received_kept_without_its_place_and_opened_by_family_and_caseworker(papers: Papers) -> None:
    answer = await papers.send()
    receipt = answer.json()
    assert answer.status_code == 201 and receipt["digest"] == hashlib.sha256(PICTURE).hexdigest()
    [listed] = await papers.listed()
    assert (listed["name"], listed["evidence"], listed["evidence_status"]) == ("虚构户口簿.jpg", "home", "claimed")
    opened = await papers.open(receipt["document"])
    assert hashlib.sha256(opened.content).hexdigest() == receipt["kept_digest"]
    with Image.open(BytesIO(opened.content)) as image:
        assert image.format == "JPEG" and not image.getexif()
    assert opened.headers["content-type"] == "image/jpeg"
    assert opened.headers["content-disposition"] == f'attachment; filename="{receipt["document"]}.jpg"'
    assert opened.headers["x-content-type-options"] == "nosniff" and opened.headers["cache-control"] == "no-store"
    assert opened.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await papers.open(receipt["document"], "casework")).content == opened.content
    assert await papers.office.journal(f"document:{receipt['document']}") == [
        ("document:upload", "absent", f"kept {receipt['kept_digest']}"),
        ("document:read", "-", "read"),
    ]


async def test_what_lies_in_store_and_database_is_sealed_and_bound_to_its_row(papers: Papers) -> None:
    first, second = await papers.sent(), await papers.sent(images.png(), name="虚构户口簿.png")
    stored = papers.stored()
    assert len(stored) == 2 and all(len(name) == 32 for name in stored)
    assert all(b"JFIF" not in path.read_bytes() and b"PNG" not in path.read_bytes() for path in stored.values())
    [whole] = await papers.office.rows("SELECT string_agg(d::text, '') AS text FROM document d")
    assert "虚构" not in whole.text
    rows = await papers.office.rows("SELECT id, object FROM document ORDER BY id")
    paths = [stored[row.object.partition("/")[2]] for row in rows]
    paths[0].write_bytes(paths[1].read_bytes())
    assert (await papers.open(second)).status_code == 200
    answer = await papers.open(first)
    assert (answer.status_code, answer.json()["code"]) == (410, "document.unreadable")


@pytest.mark.parametrize(
    "name",
    [
        "nothing at all", "svg renamed", "one pixel beyond 20 million", "pdf under a password",
    ],
)  # fmt: skip
async def test_a_refusal_names_the_field_the_reason_and_what_can_be_done_and_nothing_is_kept(
    papers: Papers, name: str
) -> None:
    content = corpus.CORPUS[name].made()
    for language, at in (("zh", "文件 图片 PDF"), ("en", "file picture PDF pages")):
        answer = await papers.send(content, language=language)
        said = answer.json()
        assert answer.status_code == 422 and said["field"] == "file"
        assert said["code"] == f"document.{corpus.CORPUS[name].refused}"
        assert any(word in said["title"] + said["remedy"] for word in at.split()) and said["remedy"]
    assert papers.stored() == {} and await papers.listed() == []
    refused = await papers.office.rows("SELECT after FROM journal_entry WHERE action LIKE '%upload_document:refused'")
    assert {row.after for row in refused} == {f"document.{corpus.CORPUS[name].refused}"}


async def test_one_byte_too_many_is_refused_in_words_and_a_giant_before_it_is_read(papers: Papers) -> None:
    answer = await papers.send(corpus.large(b"\xff\xd8\xff"))
    assert (answer.status_code, answer.json()["code"]) == (413, "document.too_large") and "5MB" in answer.text
    giant = await papers.send(bytes(2 * MAX_BYTES))
    assert (giant.status_code, giant.json()["code"]) == (413, "request.too_large")
    largest = corpus.large(images.jpeg())[:-1]
    assert len(largest) == MAX_BYTES and (await papers.send(largest)).status_code == 201


async def test_a_stranger_is_refused_before_a_byte_of_the_file_is_taken(papers: Papers) -> None:
    taken = 0

    async def body() -> Any:
        nonlocal taken
        for _ in range(400):
            taken += 10_000
            yield bytes(10_000)

    path, form = f"/applications/{papers.application}/documents", "multipart/form-data; boundary=x"
    strangers = {"parent-2": 404, "registrar": 403, "nobody": 401}
    for who, status in strangers.items():
        headers = {} if who == "nobody" else await papers.api.sign_in(papers.bureau, who)
        headers |= {"Content-Type": form, "Idempotency-Key": "paper-again"}
        answer = await papers.api.client.post(path, headers=headers, content=body())
        assert (answer.status_code, taken) == (status, 0)
    mine = await papers.api.sign_in(papers.bureau, "parent-1")
    mine |= {"Content-Type": form, "Idempotency-Key": "paper-again"}
    refused = await papers.api.client.post(path, headers=mine, content=body())
    assert (refused.status_code, refused.json()["code"]) == (422, "document.form") and taken > 0


@pytest.mark.parametrize(
    "how",
    [
        {"content": b"{}", "headers": {"Content-Type": "application/json"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"files": {"other": ("a.jpg", PICTURE)}},
        {"files": [("file", ("a.jpg", PICTURE)), ("file", ("b.jpg", PICTURE))]},
        {"files": {"file": ("a.jpg", PICTURE)}, "data": {"evidence": "home", "more": "x"}},
        {"files": {"file": ("a.jpg", PICTURE), "evidence": ("b.jpg", PICTURE)}},
        {"data": {"file": "text"}, "files": {"x": b""}},
    ],
)
async def test_a_body_that_is_not_one_file_is_refused_in_words(papers: Papers, how: dict[str, Any]) -> None:
    headers = await papers.api.sign_in(papers.bureau, "parent-1") | {"Idempotency-Key": "paper-again"}
    headers |= how.pop("headers", {})
    answer = await papers.api.client.post(f"/applications/{papers.application}/documents", headers=headers, **how)
    assert (answer.status_code, answer.json()["code"]) == (422, "document.form"), answer.text


async def test_the_same_key_and_file_get_the_same_receipt_and_another_file_422(papers: Papers) -> None:
    answers = await asyncio.gather(*(papers.send(key="paper-again") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert len(await papers.listed()) == 1 and len(papers.stored()) == 1
    other = await papers.send(images.png(), key="paper-again")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.other_body")
    await papers.office.county.set_round(status="concluded")
    assert (await papers.send(key="paper-again")).text == answers[0].text
    assert (await papers.send()).json()["code"] == "document.too_late"


async def test_no_file_beyond_the_limit_is_taken_however_many_come_at_once(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_FILES == 10
    monkeypatch.setattr(upload, "MAX_FILES", 3)
    small = images.encoded(Image.new("L", (8, 8)), "PNG")
    for _ in range(2):
        await papers.sent(small)
    answers = await asyncio.gather(*(papers.send(small) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "document.too_many"}
    assert len(await papers.listed()) == 3
    monkeypatch.setattr(upload, "UPLOADS_PER_HOUR", papers.count)
    answer = await papers.send(small)
    assert (answer.status_code, answer.json()["code"]) == (429, "document.too_many_uploads")


async def test_evidence_that_the_application_does_not_claim_is_refused_and_none_need_be_named(papers: Papers) -> None:
    answer = await papers.send(evidence="insurance")
    assert (answer.status_code, answer.json()["field"]) == (422, "evidence")
    await papers.sent(pdfs.written(pdfs.plain()), evidence="", name="虚构.pdf")
    [listed] = await papers.listed()
    assert (listed["evidence"], listed["kind"], listed["name"]) == (None, "pdf", "虚构.pdf")


async def test_a_store_that_is_away_keeps_no_half_and_the_retry_finds_its_way(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unreachable("put")

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "put", away)
        answer = await papers.send(key="paper-again")
    assert (answer.status_code, answer.json()["code"]) == (503, "service.busy") and await papers.listed() == []
    document = await papers.sent(key="paper-again")
    assert (await papers.open(document)).status_code == 200


async def test_a_school_opens_what_was_shown_to_it_while_it_has_business_with_the_child(papers: Papers) -> None:
    shown, hidden = await papers.sent(), await papers.sent(images.png())
    path = f"/documents/{shown}/schools"
    early = await papers.ask("POST", path, "casework", {"school": "s1"})
    assert (early.status_code, early.json()["code"]) == (409, "document.not_its_school")
    await papers.offered_to("s1")
    assert await papers.listed("office-s1") == []
    assert (await papers.ask("POST", path, "casework", {"school": "s1"})).status_code == 204
    assert [listed["id"] for listed in await papers.listed("office-s1")] == [shown]
    assert (await papers.open(shown, "office-s1")).status_code == 200
    assert (await papers.open(hidden, "office-s1")).status_code == 404
    assert (await papers.office.journal(f"document:{shown}"))[1:] == [
        ("show_document:refused", "-", "document.not_its_school"),
        ("document:show", "-", "school:s1"),
        ("document:read", "-", "read"),
    ]
    await papers.offered_to("s2")
    assert (await papers.open(shown, "office-s1")).status_code == 404
    assert (await papers.open(shown, "office-s2")).status_code == 404


async def test_a_family_takes_a_paper_back_until_somebody_has_decided_on_it(papers: Papers) -> None:
    wrong, right = await papers.sent(), await papers.sent(images.png())
    assert (await papers.ask("DELETE", f"/documents/{wrong}")).status_code == 204
    assert [listed["id"] for listed in await papers.listed()] == [right] and len(papers.stored()) == 1
    assert (await papers.open(wrong)).status_code == 404
    await papers.office.check(papers.application, home="confirm")
    answer = await papers.ask("DELETE", f"/documents/{right}")
    assert (answer.status_code, answer.json()["code"]) == (409, "document.settled")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\虚构\\户口簿.jpg", "户口簿.png"),
        ("photo\u202egnp.exe", "photognp.png"),
        ("a\x00b\r\nc\u200b.jpg", "abc.png"),
        ("....", "document.png"),
        ("", "document.png"),
        (None, "document.png"),
        ("x" * 500 + ".png", "x" * 60 + ".png"),
        ("<script>.svg", "<script>.png"),
    ],
)
def test_a_name_is_shown_without_path_direction_and_controls(sent: str | None, shown: str) -> None:
    assert shown_name(sent, FileKind.PNG) == shown


def test_the_streamed_path_is_the_one_of_the_operation() -> None:
    path = routes.router.url_path_for("upload_document", application_id="01a20ec3-89aa-70ee-8d9e-222b4ccd39e6")
    assert routes.STREAMED[0].fullmatch(f"/api/v1{path}")
