"""Rounds of several kinds: main, late, within the year, private."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

HOLD_ROUND = """
CREATE FUNCTION hold_round(of_bureau text, of_round uuid)
RETURNS TABLE (code text, stage text, {kind}year integer, ruleset text, as_of date, status text,
               opens_at timestamptz, closes_at timestamptz, demonstration boolean)
LANGUAGE sql VOLATILE AS $$
    SELECT r.code, r.stage, {kind_of}r.year, r.ruleset, r.as_of,
           CASE WHEN r.status IN ('run', 'verified', 'approved') THEN 'drawn' ELSE r.status END,
           r.opens_at, r.closes_at, r.demonstration
    FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round FOR SHARE
$$
"""


def upgrade() -> None:
    op.add_column("admission_round", sa.Column("kind", sa.Text(), server_default="main", nullable=False))
    op.alter_column("admission_round", "kind", server_default=None)
    op.create_check_constraint("kind_known", "admission_round", "kind IN ('main', 'late', 'within_year', 'private')")
    op.execute("DROP FUNCTION hold_round(text, uuid)")
    op.execute(HOLD_ROUND.format(kind="kind text, ", kind_of="r.kind, "))


def downgrade() -> None:
    op.execute("DROP FUNCTION hold_round(text, uuid)")
    op.execute(HOLD_ROUND.format(kind="", kind_of=""))
    op.drop_constraint("kind_known", "admission_round")
    op.drop_column("admission_round", "kind")
