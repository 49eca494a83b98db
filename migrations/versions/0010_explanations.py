"""What a family is told of a published result."""

import sqlalchemy as sa
from alembic import op

from migrations import rls

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "explanation",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "run"], ["allocation_run.bureau", "allocation_run.id"], name="run_belongs_to_allocation_run"
        ),
        sa.PrimaryKeyConstraint("bureau", "run", "pseudonym"),
        sa.UniqueConstraint("bureau", "run", "application", name="application_explained_once"),
    )
    # Rows are made when the result becomes public and not before, so that there is nothing to hide until then; the
    # worker fills them in. Nobody but the child's guardians reads one: officers have the bundle itself.
    rls.protect("explanation")
    rls.allow("explanation", rls.APP, "SELECT", f"{rls.BUREAU} AND (SELECT ctx_person()) = ANY (guardians)")
    rls.allow("explanation", rls.APP, "INSERT", rls.duty("allocation", "approval"))
    rls.allow("explanation", rls.WORKER, "SELECT", rls.BUREAU)
    rls.allow("explanation", rls.WORKER, "UPDATE", rls.BUREAU)
    op.execute(f"REVOKE UPDATE ON explanation FROM {rls.WORKER}")
    op.execute(f"GRANT UPDATE (content) ON explanation TO {rls.WORKER}")


def downgrade() -> None:
    op.drop_table("explanation")
