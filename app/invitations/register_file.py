"""A file of one register: what it says of each child, checked line by line. No finding repeats a cell. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from app.applications import numbers
from app.errors import ServiceError
from app.invitations.models import ExpectedChild
from app.schools import cells, tables
from app.schools.findings import Finding, Refused
from app.schools.layouts import Column, Layout, either
from app.schools.rows import over, rows_of
from app.vault import Vault


class Source(StrEnum):
    """The registers, the one that knows best where a child lives now first."""

    PERMITS = "permits"
    KINDERGARTEN_LEAVERS = "kindergarten_leavers"
    REGISTRATIONS = "registrations"
    BIRTHS = "births"


KINDS = {"居民身份证": "citizen", "港澳台居民居住证": "hmt", "外国人证件": "foreign"}
SEXES = {"男": "1", "女": "2", "1": "1", "2": "2"}
RELATIONS = {"父": "father", "母": "mother", "祖辈": "grandparent", "其他监护人": "other_guardian"}


def _number(cell: str) -> str:
    plain = numbers.plain(cell)
    if not plain.isascii() or not 5 <= len(plain) <= 20:
        raise Refused("number_wrong")
    return plain


def _days(cell: str) -> list[str]:
    return sorted(str(cells.day(part.strip())) for part in cell.replace("；", ";").split(";"))


def _person(cell: str) -> str:
    return " ".join(cells.text(cell).split())


CHILD = (
    Column("number", "证件号码", "number", _number, required=False),
    Column("number_kind", "证件类型", "number_kind", either(KINDS), required=False, default="citizen"),
    Column("name", "姓名", "name", _person),
    Column("sex", "性别", "sex", cells.one_of(SEXES)),
    Column("born_on", "出生日期", "born_on", cells.day),
    Column("community", "村社区编号", "community", cells.identifier),
    Column("guardian", "监护人姓名", "guardian", _person, required=False),
    Column("guardian_number", "监护人证件号码", "guardian_number", _number, required=False),
    Column("relation", "与儿童关系", "relation", either(RELATIONS), required=False, default="other_guardian"),
    Column("phone", "监护人电话", "phone", cells.text, required=False),
)
FACTS: Mapping[Source, tuple[Column, ...]] = {
    Source.BIRTHS: (),
    Source.REGISTRATIONS: (
        Column("registered_on", "户籍登记日期", "registered_on", cells.day),
        Column("with_parents", "与父母同户", "with_parents", cells.yes_no, required=False),
    ),
    Source.KINDERGARTEN_LEAVERS: (
        Column("kindergarten", "幼儿园编号", "kindergarten", cells.identifier),
        Column("since", "入园日期", "since", cells.day),
    ),
    Source.PERMITS: (
        Column("registered_since", "居住登记日期", "registered_since", cells.day),
        Column("obtained_on", "居住证签发日期", "obtained_on", cells.day),
        Column("endorsements", "签注日期", "endorsements", _days, required=False),
        Column("valid_until", "有效期至", "valid_until", cells.day),
    ),
}
LAYOUTS = {
    source: Layout("expected_child", ExpectedChild, ("number", "name", "born_on"), (*CHILD, *columns))
    for source, columns in FACTS.items()
}


@dataclass(frozen=True)
class Listed:
    """A child as a line of a register has it. `said` is personal: its particulars, its guardian and the facts that this
    register knows. `lookup`, `likeness`, `guardian_lookup`: keyed digests."""

    line: int
    community: str
    lookup: bytes | None
    likeness: bytes
    guardian_lookup: bytes | None
    said: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ListedFile:
    """The sound rows of a file, what is wrong with the others, and flags."""

    rows: tuple[Listed, ...]
    problems: tuple[Finding, ...]
    flags: tuple[Finding, ...]


def listed(vault: Vault, source: Source, data: bytes, communities: Mapping[str, str]) -> ListedFile:
    """The children that a file lists; `communities`: those of the county. Raises Refused where the file cannot be read
    as a whole."""
    table = tables.read(data)
    rows, problems = rows_of(table, LAYOUTS[source])
    found: dict[bytes, Listed] = {}
    for row in over({}, LAYOUTS[source], rows):
        wrong = [] if row.whole["community"] in communities else [("unknown_community", "community")]
        try:
            one = _child(vault, source, row.line, row.whole)
        except Refused as refused:
            wrong.append((refused.finding.reason, refused.finding.column or "number"))
        problems += [Finding(reason, row.line, column) for reason, column in wrong]
        if wrong:
            continue
        key = one.lookup or one.likeness
        if key in found:
            problems.append(Finding("twice", row.line, "number", {"other": found[key].line}))
        else:
            found[key] = one
    ordered = sorted(problems, key=lambda problem: problem.line or 0)
    return ListedFile(tuple(found.values()), tuple(ordered), table.flags)


def _child(vault: Vault, source: Source, line: int, whole: dict[str, Any]) -> Listed:
    number, kind, lookup = _numbered(vault, whole)
    guardian = None if whole["guardian_number"] is None else _read(whole["guardian_number"], "guardian_number").text
    born_on = str(whole["born_on"])
    child = {"name": whole["name"], "number_kind": kind, "number": number, "born_on": born_on, "sex": whole["sex"]}
    named = {"name": whole["guardian"], "number": guardian, "relation": whole["relation"], "phone": whole["phone"]}
    facts = {column.field: _plain(whole[column.field]) for column in FACTS[source]}
    return Listed(
        line=line,
        community=whole["community"],
        lookup=lookup,
        likeness=vault.lookup("likeness", f"{whole['name']}|{born_on}"),
        guardian_lookup=None if guardian is None else vault.lookup("person", guardian),
        said={"child": child, "guardian": named, "facts": facts, "community": whole["community"]},
    )


def _numbered(vault: Vault, whole: dict[str, Any]) -> tuple[str | None, str, bytes | None]:
    """Number, its kind as a form has it, and its digest (children.number_of)."""
    written, kind = whole["number"], whole["number_kind"]
    if written is None:
        return None, "none", None
    if kind == "foreign":
        try:
            text = numbers.read_foreign(written, "number")
        except ServiceError:
            raise Refused("number_wrong", column="number") from None
        return text, "foreign", vault.lookup("child:foreign", text)
    number = _read(written, "number")
    if (number.region_kind == "mainland") != (kind == "citizen"):
        raise Refused("number_wrong", column="number")
    if number.born_on != whole["born_on"]:
        raise Refused("birth_of_number", column="born_on")
    return number.text, number.region_kind, vault.lookup(f"child:{kind}", number.text)


def _read(written: str, column: str) -> numbers.Number:
    try:
        return numbers.read(written, column)
    except ServiceError:
        raise Refused("number_wrong", column=column) from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
