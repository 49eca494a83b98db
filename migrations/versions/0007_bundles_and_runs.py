"""Bundles and runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

# What was frozen is fixed: the one change is the manifest's, when the draw is entered into a frozen bundle.
KEEP_BYTES = """
CREATE FUNCTION keep_bytes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.content IS DISTINCT FROM OLD.content OR NEW.name <> OLD.name THEN
        IF NEW.name <> 'manifest.json' OR NOT EXISTS (
            SELECT FROM bundle b WHERE b.bureau = OLD.bureau AND b.id = OLD.bundle AND b.status = 'frozen'
        ) THEN
            RAISE EXCEPTION 'a frozen bundle is fixed' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$
"""
# The CHECK asks for an act; this asks that it is an approved one, on the digest of this very run. (Two conditions,
# one in the other: the worker, who publishes nothing, may not read acts.)
PUBLISHED_IS_APPROVED = """
CREATE FUNCTION published_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'published' THEN
        IF NOT EXISTS (
            SELECT FROM two_person_act a WHERE a.bureau = NEW.bureau AND a.id = NEW.approval_act
                AND a.kind = 'approve_result' AND a.status = 'approved' AND a.payload ->> 'digest' = NEW.digest
        ) THEN
            RAISE EXCEPTION 'a result is published by two persons' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$
"""

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
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'void') = (void_reason IS NOT NULL)", name="void_has_reason"),
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
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("residence_community", sa.Text(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.Integer(), nullable=False),
        sa.Column("path", sa.ARRAY(sa.Text()), nullable=False),
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
    op.create_table(
        "points_list",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "number", name="points_list_numbered_once"),
    )
    op.create_table(
        "listed_applicant",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("points_list", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "points_list"],
            ["points_list.bureau", "points_list.id"],
            name="points_list_belongs_to_points_list",
        ),
        sa.PrimaryKeyConstraint("bureau", "points_list", "application"),
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
    rls.protect("points_list")
    rls.allow("points_list", rls.APP, "SELECT", rls.BUREAU)
    rls.allow("points_list", rls.APP, "INSERT", rls.duty("allocation"))
    rls.protect("listed_applicant")
    rls.allow("listed_applicant", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("listed_applicant", rls.APP, "INSERT", rls.duty("allocation"))
    # What may change of a row once it is written, and by whom; a `SELECT … FOR UPDATE` needs one column at least.
    changes = {
        "bundle": ("status, draw_act, published, void_reason", None),
        "bundle_file": ("content, published", None),
        "bundle_applicant": ("published", None),
        "allocation_run": ("status, digest, verdict, approval_act, published", "status, digest, verdict"),
        "run_file": ("published", None),
    }
    for table, (by_app, by_worker) in changes.items():
        op.execute(f"REVOKE UPDATE ON {table} FROM {rls.APP}, {rls.WORKER}")
        op.execute(f"GRANT UPDATE ({by_app}) ON {table} TO {rls.APP}")
        if by_worker:
            op.execute(f"GRANT UPDATE ({by_worker}) ON {table} TO {rls.WORKER}")
    op.execute(KEEP_BYTES)
    op.execute("CREATE TRIGGER keep_bytes BEFORE UPDATE ON bundle_file FOR EACH ROW EXECUTE FUNCTION keep_bytes()")
    op.execute(PUBLISHED_IS_APPROVED)
    op.execute(
        "CREATE TRIGGER published_is_approved BEFORE INSERT OR UPDATE ON allocation_run"
        " FOR EACH ROW EXECUTE FUNCTION published_is_approved()"
    )


def downgrade() -> None:
    op.drop_table("listed_applicant")
    op.drop_table("points_list")
    op.drop_table("run_file")
    op.drop_table("objection")
    op.drop_table("bundle_file")
    op.drop_table("bundle_applicant")
    op.drop_index(
        "one_published_run_per_bundle", table_name="allocation_run", postgresql_where=sa.text("status = 'published'")
    )
    op.drop_table("allocation_run")
    op.drop_table("bundle")
    op.execute("DROP FUNCTION keep_bytes(), published_is_approved()")
