"""A small fictitious county as import files, and the ways to write such files."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import text

from app.actor import Actor
from app.clock import uuid7
from app.schools import imports
from app.schools.imports import ImportFile, Report
from app.schools.layouts import Kind
from tests.world import World

Grid = list[list[Any]]
TOWNS: Grid = [
    ["code", "name", "kind", "valid_from", "valid_to", "succeeded_by", "approx_lon", "approx_lat", "fictitious"],
    ["330424001", "虚构东镇", "town", "2010-11-01", "", "", "120.946", "30.526", "yes"],
    ["330424003", "虚构旧街道", "subdistrict", "2010-11-01", "2018-09-16", "330424005", "120.925", "30.575", "yes"],
    ["330424005", "虚构新街道", "subdistrict", "2018-09-17", "", "", "120.945", "30.572", "yes"],
]
SCHOOLS: Grid = [
    line.split(",")
    for line in (
        "school,name,stages,ownership,inclusive,kindergarten_level,town,consortium,official_code"
        ",lon,lat,valid_from,valid_to,fictitious",
        "p1,虚构一小,primary,public,,,330424001,虚构联合体,2133000001,120.950,30.520,2010-09-01,,yes",
        "p2,虚构二小,primary;junior,public,,,330424005,,,120.940,30.570,2010-09-01,,yes",
        "n1,虚构民办学校,primary;junior,private,,,330424001,,,120.948,30.528,2015-09-01,2027-08-31,yes",
        "k1,虚构幼儿园,preschool,public,yes,1,330424001,,,120.947,30.527,2010-09-01,,yes",
    )
]
COMMUNITIES: Grid = [
    ["community", "name", "town", "lon", "lat", "valid_from", "valid_to", "fictitious"],
    ["c1", "虚构甲社区", "330424001", "120.945", "30.525", "2010-11-01", "", "yes"],
    ["c2", "虚构乙社区", "330424005", "120.943", "30.571", "2018-09-17", "", "yes"],
    ["c3", "虚构丙村", "330424001", "120.960", "30.530", "2010-11-01", "2024-12-31", "yes"],
]
CATCHMENTS: Grid = [
    ["stage", "community", "school", "valid_from", "valid_to", "fictitious"],
    ["primary", "c1", "p1", "2020-01-01", "", "yes"],
    ["primary", "c2", "p1", "2020-01-01", "2025-12-31", "yes"],
    ["primary", "c2", "p2", "2026-01-01", "", "yes"],
    ["primary", "c3", "p1", "2020-01-01", "2024-12-31", "yes"],
    ["primary", "c3", "p2", "2020-01-01", "2024-12-31", "yes"],
    ["junior", "c1", "p2", "2020-01-01", "", "yes"],
]
FEEDERS: Grid = [
    ["primary", "junior", "valid_from", "valid_to", "fictitious"],
    ["p1", "p2", "2020-01-01", "", "yes"],
    ["p2", "p2", "2020-01-01", "", "yes"],
    ["n1", "p2", "2020-01-01", "2025-12-31", "yes"],
]
ROUND = "primary-2026"
PROGRAMMES: Grid = [
    ["round", "programme", "school", "grade", "classes", "class_size", "fictitious"],
    [ROUND, "p1-2026", "p1", "1", "4", "45", "yes"],
    [ROUND, "p2-2026", "p2", "1", "2", "40", "yes"],
]
CLASSES: Grid = [
    ["year", "school", "grade", "class", "size_limit", "pupils", "fictitious"],
    ["2026", "p1", "3", "1", "45", "44", "yes"],
    ["2026", "p1", "3", "2", "45", "45", "yes"],
    ["2026", "p2", "7", "1", "50", "41", "yes"],
]
FILES = {
    Kind.TOWNS: TOWNS,
    Kind.SCHOOLS: SCHOOLS,
    Kind.COMMUNITIES: COMMUNITIES,
    Kind.CATCHMENTS: CATCHMENTS,
    Kind.FEEDERS: FEEDERS,
    Kind.PROGRAMMES: PROGRAMMES,
    Kind.CLASSES: CLASSES,
}


def csv_of(grid: Grid, encoding: str = "utf-8") -> bytes:
    text_of = io.StringIO()
    csv.writer(text_of, lineterminator="\n").writerows(grid)
    return text_of.getvalue().encode(encoding)


def xlsx_of(grid: Grid) -> bytes:
    """As a clerk's spreadsheet would have it: digits as numbers, dates as dates."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet, of_date = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for line, cells in enumerate(grid):
            for column, cell in enumerate(cells):
                if _is_date(cell):
                    sheet.write_datetime(line, column, datetime.fromisoformat(cell), of_date)
                elif _is_number(cell):
                    sheet.write_number(line, column, float(cell))
                else:
                    sheet.write_string(line, column, cell)
    return held.getvalue()


