"""What a round is called, for the features below it; and the places of families whom no message has reached."""

from alembic import op

revision = "0017"
down_revision = "0016"

ROUND_TITLE = """
CREATE FUNCTION round_title(of_bureau text, of_round uuid) RETURNS TABLE (zh text, en text)
LANGUAGE sql STABLE AS $$
    SELECT r.title_zh, r.title_en FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round
$$
"""
HOLDS = "('proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')"
# An offer that is still open after the answers of its pass is kept by silence (ADR 0014): it is as good as answered.
SEATS_IN_ENTRY = """
CREATE OR REPLACE FUNCTION seats_in_entry(of_bureau text, of_stage text, of_year integer, of_children uuid[])
RETURNS TABLE (child uuid, offer uuid, round uuid, answered boolean) LANGUAGE sql STABLE AS $$
    SELECT o.child, o.id, o.round, o.status NOT IN {unsettled} AND r.status NOT IN ('proposed', 'final')
    FROM offer o JOIN admission_round r ON r.bureau = o.bureau AND r.id = o.round
    WHERE o.bureau = of_bureau AND o.stage = of_stage AND o.year = of_year AND o.child = ANY (of_children)
        AND o.status IN {holds}
    ORDER BY o.child
$$
"""


def upgrade() -> None:
    op.execute(ROUND_TITLE)
    op.execute(SEATS_IN_ENTRY.format(unsettled="('proposed')", holds=HOLDS))


def downgrade() -> None:
    op.execute(SEATS_IN_ENTRY.format(unsettled="('proposed', 'open')", holds=HOLDS))
    op.execute("DROP FUNCTION round_title(text, uuid)")
