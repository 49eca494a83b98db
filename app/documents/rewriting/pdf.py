"""A PDF written anew from what its pages draw (ISO 32000-1).

Only pages are copied, of a page only its boxes, contents and resources, of these nothing that acts, hides or points
elsewhere. What no page draws (scripts, attached files, forms, XFA, metadata, earlier revisions, bytes around the
file) is not reached and so not written.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from app.documents.limits import MAX_OBJECTS, MAX_PAGES
from app.documents.reasons import FileKind, Harmless, Reason, Refused
from app.documents.rewriting.flattened import Matrix, appearances, numbers
from app.documents.rewriting.streams import Budget, measured, rewrite_picture

# Within a resource dictionary each of these maps free names to objects; no other category draws anything.
CATEGORIES = ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading")
NAMED_FREELY = (*CATEGORIES, "/CharProcs", "/Colorants")
# What acts, is hidden, describes, points to other files or back up the tree.
LEFT_OUT = {
    "/A", "/AA", "/AF", "/Alternates", "/Annots", "/AcroForm", "/EF", "/EmbeddedFiles", "/JS", "/JavaScript", "/Launch",
    "/Metadata", "/Names", "/OC", "/OCProperties", "/OPI", "/OpenAction", "/Parent", "/PieceInfo", "/Properties",
    "/RichMedia", "/Ref", "/StructParent", "/StructParents", "/URI", "/XFA", "/LastModified", "/Measure", "/PtData",
}  # fmt: skip
OF_STREAMS = {"/F", "/FFilter", "/FDecodeParms", "/Length", "/DL"}  # data in another file; lengths are ours
BOXES = ("/MediaBox", "/CropBox")


def rewrite_pdf(content: bytes) -> Harmless:
    """The same pages; raises Refused, or whatever the parser raises where the file is damaged."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise Refused(Reason.LOCKED)
        return _rewrite(reader)
    except LimitReachedError:
        raise Refused(Reason.TOO_COMPLEX) from None


def _rewrite(reader: PdfReader) -> Harmless:
    count = reader.get_num_pages()
    if count == 0:
        raise Refused(Reason.DAMAGED)
    if count > MAX_PAGES:
        raise Refused(Reason.TOO_COMPLEX)
    copy = Copy()
    catalogue = copy.keep(DictionaryObject({NameObject("/Type"): NameObject("/Catalog")}))
    tree = DictionaryObject({NameObject("/Type"): NameObject("/Pages"), NameObject("/Count"): NumberObject(count)})
    root = copy.keep(tree)
    tree[NameObject("/Kids")] = ArrayObject([copy.page(page, root) for page in reader.pages])
    copy.objects[catalogue.idnum - 1][NameObject("/Pages")] = root
    return Harmless(FileKind.PDF, copy.written(catalogue), pages=count)


