"""The shape of a ruleset's TOML text: what a county publishes, read field by field (exact_json.py)."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from app.eligibility.age_classes import AgeClassText
from app.eligibility.citation import Citation
from app.eligibility.exact_json import Between
from app.eligibility.facts import Year
from app.eligibility.points import Item
from app.eligibility.values import Value

Name = Annotated[str, Between(1, 64)]
Kind = Literal["local", "migrant", "policy"]
Stage = Literal["preschool", "primary", "junior"]


@dataclass(frozen=True)
class Words:
    """What a family reads, one sentence for each value."""

    met: str
    not_met: str
    unknown: str

    def of(self, value: Value) -> str:
        if value is Value.MET:
            return self.met
        return self.not_met if value is Value.NOT_MET else self.unknown


@dataclass(frozen=True)
class Title:
    zh: str
    en: str


@dataclass(frozen=True)
class RuleText:
    """One condition of the vocabulary. A `note` is only told; nothing needs it."""

    id: Name
    condition: str
    cite: Citation
    zh: Words
    en: Words
    parameters: dict[str, object] | None = None
    note: bool = False


@dataclass(frozen=True)
class RouteText:
    """A way to be eligible. `needs`: all of them; in one, alternatives are parted by "|".

    `elsewhere_level`: the level at programmes where the child has no right. `group`: the bundle's group.
    `unscored`: whoever comes by it has no points reckoned, whatever its kind.
    """

    id: Name
    kind: Kind
    needs: tuple[str, ...]
    elsewhere_level: int
    cite: Citation
    zh: str
    en: str
    group: str = ""
    unscored: bool = False


@dataclass(frozen=True)
class LevelText:
    """A level of priority in the child's own catchment; 1 comes first."""

    number: int
    needs: tuple[str, ...]
    cite: Citation
    zh: str
    en: str


@dataclass(frozen=True)
class GaveUpText:
    """The level, after all others and at every school, of whoever gave up a place drawn at a private school."""

    level: int
    cite: Citation
    zh: str
    en: str


@dataclass(frozen=True)
class FlagWords:
    """What a key of 0 or 1 says of a child: first the words for 0, then those for 1."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True)
class KeyText:
    """A key of the order. `neutral`: its value where unknown, not applicable or at other programmes.

    `says`: of a key whose measure is a flag, and of no other. `levels`: those at which the key counts, with
    levels of elsewhere among them; at others it is neutral. Empty: it counts at every level.
    """

    name: str
    measure: str
    cite: Citation
    zh: str
    en: str
    neutral: int | None = None
    years: Annotated[int, Between(0, 100)] = 0
    elsewhere: Literal["neutral", "same"] = "neutral"
    says: FlagWords | None = None
    levels: tuple[int, ...] = ()

    def counts_at(self, level: int) -> bool:
        return not self.levels or level in self.levels


@dataclass(frozen=True)
class GateText:
    """A minimum of points without which a child of the points' kinds is refused. No ruleset here has one."""

    least: int
    cite: Citation
    zh: Words
    en: Words


@dataclass(frozen=True)
class PointsText:
    """Points are reckoned for children of these kinds."""

    kinds: tuple[Kind, ...]
    item: tuple[Item, ...]
    gate: GateText | None = None


@dataclass(frozen=True)
class RulesetText:
    """`needs`: of every child. `order`: as in the manifest of an allocation bundle. `rolling`: for arrivals within the
    year each child's own day, on which it applied, stands for `cut_off`. `age_class`: of preschool alone, from the
    youngest. Without a `level` there is no right anywhere: all stand alike, and the draw decides. `series`: rulesets
    that follow one another from year to year share it, and no two of them hold on one day.
    """

    format: Literal["ruleset/1"]
    id: Name
    stage: Stage
    title: Title
    year: Year
    cut_off: date
    valid_from: date
    valid_until: date
    order: tuple[str, ...]
    needs: tuple[str, ...]
    rule: tuple[RuleText, ...]
    route: tuple[RouteText, ...]
    level: tuple[LevelText, ...]
    key: tuple[KeyText, ...]
    points: PointsText | None = None
    rolling: bool = False
    series: str = ""
    age_class: tuple[AgeClassText, ...] = ()
    gave_up: GaveUpText | None = None
