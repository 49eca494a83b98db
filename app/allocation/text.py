"""The text rules that every file of a bundle obeys (allocation-bundle/1, section "Text").

Each kind of cell is a regular language, so one compiled expression accepts thousands of lines at once; only lines
that it does not accept are taken apart to say what is wrong with one.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar


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

BLOCK = REMEMBERED = 1 << 16

Columns = Sequence[tuple[str, Kind]]


Given = TypeVar("Given")
Made = TypeVar("Made")


class Remembered(dict[Given, Made]):
    """What a function makes of a value, made once: in a column of millions the same values come again and again."""

    def __init__(self, make: Callable[[Given], Made]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Given) -> Made:
        if len(self) == REMEMBERED:
            self.clear()
        self[value] = made = self._make(value)
        return made


def matches(kind: Kind, value: object) -> bool:
    """Whether the value is a string of this kind, from its first character to its last."""
    return isinstance(value, str) and re.fullmatch(kind.pattern, value) is not None


def sha256(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def read_columns(file: str, data: bytes, columns: Columns) -> Iterator[tuple[int, list[list[str]]]]:
    """The columns of some thousand rows at a time below the header, with the 1-based line of the first of them.

    Raises Refused at the first row that breaks a rule.
    """
    row = ",".join(f"(?:{kind.pattern})" for _, kind in columns)
    accepted = re.compile(f"(?:{row}\n)*+").fullmatch
    line = 2
    for text in _blocks(file, data, ",".join(name for name, _ in columns)):
        if accepted(text) is None:
            raise _first_fault(file, line, text, columns)
        cells = text.replace("\n", ",").split(",")
        cells.pop()
        yield line, [cells[at :: len(columns)] for at in range(len(columns))]
        line += len(cells) // len(columns)


def read_rows(file: str, data: bytes, columns: Columns) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows below the header, each with its 1-based line; raises Refused at the first that breaks a rule."""
    for line, of_some in read_columns(file, data, columns):
        yield from enumerate(zip(*of_some, strict=True), line)


def write_rows(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A CSV file of these columns and rows: header first, every line ended by LF.

    Nothing is checked here: whoever writes reads back. A lone surrogate passes, to be refused there as not UTF-8.
    """
    lines = (",".join(map(str, row)) for row in rows)
    blocks = [",".join(columns).encode("ascii")]
    while block := "\n".join(islice(lines, BLOCK)):
        blocks.append(block.encode("utf-8", "surrogatepass"))
    return b"\n".join([*blocks, b""])


def _blocks(file: str, data: bytes, header: str) -> Iterator[str]:
    """The text below the header, some thousand whole lines at a time."""
    if data.startswith(b"\xef\xbb\xbf"):
        raise Refused(file, 1, "must not begin with a byte order mark")
    end = data.find(b"\n") + 1
    if data[: end - 1 if end else len(data)] != header.encode("ascii"):
        raise Refused(file, 1, f"the header must be exactly {header}")
    if data[-1:] != b"\n":
        raise Refused(file, data.count(b"\n") + 1, "the last line must end in LF too")
    while end < len(data):
        start, end = end, data.find(b"\n", end + BLOCK) + 1 or len(data)
        try:
            yield data[start:end].decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(file, data.count(b"\n", 0, start + error.start) + 1, "must be UTF-8") from None


def _first_fault(file: str, line: int, text: str, columns: Columns) -> Refused:
    accepted = re.compile(",".join(f"(?:{kind.pattern})" for _, kind in columns)).fullmatch
    lines = text.split("\n")
    at = next(at for at, row in enumerate(lines) if accepted(row) is None)
    return Refused(file, line + at, _fault(lines[at], columns))


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
