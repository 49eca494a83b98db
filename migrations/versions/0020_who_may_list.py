"""To whom a programme is open as a wish, who pays for it, and which children gave a private place up."""

from alembic import op

revision = "0020"
down_revision = "0019"

# What `offers` publishes for the features below it: who has given up a place drawn in a private round of the entry, by
# its family's own answer, or by the bureau's withdrawal of what it had taken. Silence gives up nothing.
GAVE_UP_IN_ENTRY = """
CREATE FUNCTION gave_up_in_entry(of_bureau text, of_stage text, of_year integer, of_children uuid[])
RETURNS TABLE (child uuid) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT o.child
    FROM offer o JOIN admission_round r ON r.bureau = o.bureau AND r.id = o.round
    WHERE o.bureau = of_bureau AND o.stage = of_stage AND o.year = of_year AND o.child = ANY (of_children)
        AND r.kind = 'private'
        AND (o.status = 'declined' AND NOT o.lapsed OR o.status = 'withdrawn' AND o.answered_at IS NOT NULL)
$$
"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE programme"
        " ADD COLUMN open_to text DEFAULT 'anyone' NOT NULL"
        " CONSTRAINT open_to_known CHECK (open_to IN ('anyone', 'catchment', 'town_new_residents', 'service_area')),"
        " ADD COLUMN payer text DEFAULT 'family' NOT NULL"
        " CONSTRAINT payer_known CHECK (payer IN ('family', 'bureau')),"
        " ADD COLUMN fee_fen integer DEFAULT 0 NOT NULL"
        " CONSTRAINT fee_never_negative CHECK (fee_fen >= 0)"
    )
    # Apart, because it speaks of two columns; on so few rows it takes no time.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE programme ADD CONSTRAINT purchased_without_fee CHECK (payer <> 'bureau' OR fee_fen = 0)"
    )
    op.execute(GAVE_UP_IN_ENTRY)


def downgrade() -> None:
    op.execute("DROP FUNCTION gave_up_in_entry(text, text, integer, uuid[])")
    op.execute("ALTER TABLE programme DROP COLUMN fee_fen, DROP COLUMN payer, DROP COLUMN open_to")
