"""Rounds of several kinds: main, late, within the year, private."""

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
# What a function returns cannot be replaced; the service that calls it is deployed with its migrations.
DROP = "-- squawk-ignore ban-drop-function\nDROP FUNCTION hold_round(text, uuid)"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE admission_round ADD COLUMN kind text DEFAULT 'main' NOT NULL"
        " CONSTRAINT kind_known CHECK (kind IN ('main', 'late', 'within_year', 'private'))"
    )
    op.execute(DROP)
    op.execute(HOLD_ROUND.format(kind="kind text, ", kind_of="r.kind, "))


def downgrade() -> None:
    op.execute(DROP)
    op.execute(HOLD_ROUND.format(kind="", kind_of=""))
    op.drop_column("admission_round", "kind")
