"""Row-level security as the migrations write it (design, decision 5). Never change a function here once released:
add another, so that an old migration keeps its meaning.

Context functions read what `app.database.set_context` set for the transaction; without it they are NULL and no
row is seen. They stand as sub-selects in the policies so that they are evaluated once per query.
"""

from alembic import op

APP, WORKER, KEYS, SIGNIN = "tongjiao_app", "tongjiao_worker", "tongjiao_keys", "tongjiao_signin"

BUREAU = "bureau = (SELECT ctx_bureau())"
STAFF = f"{BUREAU} AND bureau = ANY ((SELECT ctx_organisations())::text[])"
OWN = f"{BUREAU} AND person = (SELECT ctx_person())"
PERSONAL = (
    f"{BUREAU} AND ((SELECT ctx_person()) = ANY (guardians) OR schools && (SELECT ctx_organisations())"
    " OR bureau = ANY ((SELECT ctx_organisations())::text[]))"
)
GUARDIAN_OR_STAFF = (
    f"{BUREAU} AND ((SELECT ctx_person()) = ANY (guardians) OR bureau = ANY ((SELECT ctx_organisations())::text[]))"
)


def duty(*duties: str) -> str:
    """Staff of the bureau who hold one of these duties."""
    return f"{STAFF} AND (SELECT ctx_duties()) && ARRAY[{', '.join(repr(name) for name in duties)}]::text[]"


CONTEXT_FUNCTIONS = {
    "ctx_bureau": ("text", "nullif(current_setting('app.bureau', true), '')"),
    "ctx_person": ("uuid", "nullif(current_setting('app.person', true), '')::uuid"),
    "ctx_organisations": (
        "text[]",
        "string_to_array(nullif(current_setting('app.organisations', true), ''), ',')",
    ),
    "ctx_duties": ("text[]", "string_to_array(nullif(current_setting('app.duties', true), ''), ',')"),
}


def create_context_functions() -> None:
    for name, (kind, expression) in CONTEXT_FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS {kind} LANGUAGE sql STABLE AS $$ SELECT {expression} $$")


def drop_context_functions() -> None:
    for name in CONTEXT_FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")


def protect(table: str) -> None:
    """Nobody sees a row without a policy, the owner included."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def allow(table: str, role: str, command: str, rows: str, new_rows: str | None = None) -> None:
    """Grant one command to a role, for the rows it may see and the rows it may write."""
    name = f"{role}_{command}".lower()
    using = "" if command == "INSERT" else f" USING ({rows})"
    check = f" WITH CHECK ({new_rows or rows})" if command in ("INSERT", "UPDATE") else ""
    op.execute(f"GRANT {command} ON {table} TO {role}")
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command} TO {role}{using}{check}")


def public_within_bureau(table: str, writers: str = STAFF) -> None:
    """Everyone of the bureau reads; its staff write. UPDATE's USING is wide so that a row can be held FOR SHARE."""
    protect(table)
    allow(table, APP, "SELECT", BUREAU)
    allow(table, APP, "INSERT", writers)
    allow(table, APP, "UPDATE", BUREAU, writers)
    allow(table, WORKER, "SELECT", BUREAU)


def personal(table: str, rows: str = PERSONAL) -> None:
    """Guardians, the school concerned and the bureau's staff."""
    protect(table)
    allow(table, APP, "SELECT", rows)
    allow(table, APP, "INSERT", rows)
    allow(table, APP, "UPDATE", rows)


def secret_until_published(table: str) -> None:
    """Only allocation officers and the approver, until the row is marked as published (decision 13)."""
    insiders = duty("allocation", "approval")
    protect(table)
    allow(table, APP, "SELECT", f"{BUREAU} AND (published OR ({insiders}))")
    allow(table, APP, "INSERT", insiders)
    allow(table, APP, "UPDATE", insiders)
    for command in ("SELECT", "INSERT", "UPDATE"):
        allow(table, WORKER, command, BUREAU)
