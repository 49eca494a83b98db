"""Jobs."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

QUEUE_SQL = Path(__file__).parents[1].joinpath("queue.sql").read_text(encoding="utf-8")


# An allocation is seen by the allocation officers and the approver alone, that it runs included (decision 13).
WITHOUT_HINT = f"(kind <> 'allocate' OR ({rls.duty('allocation', 'approval')}))"

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("attempt_limit", sa.Integer(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint("attempt BETWEEN 0 AND attempt_limit", name="attempts_within_limit"),
        sa.CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failed_with_reason"),
        sa.CheckConstraint("(status IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="ended_with_time"),
        sa.CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name="status_known"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    for statement in QUEUE_SQL.split("--;;")[1:]:
        op.execute(sa.text(statement.replace(":", "\\:")))
    rls.protect("job")
    rls.allow("job", rls.APP, "SELECT", f"({rls.STAFF} OR {rls.OWN}) AND {WITHOUT_HINT}")
    rls.allow("job", rls.APP, "INSERT", f"{rls.OWN} AND {WITHOUT_HINT}")
    rls.allow("job", rls.APP, "UPDATE", rls.duty("allocation"))
    for command in ("SELECT", "INSERT", "UPDATE"):
        rls.allow("job", rls.WORKER, command, rls.BUREAU)
    op.execute("GRANT USAGE ON SCHEMA queue TO tongjiao_app, tongjiao_worker")
    # The application puts entries in and reads back no more than the statement returns: no bureau's entries.
    op.execute("GRANT INSERT ON queue.pgqueuer, queue.pgqueuer_log TO tongjiao_app")
    op.execute("GRANT SELECT (id, entrypoint, priority, dedupe_key) ON queue.pgqueuer TO tongjiao_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA queue TO tongjiao_worker")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue TO tongjiao_app, tongjiao_worker")


def downgrade() -> None:
    op.execute("DROP SCHEMA queue CASCADE")
    op.drop_table("job")
