"""Feeder schools, and the register of primary leavers."""

import sqlalchemy as sa
from alembic import op

from migrations import rls

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "feeder",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("primary", sa.Text(), nullable=False),
        sa.Column("junior", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        sa.ForeignKeyConstraint(
            ["bureau", "primary"], ["school.bureau", "school.id"], name="primary_belongs_to_school"
        ),
        sa.ForeignKeyConstraint(["bureau", "junior"], ["school.bureau", "school.id"], name="junior_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "primary", "junior", "valid_from", name="feeder_known_once"),
    )
    rls.public_within_bureau("feeder", rls.duty("registrar"))
    op.create_table(
        "primary_leaver",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("primary", sa.Text(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("number_kind", sa.Text(), nullable=False),
        sa.CheckConstraint("number_kind IN ('citizen', 'hmt', 'foreign')", name="number_kind_known"),
        sa.ForeignKeyConstraint(
            ["bureau", "primary"], ["school.bureau", "school.id"], name="primary_belongs_to_school"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "year", "lookup", name="leaver_listed_once"),
    )
    # Whoever keeps the register, and whoever looks children up in it.
    rls.protect("primary_leaver")
    rls.allow("primary_leaver", rls.APP, "SELECT", rls.duty("registrar", "casework"))
    rls.allow("primary_leaver", rls.APP, "INSERT", rls.duty("registrar"))
    rls.allow("primary_leaver", rls.APP, "UPDATE", rls.duty("registrar"))
    op.add_column("decision", sa.Column("feeders", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("decision", "feeders")
    op.drop_table("primary_leaver")
    op.drop_table("feeder")
