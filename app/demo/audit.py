"""What the demonstration prints: the audit of the round, in tables, hiding nothing."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from app.bureau.provision import Provision, Report
from app.bureau.shares import SharesReport
from app.demo.figures import Told

SHOWN = 10
BAND_WORDS = {
    "catchment": "own catchment",
    "consortium": "consortium or town",
    "within_limit": "within limit",
    "beyond_limit": "beyond limit",
}
REASONS = {
    "undetermined": "尚待核定 not yet decided",
    "no_place": "没有学位 no place",
    "beyond_limit": "超出距离 beyond the distance limit",
}


def print_audit(console: Console, told: Told) -> None:
    """A round's provision by population, town and school, its funnel, and every reason behind a difference."""
    report, carried = told.report, told.carried
    console.rule(f"{carried.entry.title_zh} {carried.entry.title_en}")
    console.print(_provision(report))
    console.print(_schools(report))
    funnel, open_cases = report.everyone.funnel, carried.open_cases
    if open_cases:
        console.print(
            f"at closing {open_cases} cases were undetermined, so nothing was complete; an officer found the papers of"
            f" {open_cases - report.everyone.not_eligible}, a person refused {report.everyone.not_eligible}"
        )
    console.print(
        f"applied {funnel.applied} → eligible {funnel.eligible} → offered {funnel.offered} → accepted {funnel.accepted}"
        f" → arrived {funnel.arrived}"
    )
    complete = report.migrants.complete and report.everyone.complete
    words = "全部落实 provision is complete" if complete else "尚未全部落实 provision is NOT complete"
    console.print(
        f"{words}; seats missing in the plan: {report.missing_seats};"
        f" children without a place within the limit: {len(report.missing)}"
    )
    for reason, count in sorted(Counter(child.reason for child in report.missing).items()):
        console.print(f"  {REASONS[reason]}: {count}")
    for child in report.missing[:SHOWN]:
        console.print(f"  application {child.application}, {child.town}: {REASONS[child.reason]}")
    if len(report.missing) > SHOWN:
        console.print("  … all of them: GET /api/v1/rounds/{round}/provision/children")
    words = "核验通过 accepts" if told.verified else "核验未通过 REJECTS"
    console.print(f"the verifier {words} the published files; digests: " + ", ".join(carried.digests))
    steps = ", ".join(f"{name} {value:g}" for name, value in carried.seconds.items())
    console.print(f"seconds: {steps}; total {sum(carried.seconds.values()):.1f}")


def print_shares(console: Console, report: SharesReport) -> None:
    """How many of the children in kindergarten are in inclusive and in graded ones, by town."""
    table = Table(title="普惠与等级园占比 Inclusive and graded kindergartens (fictitious data)")
    for heading in ("", "in kindergarten", "inclusive", "%", "graded", "%"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, held in (("全县 county", report.county), *report.by_town.items()):
        rates = [(str(rate.numerator), rate.percent or "-") for rate in (held.inclusive, held.graded)]
        table.add_row(name, str(held.inclusive.denominator), *rates[0], *rates[1])
    console.print(table)


def print_rulesets(console: Console, rulesets: list[tuple[str, tuple[str, ...], str]], chosen: str) -> None:
    """The rules that the county may choose between: (id, order, digest)."""
    table = Table(title="可供选择的规则 Rulesets to choose from (--ruleset)")
    for heading in ("", "ruleset", "order at a school", "SHA-256"):
        table.add_column(heading)
    for name, order, digest in rulesets:
        table.add_row("→" if name == chosen else "", name, " ".join(order), digest[:16] + "…")
    console.print(table)


def _provision(report: Report) -> Table:
    table = Table(title="学位供给审计 Provision audit (fictitious data)")
    for heading in ("", "within limit", "of eligible", "%", *BAND_WORDS.values(), "undetermined"):
        table.add_column(heading, justify="left" if not heading else "right")
    rows = [("随迁子女 migrants' children", report.migrants), ("全部儿童 all children", report.everyone)]
    for name, held in (*rows, *report.by_town.items()):
        table.add_row(name, *_cells(held))
    return table


def _schools(report: Report) -> Table:
    table = Table(title="学校 Schools (seats are fictitious)")
    for heading in ("", "seats", "taken", "free"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, held in report.by_school.items():
        table.add_row(name, str(held["seats"]), str(held["taken"]), str(held["free"]))
    return table


def _cells(held: Provision) -> list[str]:
    bands = [str(held.bands[band]) for band in BAND_WORDS]
    rate = [str(held.rate.numerator), str(held.rate.denominator), held.rate.percent or "-"]
    return [*rate, *bands, str(held.undetermined)]
