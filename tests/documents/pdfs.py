"""PDFs as an attacker, or an office's printer, would make them. Fictitious."""

from io import BytesIO

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from tests.documents.images import packed

TEXT = b"BT /F1 12 Tf 20 100 Td (FICTITIOUS) Tj ET"


def written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def plain(pages: int = 1) -> PdfWriter:
    """Pages with a line of text."""
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(200, 200)
        font = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
            }
        )
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        page[NameObject("/Contents")] = writer._add_object(stream(TEXT))
    return writer


def stream(data: bytes, **names: object) -> StreamObject:
    made = StreamObject()
    made._data = data
    for name, value in names.items():
        made[NameObject(f"/{name}")] = value
    return made


def with_script() -> bytes:
    """When it is opened, and by a name."""
    writer = plain()
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("FICTITIOUS-SCRIPT")}
    )
    held = writer._add_object(script)
    scripts = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("fictitious"), held])})
    writer.root_object[NameObject("/OpenAction")] = held
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): scripts})
    return written(writer)


def with_attachment() -> bytes:
    writer = plain()
    writer.add_attachment("fictitious.exe", b"MZ-FICTITIOUS-ATTACHMENT")
    return written(writer)


def with_launch() -> bytes:
    """Opens a program when it is opened, another page's action, and a link."""
    writer = plain()
    launch = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("FICTITIOUS-PROGRAM.exe")}
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(launch)
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): writer._add_object(launch)})
    link = DictionaryObject(
        {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject("https://fictitious.example/")}
    )
    annotation = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/Rect"): ArrayObject([FloatObject(value) for value in (0, 0, 50, 50)]),
            NameObject("/A"): link,
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    return written(writer)


def with_form(xfa: bool = True) -> bytes:
    """A filled-in field whose picture is to stay, with XFA beside it."""
    writer = plain()
    box = ArrayObject([FloatObject(value) for value in (0, 0, 50, 20)])
    shown = stream(b"0.5 g 0 0 50 20 re f", Type=NameObject("/XObject"), Subtype=NameObject("/Form"), BBox=box)
    field = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("FICTITIOUS-FIELD"),
            NameObject("/Rect"): ArrayObject([FloatObject(value) for value in (20, 20, 120, 60)]),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(shown)}),
        }
    )
    held = writer._add_object(field)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([held])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([held])})
    if xfa:
        form[NameObject("/XFA")] = writer._add_object(stream(b"<xdp:xdp>FICTITIOUS-XFA</xdp:xdp>"))
    writer.root_object[NameObject("/AcroForm")] = form
    return written(writer)


def encrypted() -> bytes:
    writer = plain()
    writer.encrypt("fictitious", algorithm="RC4-128")
    return written(writer)


def bomb(megabytes: int = 1000) -> bytes:
    """A page's contents of so many megabytes in one."""
    writer, data = plain(), packed(megabytes)
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream(data, Filter=NameObject("/FlateDecode")))
    return written(writer)


def with_picture(width: int, height: int, data: bytes, codec: str) -> bytes:
    writer = plain()
    picture = stream(
        data,
        Type=NameObject("/XObject"),
        Subtype=NameObject("/Image"),
        Width=NumberObject(width),
        Height=NumberObject(height),
        BitsPerComponent=NumberObject(8),
        ColorSpace=NameObject("/DeviceRGB"),
        Filter=NameObject(codec),
    )
    names = DictionaryObject({NameObject("/Im1"): writer._add_object(picture)})
    page = writer.pages[0]
    page["/Resources"][NameObject("/XObject")] = names  # type: ignore[index]
    page[NameObject("/Contents")] = writer._add_object(stream(b"q 100 0 0 100 0 0 cm /Im1 Do Q"))
    return written(writer)


def scanned(exif: bytes = b"") -> bytes:
    """A page that is a photograph."""
    out = BytesIO()
    Image.effect_mandelbrot((300, 200), (-2, -1, 1, 1), 20).convert("RGB").save(out, "JPEG", exif=exif)
    return with_picture(300, 200, out.getvalue(), "/DCTDecode")
