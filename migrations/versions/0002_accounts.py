"""Accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

# Sign-in knows no context yet; these three are the only functions that look past row-level security. `pg_temp` is
# named last, or a temporary table would stand before ours. Dates of grants are Beijing's.
# The owner is a member of the functions' role and would have its policies by inheritance.
SIGNIN_ITSELF = f"current_user = '{rls.SIGNIN}'"
SESSION_OF = """
CREATE FUNCTION session_of(token_digest bytea)
RETURNS TABLE (bureau text, person uuid, account uuid, organisations text[], duties text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.bureau, t.person, t.account,
           coalesce(array_agg(DISTINCT g.organisation) FILTER (WHERE g.id IS NOT NULL), '{}'),
           coalesce(array_agg(DISTINCT g.role) FILTER (WHERE g.organisation = t.bureau), '{}')
    FROM token t
    LEFT JOIN role_grant g ON g.bureau = t.bureau AND g.person = t.person
         AND g.revoked_at IS NULL AND g.valid_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date
         AND (g.valid_to IS NULL OR g.valid_to >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
    WHERE t.digest = token_digest AND t.revoked_at IS NULL AND t.expires_at > now()
    GROUP BY t.bureau, t.person, t.account
$$
"""
ACCOUNT_OF = """
CREATE FUNCTION account_of(of_bureau text, of_issuer text, of_subject text)
RETURNS TABLE (person uuid, account uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.person, a.id FROM account a
    WHERE a.bureau = of_bureau AND a.issuer = of_issuer AND a.subject = of_subject
$$
"""
PERSON_OF = """
CREATE FUNCTION person_of(of_bureau text, of_lookup bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.id FROM person p WHERE p.bureau = of_bureau AND p.lookup = of_lookup
$$
"""
# An act is decided once: a void one stays void, an approved one approved.
ACT_ENDS_ONCE = """
CREATE FUNCTION act_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'proposed' THEN
        RAISE EXCEPTION 'this act has been decided' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
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
        sa.CheckConstraint("id ~ '^[A-Za-z0-9._:-]{1,64}$'", name="id_is_identifier"),
        sa.CheckConstraint("(kind = 'bureau') = (id = bureau)", name="bureau_is_its_code"),
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
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(role = 'school_office') = (organisation <> bureau)", name="role_fits_organisation"),
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
        postgresql_where=sa.text("revoked_at IS NULL AND organisation = bureau"),
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
    op.create_index(
        "one_open_act",
        "two_person_act",
        ["bureau", "object", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
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
        rls.allow(table, rls.SIGNIN, "SELECT", SIGNIN_ITSELF)
    op.execute(f"GRANT SELECT (bureau, id, lookup) ON person TO {rls.SIGNIN}")
    op.execute(f"CREATE POLICY signin_select ON person FOR SELECT TO {rls.SIGNIN} USING ({SIGNIN_ITSELF})")
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
    rls.allow("two_person_act", rls.APP, "SELECT", audience)
    # Each person writes in their own name alone; what was shown to both is never altered.
    own_proposal = f"{audience} AND proposed_by = (SELECT ctx_person()) AND status = 'proposed'"
    rls.allow("two_person_act", rls.APP, "INSERT", own_proposal)
    own_approval = f"{audience} AND (approved_by IS NULL OR approved_by = (SELECT ctx_person()))"
    rls.allow("two_person_act", rls.APP, "UPDATE", audience, own_approval)
    op.execute(f"REVOKE UPDATE ON two_person_act FROM {rls.APP}")
    decision = "status, approved_by, approved_digest, approved_at"
    op.execute(f"GRANT UPDATE ({decision}) ON two_person_act TO {rls.APP}")
    op.execute(ACT_ENDS_ONCE)
    op.execute(
        "CREATE TRIGGER act_ends_once BEFORE UPDATE ON two_person_act FOR EACH ROW EXECUTE FUNCTION act_ends_once()"
    )
    op.execute("GRANT CREATE ON SCHEMA public TO tongjiao_signin")
    op.execute(SESSION_OF)
    op.execute(ACCOUNT_OF)
    op.execute(PERSON_OF)
    for function in ("session_of(bytea)", "account_of(text, text, text)", "person_of(text, bytea)"):
        # Before it is handed over: the owner does not inherit, and could then revoke nothing.
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO tongjiao_app")
        op.execute(f"ALTER FUNCTION {function} OWNER TO tongjiao_signin")
    op.execute("REVOKE CREATE ON SCHEMA public FROM tongjiao_signin")


def downgrade() -> None:
    op.execute("DROP FUNCTION session_of(bytea), account_of(text, text, text), person_of(text, bytea)")
    op.drop_table("token")
    op.drop_index("acts_of_an_object", table_name="two_person_act")
    op.drop_table("two_person_act")
    op.execute("DROP FUNCTION act_ends_once()")
    op.drop_index(
        "one_duty_per_person",
        table_name="role_grant",
        postgresql_where=sa.text("revoked_at IS NULL AND organisation = bureau"),
    )
    op.drop_table("role_grant")
    op.drop_table("account")
    op.drop_table("person")
    op.drop_table("organisation")
