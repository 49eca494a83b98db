"""The import contracts of pyproject.toml hold, and each of them can be broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.repository.source import ROOT

PYPROJECT = ROOT / "pyproject.toml"
LINT = Path(sys.executable).with_name("lint-imports")
OFFENCES = {
    "app/eligibility/values.py": "import sqlalchemy",
    "app/journal/queries.py": "import app.rounds.queries",
    "app/schools/queries.py": "import fastapi",
    "app/applications/queries.py": "import app.accounts.calls",
    "app/accounts/routes.py": "import sqlalchemy",
    "app/allocation/verify.py": "import app.allocation.lottery",
    "app/allocation/solver.py": "import app.allocation.verify",
}


def contracts() -> list[str]:
    return [contract["name"] for contract in tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True)


def test_the_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_contract_notices_what_it_forbids(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PYPROJECT, tmp_path)
    features = [path.parent for path in (tmp_path / "app").glob("*/models.py")]
    offences = {**OFFENCES, "app/main.py": "\n".join(f"import app.{feature.name}.models" for feature in features)}
    for file, offence in offences.items():
        with (tmp_path / file).open("a") as module:
            module.write(f"\n{offence}\n")
    done = lint(tmp_path)
    kept = [name for name in contracts() if f"{name} BROKEN" not in " ".join(done.stdout.split())]
    assert done.returncode == 1 and kept == [], done.stdout


def test_every_feature_with_tables_keeps_them_by_a_contract() -> None:
    features = sorted(path.parent.name for path in (ROOT / "app").glob("*/models.py"))
    assert [name for name in features if f"The tables of {name} are its own" not in contracts()] == []
