"""What one cell may hold, by kind: each function reads a cell's text into a value or raises Refused."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from app.schools.findings import Refused
from app.schools.limits import MAX_TEXT
from app.schools.positions import east_of_origin, north_of_origin
from app.schools.vocabulary import AGE_CLASS_WORDS, AgeClass, Stage

Value = str | int | bool | date | list[str]
Reading = Callable[[str], Value]
IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
WHOLE = re.compile(r"0|[1-9][0-9]{0,8}")
DAY = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})")
UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")  # control, format (among them bidi), unassigned, private
LOST = ("\ufffd", "锟斤")  # what remains of a text that was read in the wrong encoding
YES_NO = {"yes": True, "是": True, "no": False, "否": False}
STAGES = dict(zip(("学前", "小学", "初中", "特教"), Stage, strict=True)) | {stage.value: stage for stage in Stage}
STAGE_WORDS = {word: stage.value for word, stage in STAGES.items()}
AGE_CLASSES = {zh: one for one, (zh, _) in AGE_CLASS_WORDS.items()} | {one.value: one.value for one in AgeClass}


def text(cell: str) -> str:
    """Free text without unseen characters, in NFC, that no spreadsheet takes for a formula."""
    if len(cell) > MAX_TEXT:
        raise Refused("too_long", limit=MAX_TEXT)
    if any(unicodedata.category(sign) in UNSEEN for sign in cell) or any(lost in cell for lost in LOST):
        raise Refused("characters")
    if cell[0] in "=+-@＝＋－＠":
        raise Refused("formula")
    return unicodedata.normalize("NFC", cell)


def name(cell: str) -> str:
    """A name: text that holds more than what an identifier is made of."""
    if not any(sign.isalpha() for sign in cell) or (IDENTIFIER.fullmatch(cell) and any(s.isdigit() for s in cell)):
        raise Refused("name_of_digits")
    return text(cell)


def identifier(cell: str) -> str:
    if not IDENTIFIER.fullmatch(cell):
        raise Refused("identifier")
    return cell


def town_code(cell: str) -> str:
    if not re.fullmatch(r"[0-9]{9}", cell):
        raise Refused("town_code")
    return cell


def day(cell: str) -> date:
    """2026-09-01 or, as spreadsheets write it in China, 2026/9/1."""
    match = DAY.fullmatch(cell)
    if match is None:
        raise Refused("date")
    year, _, month, of_month = match.groups()
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        raise Refused("date") from None


def whole(least: int, most: int) -> Reading:
    """A whole number within these bounds, in plain digits."""

    def reading(cell: str) -> int:
        if not WHOLE.fullmatch(cell) or not least <= int(cell) <= most:
            raise Refused("integer", least=least, most=most)
        return int(cell)

    return reading


def one_of(words: Mapping[str, Value]) -> Reading:
    """One of these words, in either language, upper case or lower."""

    def reading(cell: str) -> Value:
        if cell.lower() not in words:
            raise Refused("choice", allowed="、".join(words))
        return words[cell.lower()]

    return reading


yes_no = one_of(YES_NO)


def stages(cell: str) -> list[str]:
    """One or several stages, separated by a semicolon; in the order of the stages."""
    named = [STAGES.get(part.strip().lower()) for part in cell.replace("；", ";").split(";")]
    if None in named or len(set(named)) < len(named):
        raise Refused("choice", allowed="、".join(STAGES))
    return [stage.value for stage in Stage if stage in named]


def longitude(cell: str) -> int:
    """Decimal degrees, as metres east of the county's origin."""
    try:
        return east_of_origin(cell)
    except ValueError:
        raise Refused("longitude") from None


def latitude(cell: str) -> int:
    """Decimal degrees, as metres north of the county's origin."""
    try:
        return north_of_origin(cell)
    except ValueError:
        raise Refused("latitude") from None
