"""Queues of work, and cases in officers' hands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0032"
down_revision = "0026"

STATUSES = "'claimed', 'checking', 'confirmed', 'refused'"
STATUSES_BEFORE = "'claimed', 'confirmed', 'refused'"
READERS = rls.duty("casework", "approval", "auditor")
# What `casework` publishes for the features below and above it.
CASES_HELD = """
CREATE FUNCTION cases_held(of_bureau text, of_applications uuid[], of_work text)
RETURNS TABLE (application uuid, officer uuid, until timestamptz) LANGUAGE sql STABLE AS $$
    SELECT h.application, h.officer, h.until FROM case_hold h
    WHERE h.bureau = of_bureau AND h.application = ANY (of_applications) AND h.work = of_work
        AND h.status = 'held' AND h.until > now()
    ORDER BY h.application
$$
"""
# `subject` tells two works of one kind on a case apart. Of evidence what another office answers for is left out.
QUEUE = """
CREATE VIEW casework_queue WITH (security_invoker = true) AS
    SELECT w.*, c.town FROM (
        SELECT a.bureau, a.round, a.id AS application, 'evidence' AS work, a.id AS subject, a.submitted_at AS since,
               a.guardians, a.residence_community, r.demonstration
        FROM application a
        JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
        WHERE a.status = 'submitted' AND a.outcome NOT IN ('not_eligible', 'deferred')
            AND r.status IN ('open', 'closed', 'ranked')
            AND EXISTS (
                SELECT FROM evidence e
                WHERE e.bureau = a.bureau AND e.application = a.id AND e.status IN ('claimed', 'checking')
                    AND NOT EXISTS (
                        SELECT FROM referral f WHERE f.bureau = e.bureau AND f.application = e.application
                            AND f.kind = e.kind AND f.status <> 'withdrawn'
                    )
            )
        UNION ALL
        SELECT a.bureau, a.round, a.id, 'contradiction', a.id, a.submitted_at, a.guardians, a.residence_community,
               r.demonstration
        FROM application a
        JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
        JOIN child k ON k.bureau = a.bureau AND k.id = a.child AND k.number_kind = 'claimed'
        WHERE a.status = 'submitted' AND a.outcome NOT IN ('not_eligible', 'deferred')
            AND r.status IN ('open', 'closed', 'ranked')
        UNION ALL
        SELECT a.bureau, a.round, a.id, 'refusal', a.id, d.decided_at, a.guardians, a.residence_community,
               r.demonstration
        FROM application a
        JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
        CROSS JOIN LATERAL (
            SELECT n.decided_at FROM decision n WHERE n.bureau = a.bureau AND n.application = a.id
            ORDER BY n.number DESC LIMIT 1
        ) d
        WHERE a.status = 'submitted' AND a.outcome = 'refusal_proposed' AND r.status IN ('open', 'closed', 'ranked')
        UNION ALL
        SELECT o.bureau, o.round, o.application, 'objection', o.id, o.filed_at, o.guardians, a.residence_community,
               r.demonstration
        FROM objection o
        JOIN application a ON a.bureau = o.bureau AND a.id = o.application
        JOIN admission_round r ON r.bureau = o.bureau AND r.id = o.round
        WHERE o.status = 'filed'
    ) w
    JOIN community c ON c.bureau = w.bureau AND c.id = w.residence_community
"""


def upgrade() -> None:
    _release("evidence", "status_known")
    _hold("evidence", "status_known", f"status IN ({STATUSES})")
    _case_hold()
    op.execute(CASES_HELD)
    op.execute(QUEUE)
    op.execute(f"GRANT SELECT ON casework_queue TO {rls.APP}")


def _release(table: str, name: str) -> None:
    """Another one takes its place in this very transaction."""
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")


def _hold(table: str, name: str, rule: str) -> None:
    """Rows of some ten thousands a year in a county are scanned in less than a second."""
    op.execute(
        f"-- squawk-ignore constraint-missing-not-valid\nALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})"
    )


def _moment(name: str, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), server_default=default, nullable=nullable)


def _belongs(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["bureau", column], [f"{table}.bureau", f"{table}.id"], name=f"{column}_belongs_to_{table}"
    )


def _case_hold() -> None:
    op.create_table(
        "case_hold",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("officer", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        _moment("taken_at", now=True),
        _moment("until"),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint(
            "work IN ('evidence', 'contradiction', 'refusal', 'objection', 'correction')", name="work_known"
        ),
        sa.CheckConstraint("status IN ('held', 'given_back', 'handed_over', 'lapsed')", name="status_known"),
        sa.CheckConstraint("(status = 'held') = (ended_at IS NULL)", name="ended_when_it_ended"),
        _belongs("application", "application"),
        _belongs("person", "officer"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index(
        "one_officer_per_case",
        "case_hold",
        ["bureau", "application", "work"],
        unique=True,
        postgresql_where=sa.text("status = 'held'"),
    )
    rls.protect("case_hold")
    rls.allow("case_hold", rls.APP, "SELECT", READERS)
    rls.allow("case_hold", rls.APP, "INSERT", rls.duty("casework"))
    rls.allow("case_hold", rls.APP, "UPDATE", rls.duty("casework"))
    op.execute(f"REVOKE UPDATE ON case_hold FROM {rls.APP}")
    op.execute(f"GRANT UPDATE (status, ended_at) ON case_hold TO {rls.APP}")


def downgrade() -> None:
    op.execute("DROP VIEW casework_queue")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION cases_held(text, uuid[], text)")
    op.drop_table("case_hold")
    op.execute("UPDATE evidence SET status = 'claimed' WHERE status = 'checking'")
    _release("evidence", "status_known")
    _hold("evidence", "status_known", f"status IN ({STATUSES_BEFORE})")
