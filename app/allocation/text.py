"""The text rules that every file of a bundle obeys (allocation-bundle/1, section "Text").

Each kind of cell is a regular language, so one compiled expression accepts a whole line; only a line that it
does not accept is taken apart to say what is wrong with it.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice


class Refused(ValueError):
    """A bundle that breaks a sentence of the format: `file`, `line` (0 for the file as a whole), `reason`.

    The reason never repeats a cell: what a bundle holds about a child stays out of logs.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(file, line, reason)
        self.file, self.line, self.reason = file, line, reason

    def __str__(self) -> str:
        place = f"{self.file} line {self.line}" if self.line else self.file
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a cell may hold: a regular expression, and the same in words."""

    pattern: str
    rule: str


_ID = "[A-Za-z0-9._:-]{1,64}"
IDENTIFIER = Kind(_ID, "must be 1 to 64 of A-Z a-z 0-9 . _ : -")
OPTIONAL_IDENTIFIER = Kind(f"(?:{_ID})?", "must be empty or 1 to 64 of A-Z a-z 0-9 . _ : -")
GROUPS = Kind(f"(?:{_ID}(?:;{_ID})*)?", "must be empty or identifiers separated by ;")
SEATS = Kind("0|[1-9][0-9]{0,5}|1000000", "must be an integer from 0 to 1000000, written 0 or [1-9][0-9]*")
RANK = Kind("[1-9][0-9]{0,5}|1000000", "must be an integer from 1 to 1000000, written [1-9][0-9]*")
_KEY = "0|-?[1-9][0-9]{0,11}|-?1000000000000"
KEY = Kind(_KEY, "must be an integer within ±1000000000000, written 0 or -?[1-9][0-9]*")
OPTIONAL_KEY = Kind(f"(?:{_KEY})?", "must be empty or an integer within ±1000000000000, 0 or -?[1-9][0-9]*")
DIGEST = Kind("[0-9a-f]{64}", "must be 64 lower-case hex digits")

Columns = Sequence[tuple[str, Kind]]


def matches(kind: Kind, value: object) -> bool:
    """Whether the value is a string of this kind, from its first character to its last."""
    return isinstance(value, str) and re.fullmatch(kind.pattern, value) is not None


def sha256(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def read_rows(file: str, data: bytes, columns: Columns) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows below the header, each with its 1-based line; raises Refused at the first that breaks a rule."""
    lines = _lines(file, data, ",".join(name for name, _ in columns))
    accepted = re.compile(",".join(f"({kind.pattern})" for _, kind in columns)).fullmatch
    for number, line in enumerate(islice(lines, 1, None), 2):
        found = accepted(line)
        if found is None:
            raise Refused(file, number, _fault(line, columns))
        yield number, found.groups()


def write_rows(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file of these columns and rows: header first, every line ended by LF.

    Nothing is checked here: whoever writes reads back. A lone surrogate passes, to be refused there as not UTF-8.
    """
    text = [",".join(columns), *(",".join(map(str, row)) for row in rows), ""]
    return "\n".join(text).encode("utf-8", "surrogatepass")


def _lines(file: str, data: bytes, header: str) -> list[str]:
    if data.startswith(b"\xef\xbb\xbf"):
        raise Refused(file, 1, "must not begin with a byte order mark")
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise Refused(file, data.count(b"\n", 0, error.start) + 1, "must be UTF-8") from None
    if lines[0] != header:
        raise Refused(file, 1, f"the header must be exactly {header}")
    if lines[-1] != "":
        raise Refused(file, len(lines), "the last line must end in LF too")
    return lines[:-1]


def _fault(line: str, columns: Columns) -> str:
    if line == "":
        return "must not be blank"
    for character, name in (("\r", "a CR"), ('"', "a quote"), (" ", "a space")):
        if character in line:
            return f"must not hold {name}"
    cells = line.split(",")
    if len(cells) != len(columns):
        return f"must have {len(columns)} cells, has {len(cells)}"
    broken = (
        f"{name} {kind.rule}" for cell, (name, kind) in zip(cells, columns, strict=True) if not matches(kind, cell)
    )
    return next(broken)
