"""What annotations and form fields show, drawn into the page (ISO 32000-1, 12.5.5): seals and filled-in fields stay
to be seen, and nothing is left that acts."""

from typing import Any

from pypdf.generic import DictionaryObject, StreamObject

HIDDEN, NO_VIEW = 2, 32
UNMOVED = [1, 0, 0, 1, 0, 0]
Matrix = tuple[float, float, float, float, float, float]


def appearances(page: DictionaryObject) -> list[tuple[StreamObject, Matrix]]:
    """Each visible annotation's picture with the matrix that brings it to its place."""
    annotations = page.get("/Annots")
    found = []
    for held in [] if annotations is None else annotations.get_object():
        annotation = held.get_object()
        shown = _shown(annotation) if isinstance(annotation, DictionaryObject) else None
        if shown is not None:
            placed = _placed(shown, numbers(annotation["/Rect"]))
            found += [] if placed is None else [(shown, placed)]
    return found


def _shown(annotation: DictionaryObject) -> StreamObject | None:
    if annotation.get("/Subtype") == "/Popup" or int(annotation.get("/F", 0)) & (HIDDEN | NO_VIEW):
        return None
    appearance: Any = annotation.get("/AP")
    normal = None if appearance is None else appearance.get_object().get("/N")
    normal = None if normal is None else normal.get_object()
    if isinstance(normal, DictionaryObject) and not isinstance(normal, StreamObject):
        state = normal.get(str(annotation.get("/AS", "")))
        normal = None if state is None else state.get_object()
    return normal if isinstance(normal, StreamObject) else None


def numbers(held: Any) -> list[float]:
    """An array of numbers, however it is referred to."""
    return [float(value.get_object()) for value in held.get_object()]


def _placed(shown: StreamObject, rectangle: list[float]) -> Matrix | None:
    """The transformed box of the picture brought onto the annotation's rectangle; None where either is empty."""
    a, b, c, d, e, f = numbers(shown["/Matrix"]) if "/Matrix" in shown else UNMOVED
    left, bottom, right, top = numbers(shown["/BBox"])
    corners = [(x * a + y * c + e, x * b + y * d + f) for x in (left, right) for y in (bottom, top)]
    across, up = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    to_left, to_right = sorted((rectangle[0], rectangle[2]))
    to_bottom, to_top = sorted((rectangle[1], rectangle[3]))
    width, height = across[-1] - across[0], up[-1] - up[0]
    if not (width and height and to_right - to_left and to_top - to_bottom):
        return None
    wide, high = (to_right - to_left) / width, (to_top - to_bottom) / height
    return wide, 0, 0, high, to_left - across[0] * wide, to_bottom - up[0] * high
