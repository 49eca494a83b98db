"""Pictures as a telephone, or an attacker, would make them. Fictitious."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

PLACE = 0x8825
MAKER, TEXT, ORIENTATION = 0x010F, 0x010E, 0x0112


def picture(size: tuple[int, int] = (320, 200), mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert(mode)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def jpeg(**options: Any) -> bytes:
    return encoded(picture(), "JPEG", **options)


def png(**options: Any) -> bytes:
    return encoded(picture(), "PNG", **options)


def exif(**tags: Any) -> Image.Exif:
    """Where it was taken, with what, and which way up."""
    held = Image.Exif()
    held[MAKER], held[TEXT], held[ORIENTATION] = "FICTITIOUS-MAKER", "FICTITIOUS-TEXT", 6
    held.get_ifd(PLACE).update({1: "N", 2: (30.0, 31.0, 0.0), 3: "E", 4: (120.0, 56.0, 0.0)})
    return held


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunk(name: bytes, data: bytes) -> bytes:
    """A PNG with a chunk of this name after its header."""
    whole = png()
    at = 8 + 25
    return whole[:at] + chunk(name, data) + whole[at:]


def packed(megabytes: int) -> bytes:
    """So many megabytes of zeros (RFC 1950). A block that ends in a full flush stands for itself, so that it is packed
    once and repeated."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packing.compress(bytes(1_000_000)) + packing.flush(zlib.Z_FULL_FLUSH)
    checksum = (megabytes * 1_000_000 % 65_521) << 16 | 1
    return b"\x78\xda" + block * megabytes + packing.flush() + struct.pack(">I", checksum)


def png_bomb(side: int) -> bytes:
    """Says that it is so many pixels square, in one bit each."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = packed((side // 8 + 1) * side // 1_000_000 + 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def with_declared_size(side: int) -> bytes:
    """A JPEG of a few pixels whose header says that it is so many square."""
    whole = bytearray(jpeg())
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", side, side)
    return bytes(whole)


def animated(format_: str) -> bytes:
    frames = [picture().point(lambda value, by=by: value // by) for by in (1, 2, 3)]
    return encoded(frames[0], format_, save_all=True, append_images=frames[1:], duration=100)
