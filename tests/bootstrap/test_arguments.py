from pathlib import Path

import pytest

from bootstrap.commands import from_here


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (["--json", "out.json"], ["--json", "{here}/out.json"]),
        (["--json=out.json", "--seed", "2"], ["--json={here}/out.json", "--seed", "2"]),
        (["--json", "/tmp/out.json"], ["--json", "/tmp/out.json"]),
        (["--seed", "2"], ["--seed", "2"]),
    ],
)
def test_the_figures_file_is_named_from_the_callers_folder(
    given: list[str], passed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_here(given) == [argument.format(here=tmp_path) for argument in passed]
