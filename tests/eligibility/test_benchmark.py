"""The measurement of decisions: small here, kept as benchmarks/eligibility.md by `./run bench eligibility`."""

import re
from pathlib import Path

from benchmarks import NAMED, eligibility

KEPT = (Path(__file__).parents[2] / "benchmarks" / "eligibility.md").read_text()


def test_a_table_names_each_ruleset_and_decides_the_same_bytes_again() -> None:
    table = eligibility.measure(100)
    rows = re.findall(r"^\| (\S+) \| (\d+) \|.*\| (\d+)% \| the same bytes \|$", table, re.MULTILINE)
    assert [(name, number) for name, number, _ in rows] == [
        (name, "100" if place == 0 else "10") for place, name in enumerate(eligibility.NAMES)
    ]
    assert 0 < int(rows[0][2]) < 100
    assert "OTHER BYTES" not in table and "eligibility" in NAMED


def test_the_kept_table_is_of_a_hundred_thousand_decisions() -> None:
    assert f"{eligibility.CHILDREN:,} decisions" in KEPT and "OTHER BYTES" not in KEPT
    assert len(re.findall("the same bytes", KEPT)) == len(eligibility.NAMES) + 1
