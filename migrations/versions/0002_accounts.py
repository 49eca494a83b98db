"""Accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

# Sign-in knows no context yet; these two are the only functions that look past row-level security.
SESSION_OF = """
CREATE FUNCTION session_of(token_digest bytea)
RETURNS TABLE (bureau text, person uuid, account uuid, organisations text[], duties text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT t.bureau, t.person, t.account,
           coalesce(array_agg(DISTINCT g.organisation) FILTER (WHERE g.id IS NOT NULL), '{}'),
           coalesce(array_agg(DISTINCT g.role) FILTER (WHERE g.organisation = t.bureau), '{}')
    FROM token t
    LEFT JOIN role_grant g ON g.bureau = t.bureau AND g.person = t.person
         AND g.valid_from <= current_date AND (g.valid_to IS NULL OR g.valid_to >= current_date)
    WHERE t.digest = token_digest AND t.revoked_at IS NULL AND t.expires_at > now()
    GROUP BY t.bureau, t.person, t.account
$$
"""
ACCOUNT_OF = """
CREATE FUNCTION account_of(of_bureau text, of_issuer text, of_subject text)
RETURNS TABLE (person uuid, account uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT a.person, a.id FROM account a
    WHERE a.bureau = of_bureau AND a.issuer = of_issuer AND a.subject = of_subject
$$
"""


revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('bureau', 'school')", name="kind_known"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "person",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "lookup", name="person_known_once"),
    )
    op.create_table(
        "account",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "person"], ["person.bureau", "person.id"], name="person_belongs_to_person"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "issuer", "subject", name="account_known_once"),
    )
    op.create_table(
        "role_grant",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('school_office', 'registrar', 'rules', 'casework', 'allocation', 'approval', 'auditor')",
            name="role_known",
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        sa.ForeignKeyConstraint(
            ["bureau", "organisation"],
            ["organisation.bureau", "organisation.id"],
            name="organisation_belongs_to_organisation",
        ),
        sa.ForeignKeyConstraint(["bureau", "person"], ["person.bureau", "person.id"], name="person_belongs_to_person"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index(
        "one_duty_per_person",
        "role_grant",
        ["bureau", "person"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND organisation = bureau"),
    )
    op.create_table(
        "two_person_act",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("audience", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_digest", sa.Text(), nullable=True),
        sa.Column("approved_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'approved') = (approved_by IS NOT NULL AND approved_at IS NOT NULL AND approved_digest IS NOT NULL)",
            name="approved_is_whole",
        ),
        sa.CheckConstraint("approved_at <= proposed_at + interval '24 hours'", name="within_24_hours"),
        sa.CheckConstraint("status IN ('proposed', 'approved', 'void')", name="status_known"),
        sa.CheckConstraint("approved_by <> proposed_by", name="two_persons"),
        sa.CheckConstraint("approved_digest = digest", name="approves_what_was_shown"),
        sa.ForeignKeyConstraint(
            ["bureau", "proposed_by"], ["person.bureau", "person.id"], name="proposed_by_belongs_to_person"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "approved_by"], ["person.bureau", "person.id"], name="approved_by_belongs_to_person"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index("acts_of_an_object", "two_person_act", ["bureau", "object", "kind"], unique=False)
    op.create_table(
        "token",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["bureau", "account"], ["account.bureau", "account.id"], name="account_belongs_to_account"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("digest", name="token_known_once"),
    )
    rls.public_within_bureau("organisation", rls.duty("registrar"))
    rls.personal("person")
    for table in ("account", "token", "role_grant"):
        rls.protect(table)
        rls.allow(table, rls.SIGNIN, "SELECT", "true")
    own_or_registrar = f"({rls.OWN}) OR ({rls.duty('registrar')})"
    rls.allow("account", rls.APP, "SELECT", own_or_registrar)
    rls.allow("account", rls.APP, "INSERT", own_or_registrar)
    for command in ("SELECT", "INSERT", "UPDATE"):
        rls.allow("token", rls.APP, command, rls.OWN)
    rls.allow("role_grant", rls.APP, "SELECT", f"({rls.OWN}) OR ({rls.STAFF})")
    rls.allow("role_grant", rls.APP, "INSERT", rls.duty("registrar"))
    rls.allow("role_grant", rls.APP, "UPDATE", rls.duty("registrar"))
    # Acts are seen by the duties named in them: a result waiting for approval is not known to the others.
    audience = f"{rls.STAFF} AND audience && (SELECT ctx_duties())"
    rls.protect("two_person_act")
    for command in ("SELECT", "INSERT", "UPDATE"):
        rls.allow("two_person_act", rls.APP, command, audience)
    op.execute("GRANT CREATE ON SCHEMA public TO tongjiao_signin")
    op.execute(SESSION_OF)
    op.execute(ACCOUNT_OF)
    for function in ("session_of(bytea)", "account_of(text, text, text)"):
        op.execute(f"ALTER FUNCTION {function} OWNER TO tongjiao_signin")
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO tongjiao_app")
    op.execute("REVOKE CREATE ON SCHEMA public FROM tongjiao_signin")


def downgrade() -> None:
    op.execute("DROP FUNCTION session_of(bytea), account_of(text, text, text)")
    op.drop_table("token")
    op.drop_index("acts_of_an_object", table_name="two_person_act")
    op.drop_table("two_person_act")
    op.drop_index(
        "one_duty_per_person",
        table_name="role_grant",
        postgresql_where=sa.text("valid_to IS NULL AND organisation = bureau"),
    )
    op.drop_table("role_grant")
    op.drop_table("account")
    op.drop_table("person")
    op.drop_table("organisation")
