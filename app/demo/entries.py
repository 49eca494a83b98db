"""The entries of the fictitious year: how many children, born when, into which grade, by which rules."""

from dataclasses import dataclass
from datetime import date

from app.schools.vocabulary import Stage

BUREAU = "330424"
YEAR = 2026


@dataclass(frozen=True)
class Entry:
    """One stage's admission of the year. `children` at full scale, numbered from `first`; `born`: the first and the
    last day of birth; `seats` a class."""

    stage: Stage
    grade: int
    ruleset: str
    as_of: date
    children: int
    first: int
    born: tuple[date, date]
    seats: int
    title_zh: str
    title_en: str

    @property
    def label(self) -> tuple[str, ...]:
        """What its chances are told apart by; grade 1 stood alone once, and its digests are kept."""
        return () if self.stage is Stage.PRIMARY else (self.stage.value,)

    @property
    def code(self) -> str:
        return f"{BUREAU}-{YEAR}-{self.stage}"

    def programme(self, school: str) -> str:
        return f"{YEAR}-g{self.grade}-{school}"


PRIMARY = Entry(
    stage=Stage.PRIMARY,
    grade=1,
    ruleset="primary-2026",
    as_of=date(2026, 5, 31),
    children=4000,
    first=0,
    born=(date(2019, 9, 1), date(2020, 8, 31)),
    seats=45,
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
    born=(date(2013, 9, 1), date(2014, 8, 31)),
    seats=50,
    title_zh="海盐县2026年初中一年级招生（演示，虚构数据）",
    title_en="Haiyan County, grade 7, 2026 (demonstration, fictitious data)",
)
ENTRIES = (PRIMARY, JUNIOR)
