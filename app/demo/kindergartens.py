"""What kindergartens do besides: a private one that is inclusive files before it joins, and all are counted."""

from collections import Counter
from collections.abc import Mapping

from app.actor import Actor
from app.database import Database
from app.demo.county import csv_of, read_csv
from app.demo.entries import YEAR, Entry
from app.demo.fate import Fate
from app.schools import prospectus
from app.schools.imports import ImportFile
from app.schools.layouts import Kind
from app.schools.prospectus import Filing

FILING = Filing(
    YEAR,
    "2026年招生计划（演示，虚构）",
    "Plan for 2026 (demonstration, fictitious)",
    "2026年招生简章（演示，虚构）：自愿参加公开招生，服从统一派位。",
    "Prospectus for 2026 (demonstration, fictitious): joins the public admission and its draw of its own will.",
    care_fee_fen=60_000,
    meals_fee_fen=30_000,
    fictitious=True,
)


async def file_prospectuses(database: Database, staff: Mapping[str, Actor]) -> None:
    """The inclusive private kindergartens file plan, prospectus and fees; the registrar publishes them."""
    registrar = staff["registrar"]
    joining = [row["school"] for row in read_csv("schools.csv") if _joins(row)]
    for school in joining:
        office = staff[f"school:{school}"]
        async with database.transaction(office) as session:
            filed = await prospectus.file_prospectus(session, office, school, FILING)
        async with database.transaction(registrar) as session:
            await prospectus.publish_prospectus(session, registrar, filed.id)


def _joins(row: Mapping[str, str]) -> bool:
    return "preschool" in row["stages"].split(";") and row["ownership"] == "private" and row["inclusive"] == "yes"


def counts(fate: Fate, entry: Entry, arrived: Counter[str]) -> ImportFile:
    """The register of enrolment at the beginning of the school year. `arrived`: programme → children who came.

    The classes of four and five are counted with the children who were there before, so many as now enter at three;
    the kindergarten that takes no part is counted whole; entrants at three are counted by their places.
    """
    rows = []
    for row in read_csv("schools.csv"):
        school = row["school"]
        if "preschool" not in row["stages"].split(";"):
            continue
        entrants = arrived[entry.programme(school, "three")]
        takes_part = entrants > 0
        size = entrants if takes_part else sum(arrived.values()) // 20
        for age_class in ("four", "five") if takes_part else ("three", "four", "five"):
            before = size * fate.between(85, 105, school, age_class, "before") // 100
            rows.append((school, YEAR, age_class, before + arrived[entry.programme(school, age_class)], "yes"))
    return ImportFile(
        Kind.ENROLMENTS, "enrolments.csv", csv_of(("school", "year", "age_class", "children", "fictitious"), rows)
    )
