"""The streams of a PDF: measured before a reader has to unpack them, pictures encoded anew (ISO 32000-1, 7.4)."""

import zlib
from io import BytesIO
from typing import Any

from pypdf.filters import decode_stream_data
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject

from app.documents.limits import MAX_UNPACKED_BYTES
from app.documents.reasons import FileKind, Reason, Refused
from app.documents.rewriting.images import JPEG_QUALITY, pixels, refuse_pixels

FLATE, JPEG = ("/FlateDecode", "/Fl"), ("/DCTDecode", "/DCT")
FAX = ("/CCITTFaxDecode", "/CCF")
TEXT = ("/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx", "/RunLengthDecode", "/RL", "/LZWDecode", "/LZW")
PACKING = (*FLATE, *TEXT)
AT_ONCE = 1 << 20


class Budget:
    """How much the streams of one file may unpack to, all together."""

    def __init__(self) -> None:
        self.left = MAX_UNPACKED_BYTES

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise Refused(Reason.TOO_COMPLEX)


def filters_of(stream: DictionaryObject) -> list[str]:
    named = stream.get("/Filter")
    named = [] if named is None else named.get_object()
    return [str(name.get_object()) for name in named] if isinstance(named, list) else [str(named)]


def rewrite_picture(stream: StreamObject, budget: Budget) -> tuple[dict[str, Any], bytes]:
    """(what of its dictionary changes, data) of an image; raises Refused for a codec that is not read here."""
    width, height = _whole(stream, "/Width"), _whole(stream, "/Height")
    refuse_pixels(width, height)
    filters = filters_of(stream)
    if not filters or filters[-1] not in JPEG:
        return {}, measured(stream, budget)
    picture = pixels(_before_last_filter(stream, filters), FileKind.JPEG)
    budget.take(picture.width * picture.height)
    out = BytesIO()
    picture.save(out, "JPEG", quality=JPEG_QUALITY)
    gray = picture.mode == "L"
    return {
        "/Width": NumberObject(picture.width),
        "/Height": NumberObject(picture.height),
        "/BitsPerComponent": NumberObject(8),
        "/ColorSpace": NameObject("/DeviceGray" if gray else "/DeviceRGB"),
        "/Filter": NameObject("/DCTDecode"),
        "/Decode": None,
        "/DecodeParms": None,
    }, out.getvalue()


def _whole(stream: StreamObject, name: str) -> int:
    number: Any = stream[name]
    return int(number)


def measured(stream: StreamObject, budget: Budget) -> bytes:
    """The data as they stand, without what follows their end, once they are known to unpack within the budget."""
    filters, data = filters_of(stream), bytes(stream._data)
    if filters and filters[-1] in FAX:
        budget.take(len(data))
        filters = filters[:-1]
    if any(name not in PACKING for name in filters):
        raise Refused(Reason.FOREIGN_CODEC)
    if not filters:
        budget.take(len(data))
    elif len(filters) == 1 and filters[0] in FLATE:
        return _inflates(data, budget)
    else:
        budget.take(len(decode_stream_data(_with_filters(stream, filters))))
    return data


def _inflates(data: bytes, budget: Budget) -> bytes:
    """Unpacked piece by piece and thrown away, so that a bomb takes no memory here."""
    unpacking = zlib.decompressobj()
    waiting = data
    while waiting and not unpacking.eof:
        budget.take(len(unpacking.decompress(waiting, AT_ONCE)))
        waiting = unpacking.unconsumed_tail
    return data[: len(data) - len(unpacking.unused_data)]


def _before_last_filter(stream: StreamObject, filters: list[str]) -> bytes:
    """The JPEG file inside an image's stream."""
    if len(filters) == 1:
        return bytes(stream._data)
    if any(name not in PACKING for name in filters[:-1]):
        raise Refused(Reason.FOREIGN_CODEC)
    return decode_stream_data(_with_filters(stream, filters[:-1]))


def _with_filters(stream: StreamObject, filters: list[str]) -> StreamObject:
    """The same data under these filters, without parameters: a predictor changes no length that matters here."""
    other = StreamObject()
    other._data = stream._data
    other[NameObject("/Filter")] = ArrayObject([NameObject(name) for name in filters])
    return other
