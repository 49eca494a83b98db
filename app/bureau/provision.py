"""Whether every eligible child was provided for: numerator and denominator beside every rate, and each child behind
the difference. Pure: works on the standings that `queries` reads.

Denominator: eligible and undetermined (an undetermined case counts as missing); where a register says who is to come,
whoever it lists and nobody has heard of as well: every leaver is eligible as such, and a child invited is undetermined.
Numerator: offered within the distance limit. A place beyond the limit is counted apart. No rate on an empty denominator
(domain, section 5).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

ELIGIBLE = "eligible"
UNDETERMINED = ("pending", "undetermined", "refusal_proposed")
NOT_ELIGIBLE = "not_eligible"
DEFERRED = "deferred"
BEYOND = "beyond_limit"
# Whatever a school reports, the family had accepted before.
ACCEPTED = ("accepted", "waiting", "arrived", "not_arrived", "papers_differ", "elsewhere", "left")
# Whoever has moved on since had arrived.
ARRIVED = ("arrived", "left")
BANDS = ("catchment", "consortium", "within_limit", "beyond_limit")


@dataclass(frozen=True)
class Standing:
    """A submitted application with its offer, if it has one. `offer` is a status of `offers`."""

    application: UUID
    migrant: bool
    outcome: str
    town: str
    town_name: str
    school: str | None = None
    school_name: str | None = None
    band: str | None = None
    distance_m: int | None = None
    offer: str | None = None


@dataclass(frozen=True)
class Rate:
    """Two counts; `percent` in hundredths of a percent, None on an empty denominator, never rounded up."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str | None:
        if not self.denominator:
            return None
        hundredths = Fraction(self.numerator * 10_000, self.denominator).__floor__()
        return f"{hundredths // 100}.{hundredths % 100:02d}"


class NotKnown(StrEnum):
    """Why a report does not say how many children there are: the stage has no register; this is not the main round of
    the entry, for which the register counts; nobody is listed yet; a register of numbers and schools says neither where
    a child lives nor whose it is."""

    NO_REGISTER = "no_register"
    NOT_MAIN_ROUND = "not_main_round"
    REGISTER_EMPTY = "register_empty"
    NOT_BY_POPULATION = "not_by_population"


@dataclass(frozen=True)
class Register:
    """What a register says of a population: how many it lists beside those who applied in the round (None, and why),
    and how many of them nobody has heard of. `somewhere`: as many, of a population that is not counted apart."""

    beside: int | None = None
    missing: int = 0
    somewhere: int = 0
    not_known: NotKnown | None = NotKnown.NO_REGISTER

    @classmethod
    def of(cls, leavers: Sequence[Sequence[UUID]], here: Iterable[UUID]) -> "Register":
        """`leavers`: the applications of each child listed, whoever is known to be elsewhere left out; `here`: the
        applications that are counted in the round."""
        if not leavers:
            return cls(not_known=NotKnown.REGISTER_EMPTY)
        counted = frozenset(here)
        beside = sum(1 for applications in leavers if counted.isdisjoint(applications))
        return cls(beside, sum(1 for applications in leavers if not applications), not_known=None)

    def of_a_part(self) -> "Register":
        """Of some of the children, where the register does not say which."""
        reason = NotKnown.NOT_BY_POPULATION if self.not_known is None else self.not_known
        return Register(somewhere=self.missing, not_known=reason)


@dataclass(frozen=True)
class Funnel:
    """How many children came how far; `known`: those who applied and those who a register says are to come, None
    where there is none (Provision.not_known). `deferred`: of those who applied, put off with approval until next
    year's round, an open case each (`list_deferrals`)."""

    known: int | None
    applied: int
    eligible: int
    offered: int
    accepted: int
    arrived: int
    deferred: int = 0


