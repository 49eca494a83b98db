"""Offices and towns beside schools, and what is referred to them; who attends which school; deferrals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0022"
down_revision = "0021"

OFFICES = "'veterans_affairs', 'armed_forces', 'fire_rescue', 'public_security', 'human_resources', 'overseas_chinese'"
DUTIES = "'registrar', 'rules', 'casework', 'allocation', 'approval', 'auditor'"
# The organisation and the bureau; a family takes back what it claims, and answers nothing.
CONCERNED = (
    f"{rls.BUREAU} AND (schools && (SELECT ctx_organisations()) OR bureau = ANY ((SELECT ctx_organisations())::text[]))"
)
TAKEN_BACK = f"{rls.BUREAU} AND (SELECT ctx_person()) = ANY (guardians) AND status = 'withdrawn'"

# What `offers` publishes for the features below it: who attends which school, as far as the reader may see it.
PUPILS_KNOWN = """
CREATE FUNCTION pupils_known(of_bureau text, of_children uuid[])
RETURNS TABLE (child uuid, school text, stage text, year integer, grade integer) LANGUAGE sql STABLE AS $$
    SELECT p.child, p.school, o.stage, o.year, g.grade
    FROM pupil p
    JOIN offer o ON o.bureau = p.bureau AND o.id = p.offer
    JOIN programme g ON g.bureau = o.bureau AND g.id = o.programme
    WHERE p.bureau = of_bureau AND p.child = ANY (of_children)
    ORDER BY p.child, p.id
$$
"""

OUTCOMES = "'pending', 'eligible', 'undetermined', 'refusal_proposed', 'not_eligible'"
# Whether the child has come back: an application in a round of its stage after the year put off.
DEFERRAL_STANDING = """
CREATE VIEW deferral_standing WITH (security_invoker = true) AS
    SELECT d.bureau, d.id AS deferral, d.child, d.application, d.organisation, d.year, d.status, d.due_on,
           EXISTS (
               SELECT FROM application a
               JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
               JOIN application b ON b.bureau = d.bureau AND b.id = d.application
               JOIN admission_round f ON f.bureau = b.bureau AND f.id = b.round
               WHERE a.bureau = d.bureau AND a.child = d.child AND a.status = 'submitted' AND r.stage = f.stage
                   AND r.year > d.year
           ) AS returned
    FROM deferral d
"""


def upgrade() -> None:
    _organisations("'bureau', 'school', 'office', 'town'")
    _roles(f"'school_office', 'verifier', 'town', {DUTIES}", "role IN ('school_office', 'verifier', 'town')")
    op.add_column("organisation", sa.Column("office", sa.Text(), nullable=True))
    _hold("organisation", "office_known", f"office IN ({OFFICES})")
    _hold("organisation", "office_is_of_a_kind", "(kind = 'office') = (office IS NOT NULL)")
    _referral()
    op.execute(PUPILS_KNOWN)
    for table in ("application", "decision"):
        _release(table, "outcome_known")
        _hold(table, "outcome_known", f"outcome IN ({OUTCOMES}, 'deferred')")
    _deferral()


def _organisations(kinds: str) -> None:
    _release("organisation", "kind_known")
    _hold("organisation", "kind_known", f"kind IN ({kinds})")


def _roles(roles: str, elsewhere: str) -> None:
    _release("role_grant", "role_known")
    _hold("role_grant", "role_known", f"role IN ({roles})")
    _release("role_grant", "role_fits_organisation")
    _hold("role_grant", "role_fits_organisation", f"({elsewhere}) = (organisation <> bureau)")


def _release(table: str, name: str) -> None:
    """Another one takes its place in this very transaction."""
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")


def _hold(table: str, name: str, rule: str) -> None:
    """Rows of some ten thousands a year in a county are scanned in less than a second."""
    op.execute(
        f"-- squawk-ignore constraint-missing-not-valid\nALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})"
    )


def _referral() -> None:
    op.create_table(
        "referral",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'confirmed', 'refused', 'withdrawn')", name="status_known"),
        sa.CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refused_says_why"),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "organisation"],
            ["organisation.bureau", "organisation.id"],
            name="organisation_belongs_to_organisation",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index(
        "one_live_referral",
        "referral",
        ["bureau", "application", "kind"],
        unique=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.create_index(
        "referrals_of_an_organisation", "referral", ["bureau", "organisation", "status", "due_on"], unique=False
    )
    rls.protect("referral")
    rls.allow("referral", rls.APP, "SELECT", rls.PERSONAL)
    rls.allow("referral", rls.APP, "INSERT", f"{rls.GUARDIAN_OR_STAFF} AND status = 'waiting'")
    rls.allow("referral", rls.APP, "UPDATE", rls.PERSONAL, f"({CONCERNED}) OR ({TAKEN_BACK})")
    op.execute(f"REVOKE UPDATE ON referral FROM {rls.APP}")
    op.execute(f"GRANT UPDATE (status, reason, answered_by, answered_at) ON referral TO {rls.APP}")


def _deferral() -> None:
    op.create_table(
        "deferral",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('requested', 'approved', 'refused', 'withdrawn')", name="status_known"),
        sa.CheckConstraint("status <> 'refused' OR reason IS NOT NULL", name="refused_says_why"),
        sa.CheckConstraint("status IN ('requested', 'withdrawn') OR decided_by IS NOT NULL", name="somebody_decided"),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.ForeignKeyConstraint(
            ["bureau", "organisation"],
            ["organisation.bureau", "organisation.id"],
            name="organisation_belongs_to_organisation",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index(
        "one_deferral_per_child_and_year",
        "deferral",
        ["bureau", "child", "year"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'approved')"),
    )
    op.create_index("deferrals_of_a_year", "deferral", ["bureau", "year", "status", "due_on"], unique=False)
    rls.protect("deferral")
    rls.allow("deferral", rls.APP, "SELECT", rls.PERSONAL)
    rls.allow("deferral", rls.APP, "INSERT", f"{rls.GUARDIAN_OR_STAFF} AND status = 'requested'")
    rls.allow("deferral", rls.APP, "UPDATE", rls.PERSONAL, f"({CONCERNED}) OR ({TAKEN_BACK})")
    op.execute(f"REVOKE UPDATE ON deferral FROM {rls.APP}")
    op.execute(f"GRANT UPDATE (status, reason, decided_by, decided_at) ON deferral TO {rls.APP}")
    op.execute(DEFERRAL_STANDING)
    op.execute("GRANT SELECT ON deferral_standing TO tongjiao_app")


def downgrade() -> None:
    op.execute("DROP VIEW deferral_standing")
    op.drop_table("deferral")
    for table in ("application", "decision"):
        _release(table, "outcome_known")
        _hold(table, "outcome_known", f"outcome IN ({OUTCOMES})")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION pupils_known(text, uuid[])")
    op.drop_table("referral")
    op.drop_constraint("office_is_of_a_kind", "organisation")
    op.drop_column("organisation", "office")
    _roles(f"'school_office', {DUTIES}", "role = 'school_office'")
    _organisations("'bureau', 'school'")
