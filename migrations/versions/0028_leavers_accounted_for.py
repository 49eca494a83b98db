"""Every leaver of the register is accounted for: by an application, by where it is, or by an open case."""

import sqlalchemy as sa
from alembic import op

from migrations import rls

revision = "0028"
down_revision = "0026"

# The digest of a number is no number, and the child of an application stands under the same one.
READERS = ("registrar", "rules", "casework", "allocation", "approval", "auditor")
KEEPERS = ("registrar", "casework")
KNOWN = "whereabouts IN ('moved_away', 'school_elsewhere', 'abroad', 'died', 'listed_in_error')"
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
    op.create_check_constraint("whereabouts_known", "primary_leaver", KNOWN)
    _policies(READERS, KEEPERS)
    op.execute(f"CREATE VIEW leaver_standing WITH (security_invoker = true) AS {LEAVERS}")
    op.execute(f"GRANT SELECT ON leaver_standing TO {rls.APP}")


def _policies(readers: tuple[str, ...], keepers: tuple[str, ...]) -> None:
    for command, duties in (("select", readers), ("update", keepers)):
        op.execute(f"DROP POLICY {rls.APP}_{command} ON primary_leaver")
        rls.allow("primary_leaver", rls.APP, command.upper(), rls.duty(*duties))


def downgrade() -> None:
    op.execute("DROP VIEW leaver_standing")
    _policies(KEEPERS, ("registrar",))
    for column in ("whereabouts", "line", "listed_by"):
        op.drop_column("primary_leaver", column)
