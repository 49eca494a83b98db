"""Simulations, which can write nowhere else."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0011"
down_revision = "0010"

# A transaction of a simulation says so (`app.simulation`), and then nothing of a round can be written in it, nor of
# applications and seats, from which the next bundle is made: whatever the program does wrong. A later table of rounds
# or offers is sealed where it is made.
SEALED = (
    "admission_round",
    "round_key",
    "round_document",
    "points_list",
    "listed_applicant",
    "bundle",
    "bundle_file",
    "bundle_applicant",
    "allocation_run",
    "run_file",
    "explanation",
    "objection",
    "offer",
    "pupil",
    "application",
    "decision",
    "preference",
    "programme",
    "seat_settlement",
    "two_person_act",
)
NOT_BY_SIMULATION = """
CREATE FUNCTION not_by_simulation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a simulation writes nothing but its own tables' USING ERRCODE = 'insufficient_privilege';
END $$
"""
INSIDERS = rls.duty("allocation", "approval")
# Where no lottery decides, what a simulation finds is the result: it is shown no sooner than that (decision 13).
READERS = (
    f"{rls.STAFF} AND (({INSIDERS}) OR EXISTS (SELECT FROM bundle b"
    " WHERE b.bureau = simulation.bureau AND b.id = simulation.bundle AND b.published))"
)
VIEWS = {
    "bundle_standing": "SELECT b.bureau, b.round, b.id AS bundle, b.number, b.root FROM bundle b"
    " WHERE b.status <> 'void'",
    "programme_standing": "SELECT p.bureau, p.round, p.id AS programme, p.school FROM programme p",
}


def upgrade() -> None:
    op.create_table(
        "simulation",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("bundle", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("draws", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("draws BETWEEN 1 AND 100000", name="draws_within_limit"),
        sa.CheckConstraint("btrim(reason) <> ''", name="reason_given"),
        sa.ForeignKeyConstraint(["bureau", "bundle"], ["bundle.bureau", "bundle.id"], name="bundle_belongs_to_bundle"),
        sa.ForeignKeyConstraint(["bureau", "job"], ["job.bureau", "job.id"], name="job_belongs_to_job"),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "simulation_chances",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("simulation", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "simulation"], ["simulation.bureau", "simulation.id"], name="simulation_belongs_to_simulation"
        ),
        sa.PrimaryKeyConstraint("bureau", "simulation"),
    )
    rls.protect("simulation")
    rls.allow("simulation", rls.APP, "SELECT", READERS)
    rls.allow("simulation", rls.APP, "INSERT", rls.duty("allocation"))
    rls.allow("simulation", rls.WORKER, "SELECT", rls.BUREAU)
    rls.allow("simulation", rls.WORKER, "UPDATE", rls.BUREAU)
    op.execute(f"REVOKE UPDATE ON simulation FROM {rls.WORKER}")
    op.execute(f"GRANT UPDATE (found) ON simulation TO {rls.WORKER}")
    rls.protect("simulation_chances")
    rls.allow("simulation_chances", rls.APP, "SELECT", INSIDERS)
    rls.allow("simulation_chances", rls.WORKER, "INSERT", rls.BUREAU)
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} WITH (security_invoker = true) AS {query}")
        op.execute(f"GRANT SELECT ON {name} TO {rls.APP}, {rls.WORKER}")
    op.execute(NOT_BY_SIMULATION)
    for table in SEALED:
        op.execute(
            f"CREATE TRIGGER not_by_simulation BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT"
            " WHEN (current_setting('app.simulation', true) = 'on') EXECUTE FUNCTION not_by_simulation()"
        )


def downgrade() -> None:
    for table in SEALED:
        op.execute(f"DROP TRIGGER not_by_simulation ON {table}")
    op.execute("DROP FUNCTION not_by_simulation()")
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
    op.drop_table("simulation_chances")
    op.drop_table("simulation")