@dataclass(frozen=True)
class Provision:
    """Provision of one population; `complete` only if nobody is undetermined and nobody is missing, nor any leaver
    who might belong to it. `not_applied`: leavers in the denominator of whom no application has come."""

    rate: Rate
    beyond_limit: int
    undetermined: int
    not_eligible: int
    bands: dict[str, int]
    funnel: Funnel
    not_applied: int = 0
    somewhere: int = 0
    not_known: NotKnown | None = NotKnown.NO_REGISTER

    @property
    def complete(self) -> bool:
        return self.rate.numerator == self.rate.denominator and self.undetermined == self.somewhere == 0


@dataclass(frozen=True)
class Missing:
    """A child behind the difference, with its reason."""

    application: UUID
    migrant: bool
    town: str
    reason: str


@dataclass(frozen=True)
class Report:
    """The whole report of a round. `by_town` and `by_school` are keyed by name, with the code where two bear one name.
    `missing_seats` comes from the run's deficit certificate; `missing` is ordered by application."""

    migrants: Provision
    everyone: Provision
    by_town: dict[str, Provision]
    by_school: dict[str, dict[str, int]]
    missing_seats: int
    missing: list[Missing] = field(repr=False)


def reckon(standings: Iterable[Standing], register: Register = Register()) -> Provision:
    """Count one population."""
    rows = list(standings)
    wanted = [row for row in rows if row.outcome in (ELIGIBLE, *UNDETERMINED)]
    bands = Counter(row.band for row in wanted if row.band is not None)
    offered = [row for row in wanted if row.offer is not None]
    return Provision(
        rate=Rate(sum(1 for row in offered if row.band != BEYOND), len(wanted) + register.missing),
        beyond_limit=bands[BEYOND],
        undetermined=sum(1 for row in rows if row.outcome in UNDETERMINED),
        not_eligible=sum(1 for row in rows if row.outcome == NOT_ELIGIBLE),
        bands={band: bands[band] for band in BANDS},
        funnel=Funnel(
            known=None if register.beside is None else len(rows) + register.beside,
            applied=len(rows),
            eligible=sum(1 for row in rows if row.outcome == ELIGIBLE),
            offered=len(offered),
            accepted=sum(1 for row in offered if row.offer in ACCEPTED),
            arrived=sum(1 for row in offered if row.offer in ARRIVED),
            deferred=sum(1 for row in rows if row.outcome == DEFERRED),
        ),
        not_applied=register.missing,
        somewhere=register.somewhere,
        not_known=register.not_known,
    )


def reason_of(row: Standing) -> str | None:
    """Why a child is not within the numerator though it belongs to the denominator; None if it is within."""
    if row.outcome in UNDETERMINED:
        return "undetermined"
    if row.outcome != ELIGIBLE or (row.offer is not None and row.band != BEYOND):
        return None
    return "beyond_limit" if row.offer is not None else "no_place"


def report(
    standings: list[Standing],
    seats: Mapping[str, tuple[str, int]],
    missing_seats: int,
    register: Register = Register(),
) -> Report:
    """The report of a round; `seats`: school → (name, seats)."""
    part = register.of_a_part()
    towns = labels({row.town: row.town_name for row in standings})
    schools = labels({school: name for school, (name, _) in seats.items()})
    taken = Counter(row.school for row in standings if row.offer is not None and row.offer != "declined")
    reasons = [(row, reason_of(row)) for row in standings]
    return Report(
        migrants=reckon((row for row in standings if row.migrant), part),
        everyone=reckon(standings, register),
        by_town={label: reckon((row for row in standings if row.town == town), part) for town, label in towns.items()},
        by_school={
            label: {"seats": seats[school][1], "taken": taken[school], "free": seats[school][1] - taken[school]}
            for school, label in schools.items()
        },
        missing_seats=missing_seats,
        missing=[
            Missing(row.application, row.migrant, row.town_name, reason)
            for row, reason in reasons
            if reason is not None
        ],
    )


def labels(names: Mapping[str, str]) -> dict[str, str]:
    """code → name, in the order of the codes; where two bear one name, with the code beside it."""
    borne = Counter(names.values())
    return {code: name if borne[name] == 1 else f"{name}（{code}）" for code, name in sorted(names.items())}