def _is_date(cell: str) -> bool:
    try:
        return bool(date.fromisoformat(cell)) and len(cell) == 10
    except ValueError:
        return False


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isascii() and cell.removeprefix("-").replace(".", "", 1).isdigit()


FORMS = {"csv": csv_of, "xlsx": xlsx_of}


@dataclass
class Register:
    """A bureau with the files above imported; `round` is a planned demonstration round."""

    world: World
    round: UUID

    @property
    def bureau(self) -> str:
        return self.world.bureau

    def officer(self, kind: Kind) -> Actor:
        return self.world.staff["rules" if kind is Kind.PROGRAMMES else "registrar"]

    async def dry_run(self, kind: Kind, data: bytes, actor: Actor | None = None) -> Report:
        actor = actor or self.officer(kind)
        async with self.world.database.transaction(actor) as session:
            return await imports.dry_run(session, actor, self.file(kind, data))

    async def apply(self, kind: Kind, data: bytes, digest: str | None, actor: Actor | None = None) -> Report:
        actor = actor or self.officer(kind)
        async with self.world.database.transaction(actor) as session:
            return await imports.apply(session, actor, self.file(kind, data), str(digest))

    async def bring(self, kind: Kind, grid: Grid) -> Report:
        """Dry run and apply."""
        data = csv_of(grid)
        shown = await self.dry_run(kind, data)
        assert not shown.problems, shown.problems
        return await self.apply(kind, data, shown.digest)

    def file(self, kind: Kind, data: bytes) -> ImportFile:
        return ImportFile(kind, f"{kind}.csv", data, self.round if kind is Kind.PROGRAMMES else None)

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """A table of this bureau as it stands."""
        async with self.world.database.transaction(self.world.staff["rules"]) as session:
            rows = await session.execute(
                text(f"SELECT * FROM {table} WHERE bureau = :b ORDER BY 2"), {"b": self.bureau}
            )
            return [dict(row) for row in rows.mappings()]

    async def journal(self, action: str) -> list[dict[str, Any]]:
        async with self.world.database.transaction(self.world.staff["auditor"]) as session:
            rows = await session.execute(
                text("SELECT * FROM journal_entry WHERE bureau = :b AND action LIKE :a ORDER BY id"),
                {"b": self.bureau, "a": f"%:{action}"},
            )
            return [dict(row) for row in rows.mappings()]


async def plan_round(world: World, code: str = ROUND, stage: str = "primary", demonstration: bool = True) -> UUID:
    """A planned round, written as `rounds` would write it."""
    round_id = uuid7()
    async with world.database.transaction(world.staff["rules"]) as session:
        await session.execute(
            text("INSERT INTO ruleset (bureau, id, text, digest) VALUES (:b, :c, '-', '-')"),
            {"b": world.bureau, "c": code},
        )
        await session.execute(
            text(
                "INSERT INTO admission_round (bureau, id, code, stage, year, title_zh, title_en, ruleset, as_of,"
                " status, version, opens_at, closes_at, silence, distance_limit_m, pass_number, demonstration)"
                " VALUES (:b, :i, :c, :s, 2026, '虚构', 'fictitious', :c, '2026-08-31', 'planned', 1, now(),"
                " now() + interval '1 day', 'accept', 15000, 1, :d)"
            ),
            {"b": world.bureau, "i": round_id, "c": code, "s": stage, "d": demonstration},
        )
    return round_id


async def move_round(world: World, round_id: UUID, status: str) -> None:
    """Put the round where a test needs it."""
    async with world.database.transaction(world.staff["rules"]) as session:
        await session.execute(
            text("UPDATE admission_round SET status = :s WHERE bureau = :b AND id = :i"),
            {"s": status, "b": world.bureau, "i": round_id},
        )


async def settle_register(world: World) -> Register:
    register = Register(world, await plan_round(world))
    for kind, grid in FILES.items():
        await register.bring(kind, grid)
    return register
