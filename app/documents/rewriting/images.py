"""An image decoded and encoded anew: nothing is kept but its pixels, upright.

What goes: EXIF with its place, colour profiles, texts, comments, thumbnails, further frames, bytes after the end.
"""

from io import BytesIO

from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin

from app.documents.limits import MAX_PIXELS
from app.documents.reasons import FileKind, Harmless, Reason, Refused

FORMATS = {FileKind.JPEG: JpegImagePlugin.JpegImageFile.format, FileKind.PNG: PngImagePlugin.PngImageFile.format}
# Papers stay readable; above this a photograph written anew would grow.
JPEG_QUALITY = 85
# The check is ours, before anything is decoded: Pillow's own only warns up to twice its limit.
Image.MAX_IMAGE_PIXELS = None


def rewrite_image(content: bytes, kind: FileKind) -> Harmless:
    """The same picture in the same format; raises Refused, or whatever the decoder raises where it is damaged."""
    picture = pixels(content, kind)
    out = BytesIO()
    if kind is FileKind.JPEG:
        picture.save(out, "JPEG", quality=JPEG_QUALITY)
    else:
        picture.save(out, "PNG")
    return Harmless(kind, out.getvalue(), picture.width, picture.height)


def pixels(content: bytes, kind: FileKind) -> Image.Image:
    """What is to be seen, as an image that carries nothing else; raises as `rewrite_image`."""
    source = Image.open(BytesIO(content), formats=[str(FORMATS[kind])])
    refuse_pixels(*source.size)
    if kind is FileKind.PNG and getattr(source, "is_animated", False):
        raise Refused(Reason.ANIMATED)
    source.load()
    shown = _eight_bits(_upright(source))
    clean = Image.new("L" if shown.mode in ("1", "L") else "RGB", shown.size, "white")
    clean.paste(shown, mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
    return clean


def refuse_pixels(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Refused(Reason.DAMAGED)
    if width * height > MAX_PIXELS:
        raise Refused(Reason.TOO_MANY_PIXELS)


def _upright(source: Image.Image) -> Image.Image:
    """Turned as its EXIF says; one that cannot be read turns nothing."""
    try:
        return ImageOps.exif_transpose(source)
    except MemoryError:
        raise
    except Exception:
        return source


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("1", "L", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa"):
        return image.convert("RGBA")
    return image.convert("RGB")
