"""Forms that come by counter, paper and the provincial platform: each received item with its time, and the origin of
every application."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0033"
down_revision = "0035"

HERE = f"({rls.BUREAU} AND schools && (SELECT ctx_organisations())) OR ({rls.duty('casework')})"
# The clerk's clock and the clerk's word count for nothing: an item is received when the database says so, and only
# the platform, which received it earlier, says when.
RECEIVED_NOW = """
CREATE FUNCTION received_when_it_was() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.received_at, NEW.origin, NEW.number, NEW.office, NEW.round, NEW.registered_by)
            IS DISTINCT FROM (OLD.received_at, OLD.origin, OLD.number, OLD.office, OLD.round, OLD.registered_by) THEN
            RAISE EXCEPTION 'what was received stays as it was received' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.origin <> 'platform' THEN
        NEW.received_at := transaction_timestamp();
    ELSIF NEW.received_at > transaction_timestamp() THEN
        RAISE EXCEPTION 'nothing is received in the future' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.add_column("application", sa.Column("origin", sa.Text(), server_default="portal", nullable=False))
    op.add_column("application", sa.Column("origin_number", sa.Text(), nullable=True))
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE application ADD CONSTRAINT origin_known"
        " CHECK (origin IN ('portal', 'platform', 'counter', 'paper'))"
    )
    _create_items()
    op.create_index("items_of_a_round", "incoming_item", ["bureau", "round", "status"])
    rls.protect("incoming_item")
    rls.allow("incoming_item", rls.APP, "SELECT", rls.PERSONAL)
    rls.allow("incoming_item", rls.APP, "INSERT", HERE)
    rls.allow("incoming_item", rls.APP, "UPDATE", HERE)
    op.execute(RECEIVED_NOW)
    op.execute(
        "CREATE TRIGGER received_when_it_was BEFORE INSERT OR UPDATE ON incoming_item"
        " FOR EACH ROW EXECUTE FUNCTION received_when_it_was()"
    )


def _create_items() -> None:
    op.create_table(
        "incoming_item",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_for", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("differences", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("application", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("form_digest", sa.Text(), nullable=True),
        *_checks(),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "office"], ["organisation.bureau", "organisation.id"], name="office_belongs_to_organisation"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "office", "origin", "number", name="item_received_once"),
    )


def _checks() -> list[sa.CheckConstraint]:
    rules = {
        "status_known": "status IN ('registered', 'entered', 'returned', 'checked', 'settled')",
        "origin_known": "origin IN ('platform', 'counter', 'paper')",
        "settled_for_known": "settled_for IN ('duplicate', 'superseded', 'taken_back', 'too_late', 'no_application')",
        "paper_has_pages": "(origin = 'platform') = (pages IS NULL)",
        "pages_plausible": "pages BETWEEN 1 AND 500",
        "checked_by_another": "checked_by <> entered_by",
        "settled_by_another": "settled_by <> registered_by",
        "checked_is_submitted": "status <> 'checked' OR application IS NOT NULL",
        "paper_is_checked": "origin <> 'paper' OR status <> 'checked' OR checked_by IS NOT NULL",
        "settled_says_why": "(status = 'settled') = (settled_for IS NOT NULL)",
    }
    return [sa.CheckConstraint(rule, name=name) for name, rule in rules.items()]


def downgrade() -> None:
    op.drop_table("incoming_item")
    op.execute("DROP FUNCTION received_when_it_was()")
    op.drop_column("application", "origin_number")
    op.drop_column("application", "origin")
