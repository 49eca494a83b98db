"""Places given by exception, beside a result."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

# An offer on no seat of a run asks for the record of its exception, and that two persons have admitted this very child
# to this programme by the act that the record names.
ADMITTED_BY_TWO = """
CREATE FUNCTION admitted_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM offer_exception e JOIN two_person_act a ON a.bureau = e.bureau AND a.id = e.act
        WHERE e.bureau = NEW.bureau AND e.id = NEW.id AND e.round = NEW.round AND e.application = NEW.application
            AND a.kind = 'admit_by_exception' AND a.status = 'approved' AND a.object = 'application:' || NEW.application
            AND a.payload ->> 'round' = NEW.round::text AND a.payload ->> 'programme' = NEW.programme
    ) THEN
        RAISE EXCEPTION 'a place is given by exception by two persons' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "offer_exception",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("act", sa.Uuid(), nullable=False),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("admitted_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "act"], ["two_person_act.bureau", "two_person_act.id"], name="act_belongs_to_two_person_act"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "id"],
            ["offer.bureau", "offer.id"],
            name="id_belongs_to_offer",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "application", name="one_exception_per_child_and_round"),
    )
    # Written once by the second person, and never changed.
    rls.protect("offer_exception")
    rls.allow("offer_exception", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("offer_exception", rls.APP, "INSERT", rls.duty("approval"))
    op.execute(ADMITTED_BY_TWO)
    op.execute(
        "CREATE TRIGGER admitted_by_two BEFORE INSERT ON offer FOR EACH ROW"
        " WHEN (NEW.seat = 'exception') EXECUTE FUNCTION admitted_by_two()"
    )
    # The seal of simulations (revision 0011).
    op.execute(
        "CREATE TRIGGER not_by_simulation BEFORE INSERT OR UPDATE OR DELETE ON offer_exception FOR EACH STATEMENT"
        " WHEN (current_setting('app.simulation', true) = 'on') EXECUTE FUNCTION not_by_simulation()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER not_by_simulation ON offer_exception")
    op.execute("DROP TRIGGER admitted_by_two ON offer")
    op.execute("DROP FUNCTION admitted_by_two()")
    op.drop_table("offer_exception")
