"""roles.sql on a cluster that the bootstrap makes."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from bootstrap import credentials, places, postgres, processes
from bootstrap.binaries import Binaries
from bootstrap.credentials import ROLES
from bootstrap.postgres import Postgres

SERVICE = [role for role in ROLES if role != "owner"]


@pytest.fixture(scope="module")
def place(state: Path) -> Iterator[Path]:
    with places.throwaway_directory(state) as directory:
        yield directory


@pytest.fixture(scope="module")
def cluster(place: Path, programs: Binaries) -> Iterator[Postgres]:
    assert programs.postgres is not None
    drawn, account = credentials.draw(), processes.server_account()
    with postgres.running(programs.postgres, place, drawn, account, is_throwaway=True) as running:
        postgres.make_roles(programs.postgres, running.port, drawn)  # the second time
        yield running


async def query(cluster: Postgres, role: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(cluster.url(role))
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


async def test_no_role_can_evade_row_security_or_make_roles(cluster: Postgres) -> None:
    rows = await query(cluster, "superuser", "SELECT * FROM pg_roles WHERE rolname LIKE 'tongjiao%'")
    assert {row["rolname"] for row in rows} == {f"tongjiao_{role}" for role in (*ROLES, "signin")}
    for row in rows:
        assert not (row["rolsuper"] or row["rolbypassrls"] or row["rolcreaterole"] or row["rolreplication"])
        assert row["rolcanlogin"] == (row["rolname"] != "tongjiao_signin")
        assert row["rolcreatedb"] == (row["rolname"] == "tongjiao_owner")
        assert row["rolinherit"] == (row["rolname"] == "tongjiao_owner")


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_signs_in_with_its_password_to_a_database_that_it_does_not_own(
    cluster: Postgres, role: str
) -> None:
    [row] = await query(
        cluster,
        role,
        "SELECT current_user, has_database_privilege(current_database(), 'CREATE') AS may_create,"
        " has_schema_privilege('public', 'CREATE') AS may_create_tables,"
        " has_database_privilege(current_database(), 'TEMPORARY') AS may_hide",
    )
    assert tuple(row) == (f"tongjiao_{role}", *[role == "owner"] * 3)


async def test_only_the_owner_belongs_to_another_role(cluster: Postgres) -> None:
    rows = await query(
        cluster,
        "superuser",
        "SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members"
        " WHERE member::regrole::text LIKE 'tongjiao%'",
    )
    assert [tuple(row) for row in rows] == [("tongjiao_owner", "tongjiao_signin")]


@pytest.mark.parametrize("role", SERVICE)
async def test_no_role_becomes_another(cluster: Postgres, role: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await query(cluster, role, "SET ROLE tongjiao_owner")


async def test_a_wrong_password_is_refused(cluster: Postgres) -> None:
    url = cluster.url("app").replace(cluster.credentials.passwords["app"], "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


async def test_what_is_acknowledged_is_on_the_disk_and_the_text_is_unicode(cluster: Postgres) -> None:
    names = ["fsync", "synchronous_commit", "full_page_writes", "server_encoding", "data_checksums"]
    rows = await query(cluster, "app", f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}")
    assert tuple(rows[0]) == ("on", "on", "on", "UTF8", "on")
    [row] = await query(cluster, "app", "SELECT upper('é') = 'É', '招' ~ '^[[:alpha:]]$', uuidv7() IS NOT NULL")
    assert tuple(row) == (True, True, True)


async def test_the_log_holds_neither_statements_nor_values(cluster: Postgres, place: Path) -> None:
    await query(cluster, "superuser", "CREATE TABLE IF NOT EXISTS child (number text PRIMARY KEY)")
    await query(cluster, "superuser", "INSERT INTO child VALUES ('fictitious-110101') ON CONFLICT DO NOTHING")
    with pytest.raises(asyncpg.UniqueViolationError):
        await query(cluster, "superuser", "INSERT INTO child VALUES ('fictitious-110101')")
    log = (place / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "fictitious-110101" not in log
    assert not [password for password in cluster.credentials.passwords.values() if password in log]
