"""Documents of families: rows here, the sealed files in the object store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0031"
down_revision = "0028"

RETENTION = "tongjiao_retention"
GUARDIAN = f"{rls.BUREAU} AND (SELECT ctx_person()) = ANY (guardians)"
# The family, the school that it was shown to, and of the bureau's staff whoever works on the case or audits it.
CONCERNED = (
    f"{rls.BUREAU} AND ((SELECT ctx_person()) = ANY (guardians) OR schools && (SELECT ctx_organisations())"
    f" OR ({rls.duty('casework', 'auditor')}))"
)
SENDERS = f"{rls.BUREAU} AND ((SELECT ctx_person()) = ANY (guardians) OR ({rls.duty('casework')}))"
ENTRY = "bureau, id, person, account, role, action, object, before, after, request"


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kept_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('jpeg', 'png', 'pdf')", name="kind_known"),
        sa.CheckConstraint("size BETWEEN 1 AND 12000000", name="size_plausible"),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "object", name="object_of_one_document"),
    )
    op.create_index("documents_of_an_application", "document", ["bureau", "application"], unique=False)
    op.create_index("documents_kept_until", "document", ["bureau", "keep_until"], unique=False)
    rls.protect("document")
    rls.allow("document", rls.APP, "SELECT", CONCERNED)
    rls.allow("document", rls.APP, "INSERT", SENDERS)
    rls.allow("document", rls.APP, "UPDATE", f"{rls.BUREAU} AND ({rls.duty('casework')})")
    rls.allow("document", rls.APP, "DELETE", GUARDIAN)
    # Nothing of a document changes but to whom it is shown.
    op.execute(f"REVOKE UPDATE ON document FROM {rls.APP}")
    op.execute(f"GRANT UPDATE (schools) ON document TO {rls.APP}")
    for command in ("SELECT", "DELETE"):
        rls.allow("document", RETENTION, command, rls.BUREAU)
    op.execute(f"REVOKE SELECT ON document FROM {RETENTION}")
    op.execute(f"GRANT SELECT (bureau, id, child, object, keep_until) ON document TO {RETENTION}")
    # What is erased is told in the trail.
    rls.allow("journal_entry", RETENTION, "INSERT", rls.BUREAU)
    op.execute(f"REVOKE INSERT ON journal_entry FROM {RETENTION}")
    op.execute(f"GRANT INSERT ({ENTRY}) ON journal_entry TO {RETENTION}")


def downgrade() -> None:
    op.execute(f"DROP POLICY {RETENTION}_insert ON journal_entry")
    op.execute(f"REVOKE INSERT ({ENTRY}) ON journal_entry FROM {RETENTION}")
    op.drop_table("document")
