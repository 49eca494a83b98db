"""Directories, ports, credentials and stamps."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from bootstrap import commands, credentials, environment, places, ports
from bootstrap.console import BootstrapError


def test_what_a_killed_run_threw_away_goes_with_the_next_one(tmp_path: Path) -> None:
    left = tmp_path / "throwaway-dead"
    left.mkdir()
    (left / "lock").touch()
    with places.throwaway_directory(tmp_path) as first, places.throwaway_directory(tmp_path) as second:
        assert first.exists()  # the second start saw that it is in use
        assert {path for path in tmp_path.iterdir() if path.is_dir()} == {first, second}
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    with places.locked(tmp_path / "lock") as is_first, places.locked(tmp_path / "lock") as is_second:
        assert (is_first, is_second) == (True, False)
    with places.locked(tmp_path / "lock") as is_free:
        assert is_free


def test_two_checkouts_have_two_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGJIAO_STATE", str(tmp_path))
    first, second = (places.state_directory(Path(checkout)) for checkout in ("/a", "/b"))
    assert first != second
    assert first == places.state_directory(Path("/a"))


def test_a_place_behind_a_symbolic_link_of_somebody_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGJIAO_STATE", str(tmp_path / "state"))
    (tmp_path / "state").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state" / "tongjiao").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BootstrapError, match="belongs to another account"):
        places.state_directory()


def test_a_taken_port_yields_the_next() -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert port < ports.choose(port) <= port + ports.TRIES


def test_credentials_are_drawn_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    drawn = credentials.load_or_draw(tmp_path)
    assert credentials.load_or_draw(tmp_path) == drawn
    assert (tmp_path / credentials.FILE).stat().st_mode & 0o777 == 0o600
    assert len(set(drawn.passwords.values())) == len(credentials.ROLES) + 2
    assert json.loads(drawn.vault_environment()["TONGJIAO_VAULT_KEYS"]).keys() == {"1"}


def test_keys_of_existing_data_are_never_drawn_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(BootstrapError, match="restore it"):
        credentials.load_or_draw(tmp_path)


def test_a_stamp_spares_the_installation_until_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setitem(environment.LOCKS, "app", shutil.copy(environment.LOCKS["app"], tmp_path / "app.txt"))
    environment.mark_installed("app")
    monkeypatch.setenv("PATH", os.devnull)  # no installer to be found
    assert environment.is_installed("app")
    (tmp_path / "app.txt").write_text("changed")
    assert not environment.is_installed("app")


@pytest.mark.parametrize(("installed", "covered"), [("dev", {"app", "dev"}), ("bench", {"app", "dev", "bench"})])
def test_a_larger_lock_counts_for_what_it_holds_too(
    installed: str, covered: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "VENV", tmp_path)
    environment.mark_installed(installed)
    assert {name for name in environment.LOCKS if environment.is_installed(name)} == covered


@pytest.mark.parametrize(
    ("arguments", "port", "rest"),
    [
        ([], 8000, []),
        (["--demo", "--port", "8123", "--seed", "4"], 8123, ["--demo", "--seed", "4"]),
        (["--port=9000"], 9000, []),
    ],
)
def test_the_port_is_taken_from_the_arguments(arguments: list[str], port: int, rest: list[str]) -> None:
    assert commands.take_port(arguments) == (port, rest)


@pytest.mark.parametrize("port", ["", "0", "65536", "eighty", "-1", "٨٠"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(BootstrapError, match="is no port"):
        commands.take_port(["--port", port])


@pytest.mark.parametrize(
    ("url", "plain", "password"),
    [
        ("postgresql://u:p@127.0.0.1:5/tongjiao", "postgresql://u@127.0.0.1:5/tongjiao", "p"),
        ("postgresql+asyncpg://u:p%40@host/db?sslmode=require", "postgresql://u@host/db?sslmode=require", "p@"),
        ("postgresql://host/db", "postgresql://host/db", None),
    ],
)
def test_the_password_of_a_url_stays_off_the_command_line(url: str, plain: str, password: str | None) -> None:
    assert commands.without_password(url) == (plain, password)
