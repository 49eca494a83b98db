"""Children whom registers expect, those invited to enter school, and attempts to reach who has not answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0035"
down_revision = "0032"

KEEPERS = ("registrar", "casework")
TOWN = f"{rls.BUREAU} AND town = ANY ((SELECT ctx_organisations())::text[])"
KEPT = f"({rls.duty(*KEEPERS)})"
STATUSES = "'open', 'moved_away', 'school_elsewhere', 'abroad', 'deceased', 'deferred', 'listed_twice'"
# Whom a register names as a guardian, by the number they signed in with; and whoever gives the letter's code, which the
# transaction has been told: the row alone, whose content lies under a key that neither holds.
OWN_NUMBER = "(SELECT p.lookup FROM person p WHERE p.bureau = (SELECT ctx_bureau()) AND p.id = (SELECT ctx_person()))"
GIVEN_CODE = "(SELECT decode(nullif(current_setting('app.invitation', true), ''), 'hex'))"
OF_GUARDIAN = f"{rls.BUREAU} AND (guardian_lookup = {OWN_NUMBER} OR code = {GIVEN_CODE})"
CONCERNED = f"({rls.BUREAU} AND schools && (SELECT ctx_organisations())) OR {KEPT}"
# Each invitation with the submitted applications of its child in the rounds for grade 1 of its year: the child stands
# under the same number, or the confirmation has named it.
STANDING = """
SELECT i.bureau, i.year, i.id AS invitation, i.expected, i.community, i.status,
       coalesce(f.applications, CAST('{}' AS uuid[])) AS applications,
       (SELECT count(*) FROM outreach_attempt t WHERE t.bureau = i.bureau AND t.invitation = i.id) AS attempts
FROM invitation i
CROSS JOIN LATERAL (
    SELECT array_agg(a.id) AS applications
    FROM (
        SELECT c.id FROM child c WHERE c.bureau = i.bureau AND c.lookup = i.lookup
        UNION SELECT i.child WHERE i.child IS NOT NULL
    ) c
    JOIN application a ON a.bureau = i.bureau AND a.child = c.id AND a.status = 'submitted'
    JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round AND r.stage = 'primary' AND r.year = i.year
        AND r.kind <> 'within_year'
) f
"""


def upgrade() -> None:
    _children()
    _pairs()
    _invitations()
    _attempts()
    op.execute(f"CREATE VIEW invitation_standing WITH (security_invoker = true) AS {STANDING}")
    op.execute(f"GRANT SELECT ON invitation_standing TO {rls.APP}")


def _belongs(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["bureau", column], [f"{table}.bureau", f"{table}.id"], name=f"{column}_belongs_to_{table}"
    )


def _children() -> None:
    op.create_table(
        "expected_child",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("likeness", sa.LargeBinary(), nullable=False),
        sa.Column("sources", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("same_as", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _belongs("town", "town"),
        _belongs("community", "community"),
        _belongs("same_as", "expected_child"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "lookup", name="expected_once"),
    )
    op.create_index("expected_by_likeness", "expected_child", ["bureau", "likeness"], unique=False)
    rls.protect("expected_child")
    rls.allow("expected_child", rls.APP, "SELECT", f"{KEPT} OR ({TOWN}) OR ({rls.duty('auditor')})")
    rls.allow("expected_child", rls.APP, "INSERT", rls.duty("registrar"))
    rls.allow("expected_child", rls.APP, "UPDATE", KEPT)


def _pairs() -> None:
    op.create_table(
        "like_pair",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Uuid(), nullable=False),
        sa.Column("second", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("verdict IN ('same', 'different')", name="verdict_known"),
        sa.CheckConstraint("(verdict IS NULL) = (settled_by IS NULL)", name="somebody_settled"),
        _belongs("first", "expected_child"),
        _belongs("second", "expected_child"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "first", "second", name="pair_once"),
    )
    rls.protect("like_pair")
    rls.allow("like_pair", rls.APP, "SELECT", KEPT)
    rls.allow("like_pair", rls.APP, "INSERT", rls.duty("registrar"))
    rls.allow("like_pair", rls.APP, "UPDATE", rls.duty("casework"))


def _invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("expected", sa.Uuid(), nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("guardian_lookup", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("explanation", sa.LargeBinary(), nullable=True),
        sa.Column("child", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        sa.CheckConstraint("finding IN ('eligible', 'undetermined', 'not_shown')", name="finding_known"),
        sa.CheckConstraint("status <> 'school_elsewhere' OR explanation IS NOT NULL", name="elsewhere_says_where"),
        _belongs("round", "admission_round"),
        _belongs("expected", "expected_child"),
        _belongs("community", "community"),
        _belongs("child", "child"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "year", "expected", name="invited_once"),
        sa.UniqueConstraint("bureau", "code", name="code_once"),
    )
    op.create_index("invitations_of_a_community", "invitation", ["bureau", "year", "community"], unique=False)
    rls.protect("invitation")
    rls.allow("invitation", rls.APP, "SELECT", f"({rls.PERSONAL}) OR ({OF_GUARDIAN})")
    rls.allow("invitation", rls.APP, "INSERT", rls.duty("casework"))
    rls.allow("invitation", rls.APP, "UPDATE", CONCERNED)


def _attempts() -> None:
    op.create_table(
        "outreach_attempt",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("invitation", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("way IN ('visit', 'call', 'letter')", name="way_known"),
        sa.CheckConstraint("result IN ('promised', 'helped', 'not_reached', 'unknown_there')", name="result_known"),
        _belongs("town", "town"),
        _belongs("invitation", "invitation"),
        _belongs("made_by", "person"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_index("attempts_of_an_invitation", "outreach_attempt", ["bureau", "invitation"], unique=False)
    rls.protect("outreach_attempt")
    rls.allow("outreach_attempt", rls.APP, "SELECT", f"({TOWN}) OR ({rls.STAFF})")
    rls.allow("outreach_attempt", rls.APP, "INSERT", f"({TOWN}) OR ({rls.duty('casework')})")


def downgrade() -> None:
    op.execute("DROP VIEW invitation_standing")
    for table in ("outreach_attempt", "invitation", "like_pair", "expected_child"):
        op.drop_table(table)
