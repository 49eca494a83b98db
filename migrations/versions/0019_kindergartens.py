"""Kindergartens: classes of age, level with its re-check, what they file, how many children they have; a fallback
where a round says so."""

import sqlalchemy as sa
from alembic import op

from migrations import rls

revision = "0019"
down_revision = "0018"

AGE_CLASSES = "'three', 'four', 'five', 'mixed'"
FILING_IS_OURS = f"{rls.BUREAU} AND (school = ANY ((SELECT ctx_organisations())::text[]) OR ({rls.STAFF}))"
MAY_FILE = (
    f"{rls.BUREAU} AND published_at IS NULL"
    f" AND (school = ANY ((SELECT ctx_organisations())::text[]) OR ({rls.duty('registrar')}))"
)
FALLBACK_IS_PUBLISHED = """
CREATE FUNCTION fallback_is_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published round keeps its fallback' USING ERRCODE = 'check_violation';
END $$
"""
RECHECK = (
    "ALTER TABLE school ADD COLUMN level_recheck_on date"
    " CONSTRAINT recheck_of_a_level CHECK (level_recheck_on IS NULL OR kindergarten_level IS NOT NULL)"
)
FALLBACK = (
    "ALTER TABLE admission_round ADD COLUMN fallback text DEFAULT 'none' NOT NULL"
    " CONSTRAINT fallback_known CHECK (fallback IN ('none', 'public', 'inclusive'))"
)
# Programmes are some hundred a round: what scans them takes no time that anybody would notice.
AGE_CLASS = (
    "ALTER TABLE programme ADD COLUMN age_class text DEFAULT '' NOT NULL"
    f" CONSTRAINT age_class_known CHECK (age_class IN ('', {AGE_CLASSES}))",
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE programme DROP CONSTRAINT programme_known_once",
    "-- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint\nALTER TABLE programme"
    " ADD CONSTRAINT programme_known_once UNIQUE (bureau, round, school, grade, age_class)",
)
VIEWS = {
    "kindergarten_standing": """
        SELECT s.bureau, s.id AS school, s.name AS school_name, s.town, t.name AS town_name, s.ownership, s.inclusive,
               s.kindergarten_level, s.level_recheck_on, s.valid_from, s.valid_to
        FROM school s JOIN town t ON t.bureau = s.bureau AND t.id = s.town WHERE 'preschool' = ANY (s.stages)
    """,
    "enrolment_standing": "SELECT e.bureau, e.school, e.year, e.age_class, e.children FROM kindergarten_enrolment e",
    "programme_class_standing": """
        SELECT p.bureau, p.round, p.id AS programme, p.school, p.age_class FROM programme p
    """,
    "round_standing": "SELECT r.bureau, r.id AS round, r.stage, r.year FROM admission_round r",
    "seat_standing": """
        SELECT o.bureau, o.round, o.programme, count(*)::integer AS children FROM offer o
        WHERE o.status IN ('open', 'accepted', 'waiting', 'arrived', 'papers_differ')
        GROUP BY o.bureau, o.round, o.programme
    """,
}


def upgrade() -> None:
    op.execute(RECHECK)
    for statement in AGE_CLASS:
        op.execute(statement)
    op.add_column("decision", sa.Column("age_class", sa.Text(), server_default="", nullable=False))
    _fallback()
    _prospectus()
    _enrolment()
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} WITH (security_invoker = true) AS {query}")
        op.execute(f"GRANT SELECT ON {name} TO {rls.APP}")


def _fallback() -> None:
    op.execute(FALLBACK)
    op.execute("ALTER TABLE admission_round NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE admission_round SET fallback = 'public' WHERE stage IN ('primary', 'junior')")
    op.execute("ALTER TABLE admission_round FORCE ROW LEVEL SECURITY")
    op.execute(FALLBACK_IS_PUBLISHED)
    op.execute(
        "CREATE TRIGGER fallback_is_published BEFORE UPDATE ON admission_round FOR EACH ROW"
        " WHEN (OLD.status <> 'planned' AND NEW.fallback <> OLD.fallback) EXECUTE FUNCTION fallback_is_published()"
    )


def _prospectus() -> None:
    texts = ("plan_zh", "plan_en", "text_zh", "text_en")
    op.create_table(
        "prospectus",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("care_fee_fen", sa.Integer(), nullable=False),
        sa.Column("meals_fee_fen", sa.Integer(), nullable=False),
        sa.Column("other_fees_zh", sa.Text(), nullable=False),
        sa.Column("other_fees_en", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("care_fee_fen >= 0 AND meals_fee_fen >= 0", name="fees_never_negative"),
        sa.CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", name="published_by_somebody"),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "school", "year", "number", name="prospectus_numbered_once"),
    )
    rls.protect("prospectus")
    rls.allow("prospectus", rls.APP, "SELECT", f"({rls.BUREAU} AND published_at IS NOT NULL) OR ({FILING_IS_OURS})")
    rls.allow("prospectus", rls.APP, "INSERT", MAY_FILE)
    # Only its publication is ever written, once.
    op.execute(f"GRANT UPDATE (published_by, published_at) ON prospectus TO {rls.APP}")
    op.execute(
        f"CREATE POLICY tongjiao_app_update ON prospectus FOR UPDATE TO {rls.APP}"
        f" USING ({rls.duty('registrar')} AND published_at IS NULL) WITH CHECK ({rls.duty('registrar')})"
    )


def _enrolment() -> None:
    op.create_table(
        "kindergarten_enrolment",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("age_class", sa.Text(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"age_class IN ({AGE_CLASSES})", name="age_class_known"),
        sa.CheckConstraint("children >= 0", name="never_negative"),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "school", "year", "age_class", name="enrolment_counted_once"),
    )
    rls.public_within_bureau("kindergarten_enrolment", rls.duty("registrar"))


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
    op.drop_table("kindergarten_enrolment")
    op.drop_table("prospectus")
    op.execute("DROP TRIGGER fallback_is_published ON admission_round")
    op.execute("DROP FUNCTION fallback_is_published()")
    op.drop_constraint("fallback_known", "admission_round")
    op.drop_column("admission_round", "fallback")
    op.drop_column("decision", "age_class")
    op.drop_constraint("programme_known_once", "programme")
    op.drop_constraint("age_class_known", "programme")
    op.drop_column("programme", "age_class")
    op.create_unique_constraint("programme_known_once", "programme", ["bureau", "round", "school", "grade"])
    op.drop_constraint("recheck_of_a_level", "school")
    op.drop_column("school", "level_recheck_on")
