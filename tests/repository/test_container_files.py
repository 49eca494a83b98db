"""Dockerfile, compose.yaml and the migrations' SQL, linted here because no container engine runs in the tests."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent


def test_the_dockerfile_passes_its_linter_and_runs_as_nobody_in_particular() -> None:
    linted = subprocess.run(
        [PROGRAMS / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001:10001" in lines and any(line.startswith("HEALTHCHECK") for line in lines)
    assert any("--require-hashes" in line for line in lines)


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    held: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return held


def test_compose_has_database_cache_api_and_worker(services: dict[str, dict[str, Any]]) -> None:
    assert services.keys() >= {"database", "cache", "api", "worker"}
    assert services["database"]["image"].startswith("postgres:18") and services["cache"]["image"].startswith("redis:")
    for name in ("database", "cache"):
        assert "test" in services[name]["healthcheck"]
    for name in ("api", "worker", "migrate"):
        assert services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"]


def test_every_setting_that_compose_gives_is_one_that_the_service_reads(services: dict[str, dict[str, Any]]) -> None:
    from app.settings import Settings

    known = {str(field.validation_alias or f"TONGJIAO_{name}".upper()) for name, field in Settings.model_fields.items()}
    for name in ("api", "worker", "migrate"):
        assert services[name]["environment"].keys() <= known


def test_compose_gives_the_worker_alone_what_speaks_to_others(services: dict[str, dict[str, Any]]) -> None:
    sends = {f"TONGJIAO_SMS_{name}" for name in ("URL", "KEY", "SECRET")}
    sends |= {f"TONGJIAO_REGISTERS_{name}" for name in ("URL", "KEY", "SECRET", "PUBLIC_KEY")}
    assert services["worker"]["environment"].keys() >= sends
    assert services["worker"]["environment"].keys() - sends == services["api"]["environment"].keys()


def test_compose_gives_roles_sql_every_password_that_it_reads(services: dict[str, dict[str, Any]]) -> None:
    wanted = {
        line.split()[2]
        for line in (ROOT / "migrations/roles.sql").read_text().splitlines()
        if line.startswith("\\getenv") and line.endswith("_PASSWORD")
    }
    assert wanted and wanted <= services["database"]["environment"].keys()


def test_no_migration_takes_a_dangerous_lock(tmp_path: Path) -> None:
    sql = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate", "--sql"], cwd=ROOT, env=os.environ, capture_output=True, check=True
    ).stdout
    (tmp_path / "migrations.sql").write_bytes(sql)
    linted = subprocess.run(
        [PROGRAMS / "squawk", "--config", ROOT / ".squawk.toml", tmp_path / "migrations.sql"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout
