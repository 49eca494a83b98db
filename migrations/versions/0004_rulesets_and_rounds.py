"""Rulesets and rounds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

# A published deadline is only ever extended, except in a demonstration, which stays one for ever.
KEEP_PROMISES = """
CREATE FUNCTION keep_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.demonstration <> OLD.demonstration OR NEW.code <> OLD.code THEN
        RAISE EXCEPTION 'a round keeps its code and its kind' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT OLD.demonstration AND OLD.status <> 'planned' AND (
        NEW.closes_at < OLD.closes_at OR NEW.objections_until < OLD.objections_until AND NEW.status = OLD.status
        OR NEW.answers_until < OLD.answers_until AND NEW.status = OLD.status
    ) THEN
        RAISE EXCEPTION 'a published deadline is only ever extended' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
ACTIVE_IS_FIXED = """
CREATE FUNCTION active_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.activated_by IS NOT NULL AND (NEW.text, NEW.digest) IS DISTINCT FROM (OLD.text, OLD.digest) THEN
        RAISE EXCEPTION 'an active ruleset is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
# What `rounds` publishes for the features below it: the round, held against closing (decision 8). A result in the
# making does not show in the status: their answers repeat it to anybody (decision 13).
HOLD_ROUND = """
CREATE FUNCTION hold_round(of_bureau text, of_round uuid)
RETURNS TABLE (code text, stage text, year integer, ruleset text, as_of date, status text,
               opens_at timestamptz, closes_at timestamptz, demonstration boolean)
LANGUAGE sql VOLATILE AS $$
    SELECT r.code, r.stage, r.year, r.ruleset, r.as_of,
           CASE WHEN r.status IN ('run', 'verified', 'approved') THEN 'drawn' ELSE r.status END,
           r.opens_at, r.closes_at, r.demonstration
    FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round FOR SHARE
$$
"""
# The same for readers, who hold nothing (an auditor's transaction could not).
KNOWN_ROUND = """
CREATE FUNCTION known_round(of_bureau text, of_round uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round)
$$
"""


revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "ruleset",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("activated_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bureau", "activated_by"],
            ["two_person_act.bureau", "two_person_act.id"],
            name="activated_by_belongs_to_two_person_act",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "admission_round",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opens_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closes_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("objections_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answers_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("silence", sa.Text(), nullable=False),
        sa.Column("distance_limit_m", sa.Integer(), nullable=False),
        sa.Column("draw_name", sa.Text(), nullable=True),
        sa.Column("draw_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("root", sa.Text(), nullable=True),
        sa.Column("draw_value", sa.Text(), nullable=True),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.CheckConstraint("silence IN ('accept', 'decline')", name="silence_known"),
        sa.CheckConstraint("stage IN ('preschool', 'primary', 'junior', 'special')", name="stage_known"),
        sa.CheckConstraint(
            "status IN ('planned', 'published', 'open', 'closed', 'ranked', 'frozen', 'drawn', 'run', 'verified', 'approved', 'proposed', 'final', 'answered', 'concluded')",
            name="status_known",
        ),
        sa.CheckConstraint("distance_limit_m > 0", name="distance_limit_positive"),
        sa.CheckConstraint("opens_at < closes_at", name="window_in_order"),
        sa.ForeignKeyConstraint(
            ["bureau", "ruleset"], ["ruleset.bureau", "ruleset.id"], name="ruleset_belongs_to_ruleset"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "code", name="round_known_once"),
    )
    op.create_table(
        "round_document",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('rules', 'plan', 'catchments', 'qualifications', 'dates', 'papers', 'results')", name="kind_known"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "kind", name="document_of_a_kind_once"),
    )
    op.create_table(
        "round_key",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "id"], ["admission_round.bureau", "admission_round.id"], name="id_belongs_to_admission_round"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    rls.public_within_bureau("ruleset", rls.duty("rules"))
    # The approver writes no rules and leaves none that is not active.
    active = f"{rls.duty('approval')} AND activated_by IS NOT NULL"
    op.execute(
        f"CREATE POLICY approval_activates ON ruleset FOR UPDATE TO {rls.APP}"
        f" USING ({rls.duty('approval')}) WITH CHECK ({active})"
    )
    rls.public_within_bureau("admission_round", rls.duty("rules", "casework", "allocation", "approval"))
    rls.public_within_bureau("round_document", rls.duty("rules"))
    # Whoever holds the key can foretell a result from the draw: nobody but those who may see it beforehand.
    rls.protect("round_key")
    rls.allow("round_key", rls.APP, "SELECT", rls.duty("allocation", "approval"))
    rls.allow("round_key", rls.APP, "INSERT", rls.duty("rules"))
    op.execute(f"GRANT SELECT, UPDATE (version, wrapped) ON round_key TO {rls.KEYS}")
    op.execute(f"CREATE POLICY keys_read ON round_key FOR SELECT TO {rls.KEYS} USING (true)")
    op.execute(f"CREATE POLICY keys_rewrap ON round_key FOR UPDATE TO {rls.KEYS} USING (true)")
    rls.allow("admission_round", rls.WORKER, "UPDATE", rls.BUREAU)
    op.execute(KEEP_PROMISES)
    op.execute(
        "CREATE TRIGGER keep_promises BEFORE UPDATE ON admission_round FOR EACH ROW EXECUTE FUNCTION keep_promises()"
    )
    op.execute(ACTIVE_IS_FIXED)
    op.execute(
        "CREATE TRIGGER active_is_fixed BEFORE UPDATE ON ruleset FOR EACH ROW EXECUTE FUNCTION active_is_fixed()"
    )
    op.execute(HOLD_ROUND)
    op.execute(KNOWN_ROUND)


def downgrade() -> None:
    op.execute("DROP FUNCTION hold_round(text, uuid), known_round(text, uuid)")
    for table in ("round_document", "round_key", "admission_round", "ruleset"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_promises(), active_is_fixed()")
