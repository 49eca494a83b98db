"""A file of primary leavers: the school of each and its number, which ends here as a digest. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.applications import numbers
from app.applications.models import ListedNumber, PrimaryLeaver
from app.errors import ServiceError
from app.schools import cells, tables
from app.schools.findings import Finding, Refused
from app.schools.layouts import Column, Layout, either
from app.schools.rows import over, rows_of
from app.schools.vocabulary import Stage
from app.vault import Vault

KINDS = {"居民身份证": "citizen", "港澳台居民居住证": "hmt", "外国人证件": "foreign"}


def _number(cell: str) -> str:
    """Letters and digits alone; which of them make a number hangs on its kind."""
    plain = numbers.plain(cell)
    if not plain.isascii() or not 5 <= len(plain) <= 20:
        raise Refused("number_wrong")
    return plain


LAYOUT = Layout(
    "primary_leaver",
    PrimaryLeaver,
    ("number",),
    (
        Column("number", "证件号码", "number", _number),
        Column("number_kind", "证件类型", "number_kind", either(KINDS), required=False, default="citizen"),
        Column("primary", "小学编号", "primary", cells.identifier),
    ),
)


@dataclass(frozen=True)
class Leaver:
    """`lookup` is the keyed digest of the number (children.number_of)."""

    line: int
    primary: str
    number_kind: ListedNumber
    lookup: bytes


@dataclass(frozen=True)
class Listed:
    """The sound rows of a file, what is wrong with the others, and flags."""

    rows: tuple[Leaver, ...]
    problems: tuple[Finding, ...]
    flags: tuple[Finding, ...]


def listed(vault: Vault, data: bytes) -> Listed:
    """The leavers that a file lists. Raises Refused where it cannot be read as a whole; no finding repeats a number."""
    table = tables.read(data)
    rows, problems = rows_of(table, LAYOUT)
    leavers: dict[bytes, Leaver] = {}
    for row in over({}, LAYOUT, rows):
        kind = ListedNumber(row.whole["number_kind"])
        try:
            number = _checked(row.whole["number"], kind)
        except (ServiceError, Refused):
            problems.append(Finding("number_wrong", row.line, "number"))
            continue
        leaver = Leaver(row.line, row.whole["primary"], kind, vault.lookup(f"child:{kind.value}", number))
        if leaver.lookup in leavers:
            problems.append(Finding("twice", row.line, "number", {"other": leavers[leaver.lookup].line}))
        else:
            leavers[leaver.lookup] = leaver
    return Listed(tuple(leavers.values()), tuple(problems), table.flags)


def faults(leavers: Sequence[Leaver], stages: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Leavers of what is no primary school; `stages`: school → its stages."""
    for leaver in leavers:
        if leaver.primary not in stages:
            yield Finding("unknown_school", leaver.line, "primary")
        elif Stage.PRIMARY not in stages[leaver.primary]:
            yield Finding("stage_not_offered", leaver.line, "primary")


def _checked(written: str, kind: ListedNumber) -> str:
    """The number as a form of that kind keeps it; raises ServiceError or Refused."""
    if kind is ListedNumber.FOREIGN:
        return numbers.read_foreign(written, "number")
    number = numbers.read(written, "number")
    if (number.region_kind == "mainland") != (kind is ListedNumber.CITIZEN):
        raise Refused("number_wrong")
    return number.text
