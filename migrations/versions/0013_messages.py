"""Messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0013"
down_revision = "0012"

OWN_KEY = f"{rls.BUREAU} AND id = (SELECT ctx_person())"
# Who tells somebody: the bureau's staff, or an act's own author, of whom it speaks.
TELLS = f"({rls.STAFF}) OR ({rls.OWN})"
MESSAGE_IS_NEW = "bureau, id, guardians, schools, person, kind, object, status, parameters"


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("posted_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("delivered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('posted', 'sent', 'delivered', 'failed')", name="status_known"),
        sa.CheckConstraint("person = ANY (guardians)", name="person_may_know_of_it"),
        sa.CheckConstraint(
            "status NOT IN ('sent', 'delivered') OR (sent_at IS NOT NULL AND accepted IS NOT NULL)",
            name="sent_with_time",
        ),
        sa.CheckConstraint("(status = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_with_time"),
        sa.CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_with_reason"),
        sa.ForeignKeyConstraint(["bureau", "person"], ["person.bureau", "person.id"], name="person_belongs_to_person"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "kind", "object", "person", name="message_once"),
    )
    op.create_index("inbox_of_a_person", "message", ["bureau", "person", "id"])
    op.create_index("messages_about_an_object", "message", ["bureau", "object"])
    op.create_index(
        "messages_not_proven",
        "message",
        ["bureau", "id"],
        postgresql_where=sa.text("status <> 'delivered' AND read_at IS NULL"),
    )
    op.create_table(
        "message_words",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "id"], ["message.bureau", "message.id"], name="id_belongs_to_message"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "message_call",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("message", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("way IN ('phone', 'visit')", name="way_known"),
        sa.ForeignKeyConstraint(
            ["bureau", "message"], ["message.bureau", "message.id"], name="message_belongs_to_message"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "recorded_by"], ["person.bureau", "person.id"], name="recorded_by_belongs_to_person"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "message", name="one_call_per_message"),
    )
    op.create_table(
        "person_phone",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "id"], ["person.bureau", "person.id"], name="id_belongs_to_person"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    _protect_messages()
    _protect_words_and_calls()
    _protect_phones()


def _protect_messages() -> None:
    rls.protect("message")
    rls.allow("message", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("message", rls.APP, "INSERT", TELLS)
    for command in ("SELECT", "INSERT", "UPDATE"):
        rls.allow("message", rls.WORKER, command, rls.BUREAU)
    # Its person alone reads it, once, and now: no officer reads for a family, and nobody dates a reading.
    unread = f"{rls.OWN} AND read_at IS NULL"
    rls.allow("message", rls.APP, "UPDATE", unread, f"{rls.OWN} AND read_at = transaction_timestamp()")
    _only("message", rls.APP, "INSERT", MESSAGE_IS_NEW)
    _only("message", rls.APP, "UPDATE", "read_at")
    _only("message", rls.WORKER, "INSERT", MESSAGE_IS_NEW)
    _only("message", rls.WORKER, "UPDATE", "status, accepted, failure, sent_at, delivered_at")


def _protect_words_and_calls() -> None:
    # The bureau writes what it does not read.
    rls.protect("message_words")
    rls.allow("message_words", rls.APP, "SELECT", rls.OWN)
    rls.allow("message_words", rls.APP, "INSERT", TELLS)
    rls.protect("message_call")
    rls.allow("message_call", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    in_own_name = f"{rls.duty('casework')} AND recorded_by = (SELECT ctx_person())"
    rls.allow("message_call", rls.APP, "INSERT", in_own_name)
    _only("message_call", rls.APP, "INSERT", "bureau, id, guardians, schools, message, way, recorded_by")
    rls.allow("message_call", rls.WORKER, "SELECT", rls.BUREAU)


def _protect_phones() -> None:
    own = f"{OWN_KEY} AND guardians = ARRAY[(SELECT ctx_person())]"
    rls.protect("person_phone")
    rls.allow("person_phone", rls.APP, "SELECT", f"({own}) OR ({rls.duty('casework')})")
    rls.allow("person_phone", rls.APP, "INSERT", own)
    rls.allow("person_phone", rls.APP, "UPDATE", own)
    _only("person_phone", rls.APP, "UPDATE", "sealed, changed_at")
    # The worker opens one number at a time, in the context of the person whose it is.
    rls.allow("person_phone", rls.WORKER, "SELECT", OWN_KEY)
    rls.allow("subject_key", rls.WORKER, "SELECT", OWN_KEY)


def _only(table: str, role: str, command: str, columns: str) -> None:
    """These columns alone."""
    op.execute(f"REVOKE {command} ON {table} FROM {role}")
    op.execute(f"GRANT {command} ({columns}) ON {table} TO {role}")


def downgrade() -> None:
    op.execute(f"DROP POLICY {rls.WORKER}_select ON subject_key")
    op.execute(f"REVOKE SELECT ON subject_key FROM {rls.WORKER}")
    op.drop_table("person_phone")
    op.drop_table("message_call")
    op.drop_table("message_words")
    op.drop_table("message")
