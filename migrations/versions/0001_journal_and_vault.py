"""Journal and vault."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""


revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.CheckConstraint("action ~ '[^[:space:]]'", name="action_not_blank"),
        sa.CheckConstraint("after ~ '[^[:space:]]'", name="after_not_blank"),
        sa.CheckConstraint("before ~ '[^[:space:]]'", name="before_not_blank"),
        sa.CheckConstraint("object ~ '[^[:space:]]'", name="object_not_blank"),
        sa.CheckConstraint("request ~ '[^[:space:]]'", name="request_not_blank"),
        sa.CheckConstraint("role ~ '[^[:space:]]'", name="role_not_blank"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "receipt",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("bureau", "account", "key"),
    )
    op.create_table(
        "subject_key",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    rls.create_context_functions()
    op.execute(REFUSE_CHANGE)
    # By statement, so that an attempt fails even where its author sees no row.
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    rls.protect("journal_entry")
    rls.allow("journal_entry", rls.APP, "INSERT", rls.OWN)
    rls.allow("journal_entry", rls.APP, "SELECT", rls.STAFF)
    rls.allow("journal_entry", rls.WORKER, "INSERT", rls.BUREAU)
    # `at` is the database's own: nobody dates an entry back.
    columns = "bureau, id, person, account, role, action, object, before, after, request"
    for role in (rls.APP, rls.WORKER):
        op.execute(f"REVOKE INSERT ON journal_entry FROM {role}")
        op.execute(f"GRANT INSERT ({columns}) ON journal_entry TO {role}")
    rls.protect("receipt")
    rls.allow("receipt", rls.APP, "SELECT", rls.OWN)
    rls.allow("receipt", rls.APP, "INSERT", rls.OWN)
    rls.personal("subject_key")
    op.execute("GRANT UPDATE (version, wrapped) ON subject_key TO tongjiao_keys")
    op.execute("GRANT SELECT ON subject_key TO tongjiao_keys")
    op.execute("CREATE POLICY keys_read ON subject_key FOR SELECT TO tongjiao_keys USING (true)")
    op.execute("CREATE POLICY keys_rewrap ON subject_key FOR UPDATE TO tongjiao_keys USING (true)")
    # Erasure of a person: the key goes, and with it all that it sealed.
    op.execute("GRANT SELECT (bureau, id), DELETE ON subject_key TO tongjiao_retention")
    for command in ("SELECT", "DELETE"):
        op.execute(
            f"CREATE POLICY retention_{command.lower()} ON subject_key FOR {command}"
            f" TO tongjiao_retention USING ({rls.BUREAU})"
        )


def downgrade() -> None:
    op.execute("DROP TABLE subject_key, receipt, journal_entry")
    op.execute("DROP FUNCTION refuse_change()")
    rls.drop_context_functions()
