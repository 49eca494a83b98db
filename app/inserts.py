"""Inserting by columns: many rows in one statement, and the rows of several tables in one.

COPY IN is refused under row-level security, and a statement for each row or table takes several times as long.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from app.database import table

Model = type[SQLModel]
Rows = Sequence[Mapping[str, Any]]
Part = tuple[Model, Rows]


async def insert_columns(session: AsyncSession, model: Model, columns: Mapping[str, Iterable[Any]], rows: int) -> None:
    """Insert so many rows, given as columns; raises ValueError for a column that is shorter."""
    given = {name: [*islice(column, rows)] for name, column in columns.items()}
    if any(len(column) < rows for column in given.values()):
        raise ValueError("a column is shorter than the rows announced")
    await _insert(session, [(model, given)])


async def insert_together(session: AsyncSession, parts: Iterable[Part]) -> None:
    """Insert the rows of several tables in one statement, all of it or nothing; the rows of a table have equal names.

    They may refer to each other: foreign keys are looked at when the statement ends.
    """
    await _insert(
        session, [(model, {name: [row[name] for row in rows] for name in rows[0]}) for model, rows in parts if rows]
    )


async def _insert(session: AsyncSession, parts: Sequence[tuple[Model, Mapping[str, list[Any]]]]) -> None:
    values = {}
    for number, (model, columns) in enumerate(parts):
        for name, column in columns.items():
            kind = table(model).c[name].type
            values[f"{name}_{number}"] = [*map(_written(kind), column)] if isinstance(kind, ARRAY | JSONB) else column
    if values:
        await session.execute(_statement(tuple((model, tuple(columns)) for model, columns in parts)), values)


@lru_cache(maxsize=256)
def _statement(parts: tuple[tuple[Model, tuple[str, ...]], ...]) -> TextClause:
    inserts = [_one(number, model, names) for number, (model, names) in enumerate(parts)]
    first = ", ".join(f"part_{number} AS ({insert})" for number, insert in enumerate(inserts[:-1]))
    return text(f"WITH {first} {inserts[-1]}" if first else inserts[-1])


def _one(number: int, model: Model, names: Sequence[str]) -> str:
    into = table(model)
    types = {name: into.c[name].type.compile(postgresql.dialect()) for name in names}  # type: ignore[no-untyped-call]
    flat = {name: "text" if isinstance(into.c[name].type, ARRAY | JSONB) else kind for name, kind in types.items()}
    listed = ", ".join(f'"{name}"' for name in names)
    taken = ", ".join(f'CAST("{name}" AS {types[name]})' for name in names)
    given = ", ".join(f"CAST(:{name}_{number} AS {flat[name]}[])" for name in names)
    return f'INSERT INTO "{into.name}" ({listed}) SELECT {taken} FROM unnest({given}) AS given({listed})'  # noqa: S608


def _written(kind: Any) -> Any:
    """How a value that unnest would take apart is written as text."""
    return _array if isinstance(kind, ARRAY) else _json


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _array(values: Iterable[object] | None) -> str | None:
    if values is None:
        return None
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
