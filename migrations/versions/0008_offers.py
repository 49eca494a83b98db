"""Offers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

# The CHECK asks for an act; this asks that two persons have withdrawn this very offer by it.
WITHDRAWN_BY_TWO = """
CREATE FUNCTION withdrawn_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM two_person_act a WHERE a.bureau = NEW.bureau AND a.id = NEW.withdrawal_act
            AND a.kind = 'withdraw_offer' AND a.status = 'approved' AND a.object = 'offer:' || NEW.id
    ) THEN
        RAISE EXCEPTION 'a place is withdrawn by two persons' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
# What may change of an offer once it is made: never whose it is, where, or at which rank.
CHANGES = (
    "status, schools, settled_in, lapsed, destination, withdrawal_act, withdrawal_reason, answered_at, reported_at"
)
AT_THE_SCHOOL = (
    f"{rls.BUREAU} AND (schools && (SELECT ctx_organisations()) OR bureau = ANY ((SELECT ctx_organisations())::text[]))"
)

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("settled_in", sa.Integer(), nullable=True),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.Column("destination", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawal_act", sa.Uuid(), nullable=True),
        sa.Column("withdrawal_reason", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reported_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("band IN ('catchment', 'consortium', 'within_limit', 'beyond_limit')", name="band_known"),
        sa.CheckConstraint("status <> 'declined' OR destination IS NOT NULL OR lapsed", name="declined_says_where"),
        sa.CheckConstraint(
            "status IN ('proposed', 'open', 'accepted', 'waiting', 'declined', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ', 'withdrawn', 'superseded', 'void')",
            name="status_known",
        ),
        sa.CheckConstraint(
            "status <> 'withdrawn' OR (withdrawal_act IS NOT NULL AND withdrawal_reason IS NOT NULL)",
            name="withdrawn_says_why",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.ForeignKeyConstraint(
            ["bureau", "programme"], ["programme.bureau", "programme.id"], name="programme_belongs_to_programme"
        ),
        sa.ForeignKeyConstraint(["bureau", "replaces"], ["offer.bureau", "offer.id"], name="replaces_belongs_to_offer"),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "run"], ["allocation_run.bureau", "allocation_run.id"], name="run_belongs_to_allocation_run"
        ),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.ForeignKeyConstraint(
            ["bureau", "withdrawal_act"],
            ["two_person_act.bureau", "two_person_act.id"],
            name="withdrawal_act_belongs_to_two_person_act",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "id", "child", "school", name="offer_of_a_child_at_a_school"),
    )
    op.create_index("offers_of_a_school", "offer", ["bureau", "round", "school", "status"], unique=False)
    op.create_index(
        "one_seat_per_child_and_round",
        "offer",
        ["bureau", "round", "application"],
        unique=True,
        postgresql_where=sa.text(
            "status IN ('proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')"
        ),
    )
    op.create_table(
        "pupil",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("offer", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "offer", "child", "school"],
            ["offer.bureau", "offer.id", "offer.child", "offer.school"],
            name="pupil_was_offered_this_school",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "offer", name="one_pupil_per_offer"),
    )
    op.create_index("offers_of_a_guardian", "offer", ["guardians"], postgresql_using="gin")
    rls.protect("offer")
    rls.allow("offer", rls.APP, "SELECT", rls.PERSONAL)
    rls.allow("offer", rls.APP, "INSERT", rls.duty("allocation", "approval"))
    rls.allow("offer", rls.APP, "UPDATE", rls.PERSONAL)
    op.execute(f"REVOKE UPDATE ON offer FROM {rls.APP}")
    op.execute(f"GRANT UPDATE ({CHANGES}) ON offer TO {rls.APP}")
    op.execute(WITHDRAWN_BY_TWO)
    op.execute(
        "CREATE TRIGGER withdrawn_by_two BEFORE INSERT OR UPDATE ON offer FOR EACH ROW"
        " WHEN (NEW.status = 'withdrawn') EXECUTE FUNCTION withdrawn_by_two()"
    )
    rls.protect("pupil")
    rls.allow("pupil", rls.APP, "SELECT", rls.PERSONAL)
    rls.allow("pupil", rls.APP, "INSERT", AT_THE_SCHOOL)


def downgrade() -> None:
    op.drop_table("pupil")
    op.drop_table("offer")
    op.execute("DROP FUNCTION withdrawn_by_two()")
