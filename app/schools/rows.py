"""A table's rows read by a layout: each cell into its value, each row by its key, every fault with its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.schools.findings import Finding, Refused
from app.schools.layouts import Column, Layout
from app.schools.tables import Table

Values = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Row:
    """`given` is what the file says, by field; `whole` is the row as it would stand, with what the file leaves."""

    line: int
    key: Key
    given: Values
    whole: Values


def rows_of(table: Table, layout: Layout) -> tuple[list[Row], list[Finding]]:
    """The sound rows, and what is wrong with the others. Raises Refused where the header is not the layout's."""
    columns = _columns(table.header, layout)
    rows: list[Row] = []
    problems = list(table.problems)
    lines: dict[Key, int] = {}
    for line, cells in table.rows:
        given, found = _given(line, cells, columns)
        if found:
            problems += found
            continue
        key = tuple(given[field] for field in layout.key)
        if key in lines:
            problems.append(Finding("twice", line, layout.columns[0].name, {"other": lines[key]}))
            continue
        lines[key] = line
        rows.append(Row(line, key, given, given))
    return rows, problems


def over(standing: Mapping[Key, Values], layout: Layout, rows: Iterable[Row]) -> list[Row]:
    """The rows with what stands under what the file says; a column that the file lacks keeps what stands."""
    return [replace(row, whole=layout.defaults | standing.get(row.key, {}) | row.given) for row in rows]


def _columns(header: tuple[str, ...], layout: Layout) -> list[Column]:
    known = {name: column for column in layout.columns for name in (column.name, column.zh)}
    columns: list[Column] = []
    for number, name in enumerate(header, 1):
        if not name:
            raise Refused("header_blank", 1, number=number)
        if name not in known:
            raise Refused("header_unknown", 1, number=number, known=", ".join(c.name for c in layout.columns))
        if known[name] in columns:
            raise Refused("header_twice", 1, known[name].name, name=name)
        columns.append(known[name])
    for column in layout.columns:
        if column.required and column not in columns:
            raise Refused("header_missing", 1, column.name, name=f"{column.name}/{column.zh}")
    return columns


def _given(line: int, cells: tuple[str, ...], columns: list[Column]) -> tuple[Values, list[Finding]]:
    given: Values = {}
    found: list[Finding] = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            if cell:
                given[column.field] = column.reading(cell)
            elif column.required:
                raise Refused("required")
            else:
                given[column.field] = column.default
        except Refused as refused:
            found.append(replace(refused.finding, line=line, column=column.name))
    return given, found
