"""Bundles and runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "bundle",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("parent_run", sa.Uuid(), nullable=True),
        sa.Column("draw_act", sa.Uuid(), nullable=True),
        sa.Column("frozen_by", sa.Uuid(), nullable=False),
        sa.Column("frozen_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.CheckConstraint("status IN ('frozen', 'drawn', 'void')", name="status_known"),
        sa.ForeignKeyConstraint(
            ["bureau", "draw_act"],
            ["two_person_act.bureau", "two_person_act.id"],
            name="draw_act_belongs_to_two_person_act",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "number", name="bundle_numbered_once"),
    )
    op.create_table(
        "allocation_run",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("bundle", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("approval_act", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name="reason_given"),
        sa.CheckConstraint("status <> 'published' OR approval_act IS NOT NULL", name="published_by_two"),
        sa.CheckConstraint(
            "status IN ('queued', 'solved', 'verified', 'rejected', 'published', 'void')", name="status_known"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "approval_act"],
            ["two_person_act.bureau", "two_person_act.id"],
            name="approval_act_belongs_to_two_person_act",
        ),
        sa.ForeignKeyConstraint(["bureau", "bundle"], ["bundle.bureau", "bundle.id"], name="bundle_belongs_to_bundle"),
        sa.ForeignKeyConstraint(["bureau", "job"], ["job.bureau", "job.id"], name="job_belongs_to_job"),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "number", name="run_numbered_once"),
    )
    op.create_index(
        "one_published_run_per_bundle",
        "allocation_run",
        ["bureau", "bundle"],
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "bundle_applicant",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(["bureau", "bundle"], ["bundle.bureau", "bundle.id"], name="bundle_belongs_to_bundle"),
        sa.PrimaryKeyConstraint("bureau", "bundle", "pseudonym"),
        sa.UniqueConstraint("bureau", "bundle", "application", name="application_bundled_once"),
    )
    op.create_table(
        "bundle_file",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("bundle", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "bundle"], ["bundle.bureau", "bundle.id"], name="bundle_belongs_to_bundle"),
        sa.PrimaryKeyConstraint("bureau", "bundle", "name"),
    )
    op.create_table(
        "objection",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("filed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'filed') = (answer IS NULL)", name="answered_with_reason"),
        sa.CheckConstraint("phase IN ('ranking', 'proposal')", name="phase_known"),
        sa.CheckConstraint("status IN ('filed', 'upheld', 'dismissed')", name="status_known"),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "run_file",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "run"], ["allocation_run.bureau", "allocation_run.id"], name="run_belongs_to_allocation_run"
        ),
        sa.PrimaryKeyConstraint("bureau", "run", "name"),
    )
    for table in ("bundle", "bundle_file", "allocation_run", "run_file"):
        rls.secret_until_published(table)
    insiders = rls.duty("allocation", "approval")
    rls.protect("bundle_applicant")
    rls.allow(
        "bundle_applicant",
        rls.APP,
        "SELECT",
        f"{rls.BUREAU} AND (({insiders}) OR published AND (SELECT ctx_person()) = ANY (guardians))",
    )
    rls.allow("bundle_applicant", rls.APP, "INSERT", insiders)
    rls.allow("bundle_applicant", rls.APP, "UPDATE", insiders)
    rls.personal("objection", rls.GUARDIAN_OR_STAFF)


def downgrade() -> None:
    op.drop_table("run_file")
    op.drop_table("objection")
    op.drop_table("bundle_file")
    op.drop_table("bundle_applicant")
    op.drop_index(
        "one_published_run_per_bundle", table_name="allocation_run", postgresql_where=sa.text("status = 'published'")
    )
    op.drop_table("allocation_run")
    op.drop_table("bundle")
