"""A corpus of hostile files: each refused for its reason or made harmless, in bounded memory (T-17)."""

import asyncio
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from app.documents import rewrite
from app.documents.limits import CHILD_MEMORY_BYTES, MAX_PIXELS
from app.documents.reasons import FileKind, Harmless, Reason, Refused
from app.documents.rewrite import Rewriter
from tests.documents import images, pdfs
from tests.documents.corpus import CORPUS

Outcome = Harmless | Refused
# What twenty million pixels need (measured: 271 MiB), and far below what the limit allows.
BOUND_KIB = 400 * 1024


async def outcome(rewriter: Rewriter, content: bytes) -> Outcome:
    try:
        return await rewriter.rewrite(content)
    except Refused as refused:
        return refused


@pytest.fixture(scope="module")
async def outcomes() -> dict[str, Outcome]:
    rewriter = Rewriter(wait_seconds=300)
    found = await asyncio.gather(*(outcome(rewriter, hostile.made()) for hostile in CORPUS.values()))
    return dict(zip(CORPUS, found, strict=True))


def test_the_corpus_is_as_large_as_was_promised() -> None:
    assert len(CORPUS) >= 30


@pytest.mark.parametrize("name", CORPUS)
async def test_it_is_refused_for_its_reason_or_made_harmless_in_bounded_memory(
    outcomes: dict[str, Outcome], name: str
) -> None:
    hostile, found = CORPUS[name], outcomes[name]
    assert (found.reason if isinstance(found, Refused) else None) == hostile.refused
    assert found.peak_kib < BOUND_KIB < CHILD_MEMORY_BYTES // 1024
    if isinstance(found, Harmless):
        assert [part for part in hostile.gone if part in found.content] == []
        assert shown(found) != (0, 0)


def test_what_is_gone_was_there() -> None:
    """Else the test above would look for what nobody has sent."""
    absent = [(name, part) for name, hostile in CORPUS.items() for part in hostile.gone if part not in hostile.made()]
    assert absent == []


def shown(harmless: Harmless) -> tuple[int, int]:
    """The size of the picture, or of the first page, as another program reads it."""
    if harmless.kind is FileKind.PDF:
        box = PdfReader(BytesIO(harmless.content), strict=True).pages[0].mediabox
        return int(box.width), int(box.height)
    with Image.open(BytesIO(harmless.content)) as image:
        image.load()
        assert not image.getexif() and "icc_profile" not in image.info and "comment" not in image.info
        return image.size


async def test_a_photograph_is_turned_as_it_was_held_before_its_data_go(outcomes: dict[str, Outcome]) -> None:
    photograph = outcomes["photograph with place and maker"]
    assert isinstance(photograph, Harmless) and shown(photograph) == (200, 320)


async def test_the_largest_picture_is_taken_and_one_pixel_more_is_not() -> None:
    rewriter = Rewriter()
    largest = images.encoded(Image.new("RGBA", (5_000, 4_000)), "PNG")
    taken = await rewriter.rewrite(largest)
    assert (taken.width or 0) * (taken.height or 0) == MAX_PIXELS and taken.peak_kib < BOUND_KIB


async def test_every_kind_of_picture_that_cameras_and_scanners_make_is_taken() -> None:
    rewriter = Rewriter()
    made = {
        "gray": images.encoded(images.picture(mode="L"), "JPEG"),
        "four colours": images.encoded(images.picture(mode="CMYK"), "JPEG"),
        "in steps": images.jpeg(progressive=True),
        "two pictures in one": images.encoded(images.picture(), "MPO", save_all=True, append_images=[images.picture()]),
        "one bit": images.encoded(images.picture(mode="1"), "PNG"),
        "palette": images.encoded(images.picture(mode="P"), "PNG"),
        "sixteen bits": images.encoded(
            images.picture(mode="I").point(lambda value: value * 256).convert("I;16"), "PNG"
        ),
        "transparent": images.encoded(images.picture(mode="RGBA"), "PNG"),
    }
    found = await asyncio.gather(*(rewriter.rewrite(content) for content in made.values()))
    assert [shown(harmless) for harmless in found] == [(320, 200)] * len(made)
    # Sixteen bits are brought to eight, not cut off at white.
    with Image.open(BytesIO(found[6].content)) as image:
        assert image.getextrema() == images.picture(mode="L").getextrema()


async def test_text_and_the_pictures_of_fields_stay_to_be_seen() -> None:
    rewriter = Rewriter()
    filled = await rewriter.rewrite(pdfs.with_form())
    page = PdfReader(BytesIO(filled.content), strict=True).pages[0]
    assert page.extract_text().strip() == "FICTITIOUS"
    assert "/Annots" not in page and list(page["/Resources"]["/XObject"]) == ["/Shown0"]  # type: ignore[index]
    drawn = page.get_contents()
    assert (
        drawn is not None and b"q 2.00000 0.00000 0.00000 2.00000 20.00000 20.00000 cm /Shown0 Do Q" in drawn.get_data()
    )
    scanned = await rewriter.rewrite(pdfs.scanned())
    [picture] = PdfReader(BytesIO(scanned.content), strict=True).pages[0].images
    assert picture.image is not None and picture.image.size == (300, 200)


async def test_a_child_that_takes_too_much_is_ended_and_its_file_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    greedy = (
        "import json; from app.documents.rewriting.__main__ import limit_oneself; limit_oneself(); {};"
        " print(json.dumps(dict(kind='png', width=1, height=1, pages=None, peak_kib=1)))"
    )
    monkeypatch.setattr(rewrite, "COMMAND", (sys.executable, "-s", "-c", greedy.format("pass")))
    assert (await Rewriter().rewrite(images.jpeg())).kind is FileKind.PNG
    for words in ("bytearray(700 * 1024 * 1024)", f"open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')"):
        monkeypatch.setattr(rewrite, "COMMAND", (sys.executable, "-s", "-c", greedy.format(words)))
        with pytest.raises(Refused) as refused:
            await Rewriter().rewrite(images.jpeg())
        assert refused.value.reason is Reason.TOO_COMPLEX
