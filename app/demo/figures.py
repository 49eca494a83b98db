"""What a demonstration is told in figures, for its tables and for `--json`."""

from dataclasses import dataclass
from typing import Any

from app.bureau.provision import Report
from app.bureau.shares import SharesReport
from app.demo.stages import Carried
from app.schools.vocabulary import Stage

COMPULSORY = (Stage.PRIMARY, Stage.JUNIOR)
OPEN = ("pending", "undetermined", "refusal_proposed")


@dataclass(frozen=True)
class Told:
    """A round, its provision report, the outcome of each application, and whether the verifier accepts its files."""

    carried: Carried
    report: Report
    outcomes: list[str]
    verified: bool


def figures(rounds: list[Told], shares: SharesReport, seconds: float) -> dict[str, Any]:
    """By stage, with the kindergartens' shares, and the provision of migrants' children over the compulsory stages."""
    provisions = [_provision(one.report) for one in rounds if one.carried.entry.stage in COMPULSORY]
    steps = {
        f"{one.carried.entry.stage}: {step}": spent for one in rounds for step, spent in one.carried.seconds.items()
    }
    stages = {one.carried.entry.stage.value: _stage(one) for one in rounds}
    stages[Stage.PRESCHOOL]["shares"] = {
        name: {"numerator": rate.numerator, "denominator": rate.denominator}
        for name, rate in (("inclusive", shares.county.inclusive), ("graded", shares.county.graded))
    }
    return {
        "stages": stages,
        "provision": {name: sum(each[name] for each in provisions) for name in provisions[0]},
        "seconds": {**steps, "in all": seconds},
    }


def _stage(one: Told) -> dict[str, Any]:
    funnel = one.report.everyone.funnel
    return {
        "applications": len(one.outcomes),
        "eligible": one.outcomes.count("eligible"),
        "not_eligible": one.outcomes.count("not_eligible"),
        "undetermined": sum(outcome in OPEN for outcome in one.outcomes),
        "offered": funnel.offered,
        "confirmed": funnel.arrived,
        "digest": one.carried.digests[-1],
        "verified": one.verified,
        "provision": _provision(one.report),
    }


def _provision(report: Report) -> dict[str, int]:
    migrants = report.migrants
    return {
        "numerator": migrants.rate.numerator,
        "denominator": migrants.rate.denominator,
        "beyond_limit": migrants.beyond_limit,
        "missing_seats": report.missing_seats,
    }
