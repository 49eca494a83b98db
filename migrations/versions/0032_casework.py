"""Queues of work, and cases in officers' hands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0032"
down_revision = "0030"

STATUSES = "'claimed', 'checking', 'confirmed', 'refused'"
STATUSES_BEFORE = "'claimed', 'confirmed', 'refused'"
READERS = rls.duty("casework", "approval", "auditor")
# What a school has seen the bureau writes nowhere in its place.
OF_THE_SCHOOL = f"{rls.BUREAU} AND schools && (SELECT ctx_organisations())"
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
# What `rounds` publishes for the features below it.
DEMONSTRATION_ROUND = """
CREATE FUNCTION demonstration_round(of_bureau text, of_round uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT r.demonstration FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round
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
        UNION ALL
        SELECT s.bureau, a.round, s.application, 'contradiction', s.id, s.recorded_at, s.guardians,
               a.residence_community, r.demonstration
        FROM site_check s
        JOIN application a ON a.bureau = s.bureau AND a.id = s.application
        JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
        WHERE s.status = 'recorded' AND a.status = 'submitted' AND a.outcome NOT IN ('not_eligible', 'deferred')
            AND r.status IN ('open', 'closed', 'ranked')
            AND EXISTS (
                SELECT FROM evidence e
                WHERE e.bureau = s.bureau AND e.application = s.application AND s.originals ->> e.kind = 'differs'
                    AND (e.status IN ('claimed', 'checking') OR e.checked_at < s.recorded_at)
            )
        UNION ALL
        SELECT g.bureau, a.round, g.application, 'contradiction', g.id, g.answered_at, g.guardians,
               a.residence_community, r.demonstration
        FROM register_check g
        JOIN application a ON a.bureau = g.bureau AND a.id = g.application
        JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
        WHERE g.status = 'contradicted' AND a.status = 'submitted' AND a.outcome NOT IN ('not_eligible', 'deferred')
            AND r.status IN ('open', 'closed', 'ranked')
        UNION ALL
        SELECT x.bureau, a.round, x.application, 'correction', x.id, x.requested_at, x.guardians,
               a.residence_community, r.demonstration
        FROM correction x
        JOIN application a ON a.bureau = x.bureau AND a.id = x.application
        JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
        WHERE x.status = 'requested' AND r.status IN ('open', 'closed', 'ranked')
    ) w
    JOIN community c ON c.bureau = w.bureau AND c.id = w.residence_community
"""


def upgrade() -> None:
    _release("evidence", "status_known")
    _hold("evidence", "status_known", f"status IN ({STATUSES})")
    _case_hold()
    _site_check()
    op.add_column("decision", sa.Column("letter", sa.LargeBinary(), nullable=True))
    op.add_column("decision", sa.Column("letter_digest", sa.Text(), nullable=True))
    _hold("decision", "letter_has_digest", "(letter IS NULL) = (letter_digest IS NULL)")
    _papers_request()
    _correction()
    op.execute(CASES_HELD)
    op.execute(DEMONSTRATION_ROUND)
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


def _site_check() -> None:
    op.create_table(
        "site_check",
        *_personal(),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        _moment("due"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        _moment("asked_at"),
        sa.Column("originals", postgresql.JSONB(), nullable=True),
        sa.Column("finding", sa.LargeBinary(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        _moment("recorded_at", nullable=True),
        sa.CheckConstraint("task IN ('originals', 'visit')", name="task_known"),
        sa.CheckConstraint("status IN ('asked', 'recorded')", name="status_known"),
        sa.CheckConstraint("(task = 'originals') = (cardinality(kinds) > 0)", name="originals_are_named"),
        sa.CheckConstraint(
            "status = 'asked' OR originals IS NOT NULL AND done_on IS NOT NULL AND recorded_by IS NOT NULL",
            name="recorded_is_whole",
        ),
        _belongs("application", "application"),
        _belongs("organisation", "school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index(
        "one_open_site_check",
        "site_check",
        ["bureau", "application", "school", "task"],
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
    )
    op.create_index("site_checks_of_a_school", "site_check", ["bureau", "school", "status"], unique=False)
    rls.protect("site_check")
    rls.allow("site_check", rls.APP, "SELECT", rls.PERSONAL)
    rls.allow("site_check", rls.APP, "INSERT", f"{rls.duty('casework')} AND status = 'asked'")
    rls.allow("site_check", rls.APP, "UPDATE", OF_THE_SCHOOL)
    op.execute(f"REVOKE UPDATE ON site_check FROM {rls.APP}")
    columns = "status, originals, finding, done_on, recorded_by, recorded_at"
    op.execute(f"GRANT UPDATE ({columns}) ON site_check TO {rls.APP}")


def _papers_request() -> None:
    op.create_table(
        "papers_request",
        *_personal(),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Uuid(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        _moment("asked_at", now=True),
        sa.CheckConstraint("days BETWEEN 1 AND 60", name="days_plausible"),
        _belongs("application", "application"),
        _belongs("decision", "decision"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index("papers_of_an_application", "papers_request", ["bureau", "application"], unique=False)
    rls.protect("papers_request")
    rls.allow("papers_request", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("papers_request", rls.APP, "INSERT", rls.duty("casework"))


def _correction() -> None:
    op.create_table(
        "correction",
        *_personal(),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        _moment("requested_at", now=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        _moment("decided_at", nullable=True),
        sa.CheckConstraint("status IN ('requested', 'accepted', 'refused')", name="status_known"),
        sa.CheckConstraint(
            "(status = 'requested') = (answer IS NULL) AND (status = 'requested') = (decided_by IS NULL)",
            name="decided_with_answer",
        ),
        _belongs("application", "application"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index(
        "one_open_correction",
        "correction",
        ["bureau", "application"],
        unique=True,
        postgresql_where=sa.text("status = 'requested'"),
    )
    rls.protect("correction")
    rls.allow("correction", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("correction", rls.APP, "INSERT", f"{rls.GUARDIAN_OR_STAFF} AND status = 'requested'")
    rls.allow("correction", rls.APP, "UPDATE", rls.duty("casework"))
    op.execute(f"REVOKE UPDATE ON correction FROM {rls.APP}")
    op.execute(f"GRANT UPDATE (status, answer, decided_by, decided_at) ON correction TO {rls.APP}")


def _personal() -> list[sa.Column[object]]:
    return [
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
    ]


def downgrade() -> None:
    op.execute("DROP VIEW casework_queue")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION cases_held(text, uuid[], text)")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION demonstration_round(text, uuid)")
    op.drop_table("correction")
    op.drop_table("papers_request")
    _release("decision", "letter_has_digest")
    op.drop_column("decision", "letter_digest")
    op.drop_column("decision", "letter")
    op.drop_table("site_check")
    op.drop_table("case_hold")
    op.execute("UPDATE evidence SET status = 'claimed' WHERE status = 'checking'")
    _release("evidence", "status_known")
    _hold("evidence", "status_known", f"status IN ({STATUSES_BEFORE})")
