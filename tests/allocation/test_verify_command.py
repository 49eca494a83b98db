"""Exit codes and streams of the command."""

import shutil
from pathlib import Path

import pytest

from app.allocation.verify import main
from tests.allocation.verify_reference import VECTORS, change_rows, read_table, seal_output


def test_a_valid_bundle_is_0_with_a_summary_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(VECTORS / "9")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("valid: round R9, a first pass\n")
    assert err == ""


def test_a_violation_is_1_with_one_line_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shutil.copytree(VECTORS / "9", tmp_path / "9")
    change_rows(folder / "placements.csv", read_table(folder / "placements.csv")[1:])
    seal_output(folder)
    assert main([str(folder)]) == 1
    assert capsys.readouterr() == ("violated: property 3 (nobody is missing): A000 is missing\n", "")


def test_an_unreadable_bundle_is_2_with_one_line_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(VECTORS / "9", tmp_path / "9")
    with (folder / "programmes.csv").open("a") as file:
        file.write("P9,-1\n")
    assert main([str(folder)]) == 2
    out, err = capsys.readouterr()
    line = len(read_table(folder / "programmes.csv")) + 1
    assert out == ""
    reason = r"not a row of programme,capacity in the format's text: 'P9,-1\n'"
    assert err == f"unreadable: {folder}/programmes.csv line {line}: {reason}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--result", "x"],
        ["a", "b"],
        ["a", "--result"],
        ["a", "--result="],
        ["a", "--output", "b"],
        ["a", "-p", "b"],
        ["a", "--parent", "b", "--parent", "c"],
        [""],
    ],
)
def test_arguments_not_understood_are_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--result", "absent"], ["--parent", "absent"]])
def test_a_folder_that_is_not_there_is_2(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    bundle = str(VECTORS / "33-2") if options else "absent"
    assert main([bundle, *options]) == 2
    assert "absent/" in capsys.readouterr().err


def test_a_parent_given_to_a_bundle_without_one_is_a_violation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(VECTORS / "3"), "--parent", str(VECTORS / "33")]) == 1
    assert "property 11" in capsys.readouterr().out
