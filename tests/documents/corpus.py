"""The corpus of hostile files (trust, T-17), made here: each is refused for a reason or made harmless."""

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from app.documents.limits import MAX_BYTES
from app.documents.reasons import Reason
from tests.documents import images, pdfs

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>FICTITIOUS-SCRIPT</script></svg>"
HTML = b"<!doctype html><script>FICTITIOUS-SCRIPT</script>"


@dataclass(frozen=True)
class Hostile:
    """`refused`: why; None where it is made harmless, and then nothing of `gone` is left in it."""

    made: Callable[[], bytes]
    refused: Reason | None = None
    gone: tuple[bytes, ...] = ()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("FICTITIOUS-ENTRY.html", HTML)
    return out.getvalue()


def large(begins: bytes) -> bytes:
    return begins + bytes(MAX_BYTES + 1 - len(begins))


PARTS = (b"FICTITIOUS-MAKER", b"FICTITIOUS-TEXT", b"Exif")
CORPUS: dict[str, Hostile] = {
    "nothing at all": Hostile(lambda: b"", Reason.EMPTY),
    "svg renamed": Hostile(lambda: SVG, Reason.NOT_ACCEPTED),
    "html renamed": Hostile(lambda: HTML, Reason.NOT_ACCEPTED),
    "zip": Hostile(zipped, Reason.NOT_ACCEPTED),
    "program": Hostile(lambda: b"MZ" + bytes(500), Reason.NOT_ACCEPTED),
    "script": Hostile(lambda: b"#!/bin/sh\nfictitious\n", Reason.NOT_ACCEPTED),
    "gif, animated": Hostile(lambda: images.animated("GIF"), Reason.NOT_ACCEPTED),
    "webp": Hostile(lambda: images.encoded(images.picture(), "WEBP"), Reason.NOT_ACCEPTED),
    "tiff": Hostile(lambda: images.encoded(images.picture(), "TIFF"), Reason.NOT_ACCEPTED),
    "html before a pdf": Hostile(lambda: HTML + pdfs.written(pdfs.plain()), Reason.NOT_ACCEPTED),
    "jpeg's first bytes and nothing": Hostile(lambda: b"\xff\xd8\xff", Reason.DAMAGED),
    "jpeg's first bytes before html": Hostile(lambda: b"\xff\xd8\xff\xe0" + HTML, Reason.DAMAGED),
    "png's first bytes before html": Hostile(lambda: b"\x89PNG\r\n\x1a\n" + HTML, Reason.DAMAGED),
    "pdf's first bytes before html": Hostile(lambda: b"%PDF-1.7\n" + HTML, Reason.DAMAGED),
    "jpeg cut off": Hostile(lambda: images.jpeg()[:-2000], Reason.DAMAGED),
    "png cut off": Hostile(lambda: images.png()[:-300], Reason.DAMAGED),
    "png with a wrong sum": Hostile(lambda: images.png().replace(b"IDAT", b"IDAT\x00", 1), Reason.DAMAGED),
    "jpeg of 65,500 squared": Hostile(lambda: images.with_declared_size(65_500), Reason.TOO_MANY_PIXELS),
    "jpeg that says more pixels than it has": Hostile(lambda: images.with_declared_size(4_000)),
    "png of 40,000 squared": Hostile(lambda: images.png_bomb(40_000), Reason.TOO_MANY_PIXELS),
    "one pixel beyond 20 million": Hostile(
        lambda: images.encoded(Image.new("1", (20_000_001, 1)), "PNG"), Reason.TOO_MANY_PIXELS
    ),
    "png, animated": Hostile(lambda: images.animated("PNG"), Reason.ANIMATED),
    "colour profile, a bomb": Hostile(
        lambda: images.with_chunk(b"iCCP", b"FICTITIOUS-PROFILE\x00\x00" + images.packed(900)), Reason.DAMAGED
    ),
    "text, a bomb": Hostile(
        lambda: images.with_chunk(b"zTXt", b"FICTITIOUS-TEXT\x00\x00" + images.packed(900)), Reason.DAMAGED
    ),
    "photograph with place and maker": Hostile(lambda: images.jpeg(exif=images.exif()), None, PARTS),
    "png with place and maker": Hostile(lambda: images.png(exif=images.exif()), None, (*PARTS[:2], b"eXIf")),
    "jpeg with a colour profile": Hostile(
        lambda: images.jpeg(icc_profile=b"FICTITIOUS-PROFILE" * 20), None, (b"FICTITIOUS-PROFILE", b"ICC_PROFILE")
    ),
    "jpeg with a script as comment": Hostile(lambda: images.jpeg(comment=HTML), None, (HTML,)),
    "jpeg and zip": Hostile(lambda: images.jpeg() + zipped(), None, (b"FICTITIOUS-ENTRY", b"PK\x03\x04")),
    "png and html": Hostile(lambda: images.png() + HTML, None, (HTML,)),
    "png with a script as text": Hostile(
        lambda: images.with_chunk(b"tEXt", b"Comment\x00" + HTML), None, (HTML, b"tEXt")
    ),
    "png as jpeg": Hostile(images.png),
    "pdf with a script": Hostile(pdfs.with_script, None, (b"JavaScript", b"/JS")),
    "pdf with an attached program": Hostile(
        pdfs.with_attachment, None, (b"EmbeddedFile", b"Filespec", b"FICTITIOUS-ATTACHMENT")
    ),
    "pdf that starts a program": Hostile(pdfs.with_launch, None, (b"Launch", b"OpenAction", b"/AA", b"/URI", b"Annot")),
    "pdf with a form and xfa": Hostile(pdfs.with_form, None, (b"AcroForm", b"XFA", b"FICTITIOUS-XFA", b"Widget")),
    "pdf under a password": Hostile(pdfs.encrypted, Reason.LOCKED),
    "pdf that unpacks to a thousandfold": Hostile(pdfs.bomb, Reason.TOO_COMPLEX),
    "pdf of 51 pages": Hostile(lambda: pdfs.written(pdfs.plain(51)), Reason.TOO_COMPLEX),
    "pdf cut off": Hostile(lambda: pdfs.written(pdfs.plain())[:300], Reason.DAMAGED),
    "pdf and zip": Hostile(lambda: pdfs.written(pdfs.plain()) + zipped(), None, (b"FICTITIOUS-ENTRY", b"PK\x03\x04")),
    "pdf of a photograph with its place": Hostile(lambda: pdfs.scanned(images.exif().tobytes()), None, PARTS),
    "pdf of a picture of 65,500 squared": Hostile(
        lambda: pdfs.with_picture(65_500, 65_500, zlib.compress(b"x"), "/FlateDecode"), Reason.TOO_MANY_PIXELS
    ),
    "pdf of a jpeg larger than it says": Hostile(
        lambda: pdfs.with_picture(10, 10, images.with_declared_size(65_500), "/DCTDecode"), Reason.TOO_MANY_PIXELS
    ),
    "pdf of a picture in JBIG2": Hostile(
        lambda: pdfs.with_picture(10, 10, b"FICTITIOUS", "/JBIG2Decode"), Reason.FOREIGN_CODEC
    ),
}
