"""A place in redress for whoever has left a round for a place that the bureau has then taken back."""

from alembic import op

revision = "0025"
down_revision = "0024"

GROUNDS = "'objection_upheld', 'refused_in_error', 'checked_in_error'"


def upgrade() -> None:
    _grounds(f"{GROUNDS}, 'taken_back_elsewhere'")


def downgrade() -> None:
    _grounds(GROUNDS)


def _grounds(known: str) -> None:
    """Places in redress are few: they are scanned in no time."""
    op.execute("-- squawk-ignore ban-drop-constraint\nALTER TABLE offer_exception DROP CONSTRAINT ground_known")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE offer_exception ADD CONSTRAINT ground_known CHECK (ground IN ({known}))"
    )
