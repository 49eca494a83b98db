"""Every leaver of the register is accounted for: by an application, by where it is, or by an open case. And who has left
a bundle for a place in another round is public, by its pseudonym."""

import sqlalchemy as sa
from alembic import op

from migrations import rls

revision = "0028"
down_revision = "0027"

# The digest of a number is no number, and the child of an application stands under the same one.
READERS = ("registrar", "rules", "casework", "allocation", "approval", "auditor")
KEEPERS = ("registrar", "casework")
# Some thousand leavers a year, and the column is new: what scans them takes no time.
KNOWN = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE primary_leaver ADD CONSTRAINT whereabouts_known
    CHECK (whereabouts IN ('moved_away', 'school_elsewhere', 'abroad', 'died', 'listed_in_error'))
"""
# Each leaver with the submitted applications of its child in the rounds for grade 7 of its year.
LEAVERS = """
SELECT l.bureau, l.year, l.id AS leaver, l."primary", l.listed_by, l.line, l.whereabouts,
       coalesce(f.applications, CAST('{}' AS uuid[])) AS applications
FROM primary_leaver l
CROSS JOIN LATERAL (
    SELECT array_agg(a.id) AS applications
    FROM child c
    JOIN application a ON a.bureau = c.bureau AND a.child = c.id AND a.status = 'submitted'
    JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round AND r.stage = 'junior' AND r.year = l.year
    WHERE c.bureau = l.bureau AND c.lookup = l.lookup
) f
"""


def upgrade() -> None:
    op.add_column("primary_leaver", sa.Column("listed_by", sa.Text(), nullable=True))
    op.add_column("primary_leaver", sa.Column("line", sa.Integer(), nullable=True))
    op.add_column("primary_leaver", sa.Column("whereabouts", sa.Text(), nullable=True))
    op.execute(KNOWN)
    _policies(READERS, KEEPERS)
    op.execute(f"CREATE VIEW leaver_standing WITH (security_invoker = true) AS {LEAVERS}")
    op.execute(f"GRANT SELECT ON leaver_standing TO {rls.APP}")
    _publish_departures()


def _publish_departures() -> None:
    op.create_table(
        "departed_pseudonym",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "bundle"], ["bundle.bureau", "bundle.id"], name="bundle_belongs_to_bundle"),
        sa.PrimaryKeyConstraint("bureau", "bundle", "pseudonym"),
    )
    insiders = rls.duty("allocation", "approval")
    rls.protect("departed_pseudonym")
    rls.allow("departed_pseudonym", rls.APP, "SELECT", f"{rls.BUREAU} AND (published OR ({insiders}))")
    rls.allow("departed_pseudonym", rls.APP, "INSERT", insiders)
    rls.allow("departed_pseudonym", rls.APP, "UPDATE", insiders)
    op.execute(
        "CREATE TRIGGER not_by_simulation BEFORE INSERT OR UPDATE OR DELETE ON departed_pseudonym FOR EACH STATEMENT"
        " WHEN (current_setting('app.simulation', true) = 'on') EXECUTE FUNCTION not_by_simulation()"
    )


def _policies(readers: tuple[str, ...], keepers: tuple[str, ...]) -> None:
    for command, duties in (("select", readers), ("update", keepers)):
        op.execute(f"DROP POLICY {rls.APP}_{command} ON primary_leaver")
        rls.allow("primary_leaver", rls.APP, command.upper(), rls.duty(*duties))


def downgrade() -> None:
    op.drop_table("departed_pseudonym")
    op.execute("DROP VIEW leaver_standing")
    _policies(KEEPERS, ("registrar",))
    for column in ("whereabouts", "line", "listed_by"):
        op.drop_column("primary_leaver", column)