class Copy:
    """The objects of the new file; each of the old one is copied once."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self.copied: dict[tuple[int, int], PdfObject] = {}
        self.budget = Budget()

    def keep(self, made: PdfObject) -> IndirectObject:
        if len(self.objects) >= MAX_OBJECTS:
            raise Refused(Reason.TOO_COMPLEX)
        self.objects.append(made)
        return IndirectObject(len(self.objects), 0, None)

    def page(self, page: DictionaryObject, parent: IndirectObject) -> IndirectObject:
        """A page's boxes, turn, contents and resources, with what its annotations show."""
        made = DictionaryObject({NameObject("/Type"): NameObject("/Page"), NameObject("/Parent"): parent})
        for name in BOXES:
            if name in page:
                made[NameObject(name)] = ArrayObject([FloatObject(value) for value in numbers(page[name])[:4]])
        made[NameObject("/Rotate")] = NumberObject(int(page.get("/Rotate", 0)) // 90 % 4 * 90)
        resources = self.resources(page.get("/Resources"))
        contents = [self.copy(part) for part in _parts(page.raw_get("/Contents"))] if "/Contents" in page else []
        if shown := appearances(page):
            contents = [self.drawing(b"q\n"), *contents, self.flatten(shown, resources)]
        made[NameObject("/Resources")] = resources
        made[NameObject("/Contents")] = ArrayObject(contents)
        return self.keep(made)

    def flatten(self, shown: list[tuple[StreamObject, Matrix]], resources: DictionaryObject) -> IndirectObject:
        """The stream that draws the annotations' pictures, which are added to the page's resources."""
        held = resources.get("/XObject", DictionaryObject())
        pictures = DictionaryObject(held.get_object())
        lines = [b"Q"]
        for number, (picture, matrix) in enumerate(shown):
            name = next(name for name in _names(number) if name not in pictures)
            drawn = self.stream(picture)
            drawn[NameObject("/Type")], drawn[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
            pictures[NameObject(name)] = self.keep(drawn)
            placed = " ".join(f"{value:.5f}" for value in matrix)
            lines.append(f"q {placed} cm {name} Do Q".encode())
        resources[NameObject("/XObject")] = pictures
        return self.drawing(b"\n".join(lines) + b"\n")

    def drawing(self, operators: bytes) -> IndirectObject:
        stream = StreamObject()
        stream._data = operators
        return self.keep(stream)

    def resources(self, held: PdfObject | None) -> DictionaryObject:
        """The categories that draw; names within them are free."""
        found = None if held is None else held.get_object()
        made = DictionaryObject()
        for category in CATEGORIES:
            if isinstance(found, DictionaryObject) and category in found:
                made[NameObject(category)] = self.named_freely(found[category].get_object())
        return made

    def named_freely(self, held: PdfObject | None) -> PdfObject:
        if not isinstance(held, DictionaryObject) or isinstance(held, StreamObject):
            return NullObject()
        return DictionaryObject({NameObject(name): self.copy(held.raw_get(name)) for name in held})

    def copy(self, held: Any) -> PdfObject:
        """An object of the old file in the new one; a reference keeps to be one."""
        if not isinstance(held, IndirectObject):
            return self.direct(held)
        at = (held.idnum, held.generation)
        if at not in self.copied:
            # Its place is taken before what it holds is copied, because that may point back to it.
            self.copied[at] = reference = self.keep(NullObject())
            self.objects[reference.idnum - 1] = self.direct(held.get_object())
        return self.copied[at]

    def direct(self, held: Any) -> PdfObject:
        if isinstance(held, StreamObject):
            return self.stream(held)
        if isinstance(held, DictionaryObject):
            return self.dictionary(held, LEFT_OUT)
        if isinstance(held, ArrayObject):
            return ArrayObject([self.copy(item) for item in held])
        return NullObject() if held is None or isinstance(held, IndirectObject) else held

    def dictionary(self, held: DictionaryObject, left_out: set[str]) -> DictionaryObject:
        made = DictionaryObject()
        for name in held:
            if name == "/Resources":
                made[NameObject(name)] = self.resources(held[name])
            elif name in NAMED_FREELY:
                made[NameObject(name)] = self.free_or_plain(held.raw_get(name))
            elif name not in left_out:
                made[NameObject(name)] = self.copy(held.raw_get(name))
        return made

    def free_or_plain(self, held: Any) -> PdfObject:
        """An image's /ColorSpace is a name or an array, a resource's a dictionary of free names."""
        found = held.get_object()
        plain = isinstance(found, StreamObject) or not isinstance(found, DictionaryObject)
        return self.copy(held) if plain else self.named_freely(found)

    def stream(self, held: StreamObject) -> StreamObject:
        """A picture encoded anew, a form or a font as it is; a program for a printer is left out."""
        made = StreamObject()
        if held.get("/Subtype") == "/PS" or held.get("/Type") == "/EmbeddedFile":
            made._data = b""
            return made
        made.update(self.dictionary(held, LEFT_OUT | OF_STREAMS))
        if held.get("/Subtype") == "/Image":
            changed, made._data = rewrite_picture(held, self.budget)
            for name, value in changed.items():
                made.pop(NameObject(name), None)
                if value is not None:
                    made[NameObject(name)] = value
        else:
            made._data = measured(held, self.budget)
        return made

    def written(self, catalogue: IndirectObject) -> bytes:
        """The file: header, objects, table of where they are, trailer (7.5)."""
        out = BytesIO()
        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, made in enumerate(self.objects, 1):
            places.append(out.tell())
            out.write(f"{number} 0 obj\n".encode())
            made.write_to_stream(out)
            out.write(b"\nendobj\n")
        start, size = out.tell(), len(places) + 1
        out.write(f"xref\n0 {size}\n0000000000 65535 f \n".encode())
        out.writelines(f"{place:010d} 00000 n \n".encode() for place in places)
        out.write(f"trailer\n<< /Size {size} /Root {catalogue.idnum} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
        return out.getvalue()


def _parts(contents: Any) -> list[Any]:
    """A page's contents: one stream or several."""
    found = contents.get_object()
    return [contents] if isinstance(found, StreamObject) else list(found) if isinstance(found, ArrayObject) else []


def _names(number: int) -> Iterator[str]:
    """Names for a picture that is drawn into the page, the first that is free to be taken."""
    yield from (f"/Shown{number}{'x' * more}" for more in range(MAX_OBJECTS))
