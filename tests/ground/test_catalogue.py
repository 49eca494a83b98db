"""What the database itself says of its tables, policies, privileges and roles: a new table, view, function or grant
that nobody has thought about fails here."""

from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database
from tests.ground.rows import TABLES

APP, WORKER = "tongjiao_app", "tongjiao_worker"
UNPROTECTED = {
    "alembic_version": "the number of the schema's revision, which says nothing of anybody",
}
QUEUE_HOLDS = "an id of our own `job` table and nothing else (app.jobs), so that it needs no policy"
LOOKS_PAST = {
    "session_of(bytea)": "who holds a token, before anybody is known",
    "account_of(text, text, text)": "which account a provider's subject is",
    "person_of(text, bytea)": "which person a number is",
}
MAY_DELETE = {
    (APP, "preference"): "a family's wishes are replaced as a whole until the deadline",
    (APP, "evidence"): "a claim that the changed form no longer makes",
    (APP, "document"): "a family takes back its own paper, on which nobody has decided",
    ("tongjiao_retention", "document"): "past its last day, or its key erased",
    ("tongjiao_retention", "subject_key"): "erasure: with the key goes what it sealed",
}
SEES_WITHOUT_BUREAU = {
    ("subject_key", "tongjiao_keys"): "wraps keys anew in all bureaux and cannot open what they seal",
    ("round_key", "tongjiao_keys"): "wraps keys anew in all bureaux and cannot open what they seal",
    ("account", "tongjiao_signin"): "inside the sign-in's functions alone",
    ("person", "tongjiao_signin"): "inside the sign-in's functions alone",
    ("role_grant", "tongjiao_signin"): "inside the sign-in's functions alone",
    ("token", "tongjiao_signin"): "inside the sign-in's functions alone",
}
ROLES = (APP, WORKER, "tongjiao_keys", "tongjiao_sequencer", "tongjiao_retention", "tongjiao_signin")


async def rows(database: Database, query: str, **values: Any) -> list[Any]:
    async with database.transaction() as session:
        return list((await session.execute(text(query), values)).all())


async def names(database: Database, query: str, **values: Any) -> set[str]:
    return {row[0] for row in await rows(database, query, **values)}


async def test_every_table_is_enabled_and_forced_with_policies_or_on_the_reviewed_list(database: Database) -> None:
    found = await rows(
        database,
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
        " (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
    )
    open_tables = {name for name, protected, policies in found if not protected or policies == 0}
    assert open_tables == set(UNPROTECTED)
    assert {name for name, _, _ in found} == set(TABLES) | set(UNPROTECTED)


async def test_beside_the_schema_of_the_service_there_is_the_queue_alone(database: Database) -> None:
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    assert await names(database, schemas) == {"public", "queue"}, QUEUE_HOLDS
    columns = await names(
        database,
        "SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema = 'queue' AND table_name ="
        " 'pgqueuer' AND data_type IN ('bytea', 'jsonb', 'text')",
    )
    assert columns == {"entrypoint", "dedupe_key", "payload", "headers"}


async def test_every_view_asks_under_the_rights_of_whoever_reads_it(database: Database) -> None:
    views = await rows(
        database,
        "SELECT relname, relkind::text, coalesce(reloptions::text, '') LIKE '%security_invoker=true%' FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'f')",
    )
    assert [name for name, kind, invoker in views if kind != "v" or not invoker] == []


async def test_every_policy_holds_the_rows_to_the_bureau_of_the_context(database: Database) -> None:
    policies = await rows(
        database,
        "SELECT tablename, unnest(roles), qual, with_check, permissive FROM pg_policies WHERE schemaname = 'public'",
    )
    loose = {
        (table, role)
        for table, role, using, check, _ in policies
        if any("ctx_bureau()" not in rule for rule in (using, check) if rule is not None)
    }
    assert loose == set(SEES_WITHOUT_BUREAU)
    assert {role for _, role, _, _, _ in policies} <= set(ROLES)
    assert {permissive for *_, permissive in policies} == {"PERMISSIVE"}


async def test_nobody_deletes_but_where_the_reviewed_list_says_so(database: Database) -> None:
    grants = await rows(
        database,
        "SELECT r.rolname, c.relname FROM pg_class c CROSS JOIN pg_roles r WHERE r.rolname = ANY (:roles)"
        " AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')"
        " AND has_table_privilege(r.oid, c.oid, 'DELETE')",
        roles=list(ROLES),
    )
    assert {(role, table) for role, table in grants} == set(MAY_DELETE)


@pytest.mark.parametrize("privilege", ["TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"])
async def test_no_role_may_empty_or_alter_a_table(database: Database, privilege: str) -> None:
    held = await rows(
        database,
        "SELECT r.rolname, c.relname FROM pg_class c CROSS JOIN pg_roles r WHERE r.rolname = ANY (:roles)"
        " AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')"
        " AND has_table_privilege(r.oid, c.oid, :privilege)",
        roles=list(ROLES),
        privilege=privilege,
    )
    assert held == []


async def test_the_roles_own_nothing_and_cannot_bypass_and_inherit_nothing(database: Database) -> None:
    able = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (:roles)"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
    )
    assert await names(database, able, roles=[*ROLES]) == set()
    owner = "SELECT rolname FROM pg_roles WHERE rolname = 'tongjiao_owner' AND (rolsuper OR rolbypassrls)"
    assert await names(database, owner) == set()
    owners = (
        "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace IN ('public'::regnamespace,"
        " 'queue'::regnamespace) UNION SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'queue'"
    )
    assert await names(database, owners) == {"tongjiao_owner"}
    members = (
        "SELECT member::regrole::text FROM pg_auth_members WHERE member::regrole::text LIKE 'tongjiao%'"
        " AND (roleid::regrole::text, member::regrole::text) <> ('tongjiao_signin', 'tongjiao_owner')"
    )
    assert await names(database, members) == set()


async def test_only_the_sign_in_looks_past_row_level_security_and_only_the_web_calls_it(database: Database) -> None:
    definers = await rows(
        database,
        "SELECT oid::regprocedure::text, pg_get_userbyid(proowner), proconfig FROM pg_proc"
        " WHERE prosecdef AND pronamespace IN ('public'::regnamespace, 'queue'::regnamespace)",
    )
    assert {name.replace(",", ", ") for name, _, _ in definers} == set(LOOKS_PAST)
    assert {(owner, tuple(settings)) for _, owner, settings in definers} == {
        ("tongjiao_signin", ("search_path=public, pg_temp",))
    }
    callers = await names(
        database,
        "SELECT DISTINCT r.rolname FROM pg_proc p CROSS JOIN pg_roles r WHERE p.prosecdef"
        " AND p.pronamespace = 'public'::regnamespace AND r.rolname LIKE 'tongjiao%'"
        " AND r.rolname NOT IN ('tongjiao_owner', 'tongjiao_signin')"
        " AND has_function_privilege(r.oid, p.oid, 'EXECUTE')",
    )
    assert callers == {APP}


async def test_nobody_but_the_owner_creates_in_the_schema(database: Database) -> None:
    creators = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (:roles) AND (has_schema_privilege(oid, 'public', 'CREATE')"
        " OR has_schema_privilege(oid, 'queue', 'CREATE'))"
    )
    assert await names(database, creators, roles=[*ROLES]) == set()
