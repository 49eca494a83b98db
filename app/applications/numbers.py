"""Identity numbers (GB 11643-1999) as families write them: normalised, checked, never repeated in an error.

The 18-digit form is 6 digits of region, 8 of birth, 3 of sequence, a check digit (ISO 7064 MOD 11-2). Residents
of Hong Kong, Macao and Taiwan have the same form under 810000, 820000 and 830000. The region is that of the first
registration: residence is never read from it.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from app.errors import ServiceError

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
HMT_REGIONS = {"81": "hong_kong", "82": "macao", "83": "taiwan"}
OLD_LENGTH = 15


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
    text = "".join(c for c in unicodedata.normalize("NFKC", written) if c.isalnum()).upper()
    if len(text) == OLD_LENGTH and text.isascii() and text.isdigit():
        body = text[:6] + "19" + text[6:]
        return body + check_digit(body)
    return text


def check_digit(body: str) -> str:
    """The 18th character of 17 digits."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def read(written: str, field: str) -> Number:
    """Check a number; raises `application.number_*` naming the field, never the value."""
    text = normalise(written)
    if len(text) != 18 or not (text[:17].isascii() and text[:17].isdigit()):
        raise ServiceError("application.number_form", field)
    if check_digit(text[:17]) != text[17]:
        raise ServiceError("application.number_check_digit", field)
    try:
        born_on = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        raise ServiceError("application.number_form", field) from None
    return Number(text, born_on, HMT_REGIONS.get(text[:2], "mainland"))


def masked_name(name: str) -> str:
    """A name as a list shows it: the first character, the rest as stars."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else "*"
