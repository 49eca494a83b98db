"""The schools for which a family has asked by an elder child or a place of right, once that is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("decision", sa.Column("claimed", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("decision", "claimed")
