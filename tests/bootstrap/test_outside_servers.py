"""Servers that the environment names win, and are never mixed with ours."""

from pathlib import Path

import pytest

from bootstrap import servers
from bootstrap.console import BootstrapError

DATABASE = {
    "DATABASE_URL": "postgresql://app@db.example/tongjiao",
    "WORKER_DATABASE_URL": "postgresql://worker@db.example/tongjiao",
    "MIGRATION_URL": "postgresql://owner@db.example/tongjiao",
}
CACHE = {"REDIS_URL": "redis://cache.example"}


def test_named_servers_are_taken_and_nothing_is_started(state: Path) -> None:
    with servers.persistent("up", {**DATABASE, **CACHE, "TONGJIAO_EMBEDDED": "1"}) as house:
        assert house.processes == {}
        assert house.environment.items() >= {**DATABASE, **CACHE, "TONGJIAO_ENVIRONMENT": "development"}.items()
        assert "TONGJIAO_EMBEDDED" not in house.environment
        assert {"TONGJIAO_VAULT_KEYS", "TONGJIAO_LOOKUP_KEY"} <= house.environment.keys()


def test_beside_a_named_database_only_valkey_is_started(state: Path) -> None:
    with servers.persistent("up", DATABASE) as house:
        assert house.processes.keys() == {"Valkey"}
        assert house.environment.items() >= DATABASE.items()
        assert "SEQUENCER_DATABASE_URL" not in house.environment
        with pytest.raises(BootstrapError, match="another DATABASE_URL"), servers.persistent("psql", {}):
            pass


def test_half_of_a_database_is_refused(state: Path) -> None:
    outside = {**CACHE, "MIGRATION_URL": DATABASE["MIGRATION_URL"]}
    refusal = pytest.raises(BootstrapError, match="MIGRATION_URL set without DATABASE_URL")
    with refusal, servers.persistent("up", outside):
        pass


def test_production_gets_no_keys_from_the_bootstrap(state: Path) -> None:
    with servers.persistent("up", {**DATABASE, **CACHE, "TONGJIAO_ENVIRONMENT": "production"}) as house:
        assert house.environment["TONGJIAO_ENVIRONMENT"] == "production"
        assert "TONGJIAO_VAULT_KEYS" not in house.environment


def test_a_throwaway_never_touches_named_servers() -> None:
    outside = {**DATABASE, **CACHE, "TONGJIAO_ENVIRONMENT": "production", "TONGJIAO_VAULT_KEYS": "{}"}
    with servers.throwaway("test", outside) as house:
        assert house.processes.keys() == {"PostgreSQL", "Valkey"}
        assert not [value for value in house.environment.values() if "example" in value]
        assert house.environment["TONGJIAO_ENVIRONMENT"] == "test"
        assert house.environment["TONGJIAO_VAULT_KEYS"] != "{}"
