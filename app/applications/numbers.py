"""Identity numbers as families write them: brought to one spelling, checked, never repeated in an error.

GB 11643-1999: 6 digits of region, 8 of birth, 3 of sequence, a check digit (ISO 7064 MOD 11-2). Residents of Hong
Kong, Macao and Taiwan have the same form under 810000, 820000 and 830000. The region is that of the first
registration: residence is never read from it.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from app.errors import ServiceError

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
HMT_REGIONS = {"810000": "hong_kong", "820000": "macao", "830000": "taiwan"}
WHOLE = re.compile(r"[0-9]{17}[0-9X]")
OLD = re.compile(r"[0-9]{15}")  # until 1999: without century and check digit
FOREIGN = re.compile(r"[A-Z0-9]{5,20}")
RESIDENCE_CARD = re.compile(r"9[1-8].*")  # 9 and a province: 99 is none, and fictitious numbers stand under it


@dataclass(frozen=True)
class Number:
    """A valid number: `text` is normalised, `region_kind` is mainland, hong_kong, macao or taiwan."""

    text: str
    born_on: date
    region_kind: str

    def __repr__(self) -> str:
        return "Number(…)"


def normalise(written: str) -> str:
    """One spelling: full width to half width, no spaces or dashes, X in upper case; 15 digits get their century."""
    text = plain(written)
    if OLD.fullmatch(text):
        body = f"{text[:6]}19{text[6:]}"
        return body + check_digit(body)
    return text


def plain(written: str) -> str:
    """Letters and digits alone, in half width and upper case."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", written) if letter.isalnum()).upper()


def check_digit(body: str) -> str:
    """The 18th character of 17 digits."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def read(written: str, field: str) -> Number:
    """A checked number; raises `application.number_form`, `application.number_check_digit`, naming the field."""
    text = normalise(written)
    if not WHOLE.fullmatch(text):
        raise ServiceError("application.number_form", field)
    if check_digit(text[:17]) != text[17]:
        raise ServiceError("application.number_check_digit", field)
    try:
        born_on = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise ServiceError("application.number_form", field) from None
    return Number(text, born_on, HMT_REGIONS.get(text[:6], "mainland"))


def read_foreign(written: str, field: str) -> str:
    """The number of a foreign document, normalised; raises `application.foreign_number`, naming the field.

    A citizen's number is refused here, or one child could stand under it twice; foreigners' residence cards have
    the same form.
    """
    text = plain(written)
    citizens = WHOLE.fullmatch(text) and check_digit(text[:17]) == text[17] and not RESIDENCE_CARD.fullmatch(text)
    if citizens or not FOREIGN.fullmatch(text):
        raise ServiceError("application.foreign_number", field)
    return text


def masked_name(name: str) -> str:
    """A name as a list shows it: the first character, the rest as stars."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else "*"
