"""The command's exit codes, called as a function."""

import json
from pathlib import Path

import pytest

from app.allocation.__main__ import main
from tests.allocation.drafts import draft, save
from tests.allocation.mutants.falsified import SMALL
from tests.allocation.verify_reference import solve, write_bundle


def test_without_a_command_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "required: command" in capsys.readouterr().err


def test_a_plan_is_printed_and_the_exit_code_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(tmp_path, SMALL["short"].manifest, SMALL["short"].tables)
    solve(tmp_path)
    assert main(["plan", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert isinstance(json.loads(printed), dict)
    assert main(["plan", str(tmp_path), "--result", str(tmp_path)]) == 0
    assert capsys.readouterr().out == printed


def test_a_solved_bundle_is_exit_code_0_and_a_refused_one_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(draft().sealed(), tmp_path)
    assert main(["solve", str(tmp_path)]) == 0
    assert capsys.readouterr().out == (tmp_path / "result.json").read_text()
    assert main(["solve", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err == "manifest.json: cannot be read: No such file or directory\n"
