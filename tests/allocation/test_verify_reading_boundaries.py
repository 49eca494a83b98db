"""The verifier's reading at its edges: lines, blocks, ranks, the order's entries, and the command."""

import subprocess
import sys
from pathlib import Path

import pytest

import app.allocation.verify
from app.allocation.verify import BLOCK, Unreadable, is_order, main, read_json, read_rows, verify
from tests.allocation.mutants.cases import prepare_small
from tests.allocation.mutants.falsified import small
from tests.allocation.verify_reference import VECTORS, solve, write_bundle

HERE = Path("some.csv")
COLUMNS = ["ticket", "applicant", "rank", "programme", "lottery_unit", "groups", "fallback", "seat", "filled"]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_small(tmp_path_factory.mktemp("cases"))


def said(folder: Path) -> str:
    """What is printed, without the folder."""
    return verify(folder).text.replace(f"{folder}/", "")


@pytest.mark.parametrize("last", [1, 7, 524_287, 524_288, 1_000_000])
def test_ranks_up_to_the_last_stay_with_their_child(last: int, tmp_path: Path) -> None:
    choices = f"x,{last},B,1 y,1,B,2 y,{last + 1 if last < 10**6 else 2},A,1 z,1,A,3 x,{last - 1 or last + 1},A,5"
    case = small("A,1 B,1", "x,,,, y,,,, z,,,,", choices)
    write_bundle(tmp_path, case.manifest, case.tables)
    solve(tmp_path)
    assert verify(tmp_path).exit_code == 0, verify(tmp_path).text


@pytest.mark.parametrize("name", COLUMNS)
def test_no_key_has_the_name_of_a_column(name: str) -> None:
    assert not is_order([f"{name}<"])
    assert not is_order(["level<", f"{name}>", "ticket"])
    assert is_order([f"{name}_<"])
    assert not is_order({f"{name}_<": 1})


def test_an_order_has_one_to_eight_entries() -> None:
    entries = [f"{letter}<" for letter in "abcdefg"]
    assert is_order(["ticket"]) and is_order([*entries, "ticket"]) and is_order([*entries, "h>"])
    assert not is_order([]) and not is_order([*entries, "h>", "ticket"])


def test_two_lines_the_wrong_way_round_are_put_in_order(tmp_path: Path) -> None:
    case = small("A,1 B,1", "x,,,,", "x,2,B,1 x,1,A,1")
    write_bundle(tmp_path, case.manifest, case.tables)
    solve(tmp_path)
    report = verify(tmp_path)
    assert (report.exit_code, report.property) == (0, 0), report.text


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        ("x,5,A,1 x,2,B,1 x,2,C,1 x,5,D,1", "line 4: rank 2 stands twice for x"),
        ("x,2,A,1 x,5,B,1 x,2,C,1 x,5,D,1", "line 4: rank 2 stands twice for x"),
        ("x,3,A,1 x,1,A,1", "line 3: programme A stands twice for x"),
        ("x,2,A,1 x,2,B,1 x,9,C,1 x,8,C,1", "line 5: programme C stands twice for x"),
    ],
)
def test_what_stands_twice_is_refused_by_the_later_line(choices: str, text: str, tmp_path: Path) -> None:
    case = small("A,1 B,1 C,1 D,1", "x,,,,", choices)
    write_bundle(tmp_path, case.manifest, case.tables)
    assert said(tmp_path) == f"unreadable: choices.csv {text}"


@pytest.mark.parametrize(
    ("text", "said_of_it"),
    [
        ('\n{"format": "allocation-bundle/1",\n"other": 1}', "line 3: 'other' is not a field of the format"),
        ('\n{"format": "allocation-bundle/1",\n"round": "x"\n}', "line 1: 'suite' is missing"),
    ],
)
def test_a_field_is_refused_by_its_line_or_else_the_first(text: str, said_of_it: str, tmp_path: Path) -> None:
    case = small("A,1", "x,,,,", "x,1,A,1")
    write_bundle(tmp_path, case.manifest, case.tables)
    (tmp_path / "manifest.json").write_text(text)
    assert said(tmp_path) == f"unreadable: manifest.json {said_of_it}"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (b'{"a": 1000000000000000}', 1, "a number too long"),
        (b'{"a": -100000000000000}', 1, "a number too long"),
        (b'\n{"a": 1, "a": 1}', 1, "a key stands twice"),
        (b'\n{"a" 1}', 2, "not JSON: Expecting ':' delimiter"),
        (b'{"a": \xff}', 1, "codec can't decode"),
    ],
)
def test_json_has_each_key_once_and_numbers_that_every_python_reads(text: bytes, line: int, reason: str) -> None:
    assert read_json(HERE, b'{"a": 999999999999999, "b": -99999999999999}') == {"a": 10**15 - 1, "b": 1 - 10**14}
    with pytest.raises(Unreadable, match=rf"^some.csv line {line}: (not JSON as wanted: .*)?{reason}"):
        read_json(HERE, text)


def test_a_table_of_many_blocks_is_read_with_true_lines() -> None:
    wanted = [(f"P{number:06}", str(number)) for number in range(BLOCK // 4)]
    lines = [",".join(row) + "\n" for row in wanted]
    head, cells = ["programme", "capacity"], "([A-Z0-9]+),([0-9]+)"
    data = "".join(["programme,capacity\n", *lines]).encode()
    assert len(data) > 3 * BLOCK
    assert list(read_rows(HERE, data, head, cells)) == list(enumerate(wanted, 2))
    for line in (2, 3, len(lines) // 2, len(lines) + 1):
        broken = "".join(["programme,capacity\n", *lines[: line - 2], "?\n", *lines[line - 1 :]]).encode()
        found: list[tuple[int, tuple[str, ...]]] = []
        with pytest.raises(Unreadable, match=rf"line {line}: not a row of .* in the format's text: '\?\\n'$"):
            found.extend(read_rows(HERE, broken, head, cells))
        assert found == list(enumerate(wanted[: line - 2], 2))[: len(found)]
    with pytest.raises(Unreadable, match=f"line {len(lines) + 1}: "):
        list(read_rows(HERE, data[:-1], head, cells))


def test_the_command_prints_what_the_function_finds(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, false = str(cases / "right" / "after"), str(cases / "false" / "a place empty before")
    parent = str(cases / "right" / "before")
    assert main([right, "--parent", parent]) == main([f"--parent={parent}", right]) == 0
    assert capsys.readouterr().out == f"{verify(Path(right), parent=Path(parent)).text}\n" * 2
    assert main([false]) == 1
    assert capsys.readouterr() == (f"{verify(Path(false)).text}\n", "")
    assert main([str(cases)]) == 2
    assert capsys.readouterr() == ("", f"{verify(cases).text}\n")
    assert main([right, "--result", parent]) == 1
    assert capsys.readouterr().out.startswith("violated: property 1 ")
    for words in (
        [],
        [right, right],
        [right] * 3,
        [right, "--parent"],
        [right, "--else", parent],
        [right, "--result="],
        [""],
    ):
        assert main(words) == 2
        assert capsys.readouterr() == ("", "unreadable: arguments are BUNDLE [--result DIR] [--parent DIR]\n")


def test_the_file_is_a_command(capfd: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-I", "-S", app.allocation.verify.__file__, str(VECTORS / "42")]
    assert subprocess.run(command, check=False).returncode == 0
    assert capfd.readouterr() == (f"{verify(VECTORS / '42').text}\n", "")
    assert subprocess.run(command[:-1], check=False).returncode == 2
