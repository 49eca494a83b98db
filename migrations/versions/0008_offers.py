"""Offers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

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
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lapsed", sa.Boolean(), nullable=False),
        sa.Column("destination", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawal_act", sa.Uuid(), nullable=True),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reported_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("band IN ('catchment', 'consortium', 'within_limit', 'beyond_limit')", name="band_known"),
        sa.CheckConstraint("status <> 'declined' OR destination IS NOT NULL OR lapsed", name="declined_says_where"),
        sa.CheckConstraint(
            "status IN ('proposed', 'open', 'accepted', 'waiting', 'declined', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ', 'withdrawn', 'superseded', 'void')",
            name="status_known",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "programme"], ["programme.bureau", "programme.id"], name="programme_belongs_to_programme"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "run"], ["allocation_run.bureau", "allocation_run.id"], name="run_belongs_to_allocation_run"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "withdrawal_act"],
            ["two_person_act.bureau", "two_person_act.id"],
            name="withdrawal_act_belongs_to_two_person_act",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
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
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.ForeignKeyConstraint(["bureau", "offer"], ["offer.bureau", "offer.id"], name="offer_belongs_to_offer"),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "offer", name="one_pupil_per_offer"),
    )
    op.create_index("offers_of_a_guardian", "offer", ["guardians"], postgresql_using="gin")
    rls.personal("offer")
    rls.personal("pupil")


def downgrade() -> None:
    op.drop_table("pupil")
    op.drop_index(
        "one_seat_per_child_and_round",
        table_name="offer",
        postgresql_where=sa.text(
            "status IN ('proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')"
        ),
    )
    op.drop_index("offers_of_a_school", table_name="offer")
    op.drop_table("offer")
