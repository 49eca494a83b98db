"""Files of several blocks: every line keeps its number, rows may stand in any order, and the result is the same."""

import random
from pathlib import Path

import pytest

from app.allocation.verify import BLOCK, Unreadable, read_problem, read_rows, verify
from tests.allocation.running import run_solve
from tests.allocation.verify_reference import Table, change_rows, read_table, seal_input, write_bundle

CHILDREN = 1600
LATER = 2400  # a row of choices.csv that is not in the first block
NAMES = [f"{number:04d}".ljust(64, "x") for number in range(CHILDREN)]


def write_large(folder: Path, ticket: str = "per-applicant") -> None:
    """As many seats as children, all at two of four programmes; two wishes each, and a fallback for some."""
    dice = random.Random(11)
    wishes = [dice.sample(["A", "B", "C", "D"], 2) for _ in NAMES]
    tables: dict[str, Table] = {
        "applicants.csv": [[name, "", dice.choice(["", "g"]), *dice.choice([["", ""], ["F", "3"]])] for name in NAMES],
        "choices.csv": [
            [name, str(rank), programme, str(dice.randint(1, 3))]
            for name, wished in zip(NAMES, wishes, strict=True)
            for rank, programme in enumerate(wished, 1)
        ],
        "fallbacks.csv": [["F", str(rank), programme] for rank, programme in enumerate("DCBA", 1)],
        "programmes.csv": [["A", "200"], ["B", "300"], ["C", "500"], ["D", "600"]],
        "reserves.csv": [["A", "1", "g", "80"], ["D", "1", "g", "100"]],
    }
    manifest = {"round": "large", "order": ["level<", "ticket"], "ticket": ticket, "reserves": "reserved-first"}
    write_bundle(folder, {**manifest, "draw": "4-0-7"}, tables)
    assert (folder / "choices.csv").stat().st_size > BLOCK * 3 // 2


@pytest.mark.parametrize("ticket", ["per-applicant", "per-programme"])
def test_rows_in_any_order_across_blocks_are_the_same_problem(ticket: str, tmp_path: Path) -> None:
    write_large(tmp_path, ticket)
    children = read_problem(tmp_path).children
    for file in ("applicants.csv", "choices.csv"):
        rows = read_table(tmp_path / file)
        random.Random(5).shuffle(rows)
        change_rows(tmp_path / file, rows)
    again = read_problem(tmp_path).children
    assert (again, list(again)) == (children, NAMES)
    assert all(list(again[name].choices) == list(children[name].choices) for name in NAMES)
    seal_input(tmp_path)
    assert run_solve(tmp_path).returncode == 0
    assert verify(tmp_path).exit_code == 0, verify(tmp_path).text


FAULTS: dict[str, tuple[list[str], str]] = {
    "no row": ([NAMES[LATER // 2], "1", "A"], "not a row of applicant,rank,programme,level in the format's text"),
    "a stranger": (["zzz", "1", "A", "1"], "applicant zzz is not in applicants.csv"),
    "an unknown programme": ([NAMES[LATER // 2], "1", "Z", "1"], "programme Z is not in programmes.csv"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_a_later_block_has_its_line(name: str, tmp_path: Path) -> None:
    write_large(tmp_path)
    row, reason = FAULTS[name]
    rows = read_table(tmp_path / "choices.csv")
    rows[LATER] = row
    change_rows(tmp_path / "choices.csv", rows)
    report = verify(tmp_path)
    assert report.text.startswith(f"unreadable: {tmp_path}/choices.csv line {LATER + 2}: {reason}"), report.text
    change_rows(tmp_path / "choices.csv", [*rows[: LATER + 1], ["second fault"], *rows[LATER + 1 :]])
    assert verify(tmp_path).text == report.text


@pytest.mark.parametrize("shuffled", [False, True])
def test_what_stands_twice_blocks_apart_is_named_by_the_later_line(shuffled: bool, tmp_path: Path) -> None:
    write_large(tmp_path)
    rows = read_table(tmp_path / "choices.csv")
    if shuffled:
        random.Random(3).shuffle(rows)
    early = rows[1]
    other = next(programme for programme in "ABCD" if [early[0], programme] not in [[row[0], row[2]] for row in rows])
    for row, reason in (
        ([early[0], "9", *early[2:]], f"programme {early[2]} stands twice for {early[0]}"),
        ([*early[:2], other, "1"], f"rank {early[1]} stands twice for {early[0]}"),
        (early, f"programme {early[2]} stands twice for {early[0]}"),
    ):
        change_rows(tmp_path / "choices.csv", [*rows[:LATER], row, *rows[LATER:]])
        assert verify(tmp_path).text == f"unreadable: {tmp_path}/choices.csv line {LATER + 2}: {reason}"


def test_a_last_line_without_a_line_feed_in_a_later_block_is_refused(tmp_path: Path) -> None:
    write_large(tmp_path)
    data = (tmp_path / "choices.csv").read_bytes()
    (tmp_path / "choices.csv").write_bytes(data[:-1])
    assert verify(tmp_path).text.startswith(f"unreadable: {tmp_path}/choices.csv line {2 * CHILDREN + 1}: not a row of")


@pytest.mark.parametrize("length", [1, 61, 62, 63, 64])
def test_no_row_is_lost_or_read_twice_where_blocks_meet(length: int) -> None:
    rows = [(str(number).zfill(length)[-length:], "x") for number in range(3 * BLOCK // (length + 3) + 2)]
    data = b"a,b\n" + "".join(f"{a},{b}\n" for a, b in rows).encode()
    assert len(data) > 3 * BLOCK
    found = list(read_rows(Path("t.csv"), data, ["a", "b"], "([0-9]+),(x)"))
    assert found == list(enumerate(rows, 2))
    with pytest.raises(Unreadable, match=f"line {len(rows) + 2}: "):
        list(read_rows(Path("t.csv"), data + b"\n", ["a", "b"], "([0-9]+),(x)"))
