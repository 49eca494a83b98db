"""The entries of the fictitious year: how many children, born when, into which grade, by which rules."""

from dataclasses import dataclass
from datetime import date

from app.rounds.vocabulary import FallbackOver
from app.schools.vocabulary import Stage

BUREAU = "330424"
YEAR = 2026


@dataclass(frozen=True)
class Births:
    """Children born from `first` to `last`, so many of a hundred; `age_class` is a kindergarten's, with so many seats
    a class (the class of grades 1 and 7 has no name)."""

    age_class: str
    share: int
    first: date
    last: date
    seats: int


@dataclass(frozen=True)
class Entry:
    """One stage's admission of the year. `children` at full scale, numbered from `first`."""

    stage: Stage
    grade: int
    ruleset: str
    as_of: date
    children: int
    first: int
    births: tuple[Births, ...]
    title_zh: str
    title_en: str
    fallback: FallbackOver | None = None

    @property
    def label(self) -> tuple[str, ...]:
        """What its chances are told apart by; grade 1 stood alone once, and its digests are kept."""
        return () if self.stage is Stage.PRIMARY else (self.stage.value,)

    @property
    def code(self) -> str:
        return f"{BUREAU}-{YEAR}-{self.stage}"

    def programme(self, school: str, age_class: str) -> str:
        return f"{YEAR}-g{self.grade}-{school}" + (f"-{age_class}" if age_class else "")


PRIMARY = Entry(
    stage=Stage.PRIMARY,
    grade=1,
    ruleset="primary-2026",
    as_of=date(2026, 5, 31),
    children=4000,
    first=0,
    births=(Births("", 100, date(2019, 9, 1), date(2020, 8, 31), 45),),
    title_zh="海盐县2026年小学一年级招生（演示，虚构数据）",
    title_en="Haiyan County, grade 1, 2026 (demonstration, fictitious data)",
)
JUNIOR = Entry(
    stage=Stage.JUNIOR,
    grade=7,
    ruleset="junior-2026",
    as_of=date(2026, 5, 31),
    children=3500,
    first=10_000,
    births=(Births("", 100, date(2013, 9, 1), date(2014, 8, 31), 50),),
    title_zh="海盐县2026年初中一年级招生（演示，虚构数据）",
    title_en="Haiyan County, grade 7, 2026 (demonstration, fictitious data)",
)
PRESCHOOL = Entry(
    stage=Stage.PRESCHOOL,
    grade=0,
    ruleset="preschool-2026",
    as_of=date(2026, 4, 20),
    children=3500,
    first=20_000,
    births=(
        Births("three", 92, date(2022, 9, 1), date(2023, 8, 31), 25),
        Births("four", 5, date(2021, 9, 1), date(2022, 8, 31), 30),
        Births("five", 3, date(2020, 9, 1), date(2021, 8, 31), 35),
    ),
    title_zh="海盐县2026年幼儿园招生（演示，虚构数据）",
    title_en="Haiyan County, kindergartens, 2026 (demonstration, fictitious data)",
    fallback=FallbackOver.INCLUSIVE,
)
ENTRIES = (PRIMARY, JUNIOR, PRESCHOOL)
