"""Late rounds over the seats left; classes, vacancies and places within the year."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0018"
down_revision = "0017"

# Seats are never in two rounds at once: the round before is concluded, and gives nothing any more.
LATE_AFTER_CONCLUSION = """
CREATE FUNCTION late_after_conclusion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM admission_round r WHERE r.bureau = NEW.bureau AND r.id = NEW.follows AND r.status = 'concluded'
            AND r.stage = NEW.stage AND r.year = NEW.year AND r.kind IN ('main', 'late')
    ) THEN
        RAISE EXCEPTION 'a late round follows a concluded round of its entry' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
NOTHING_AFTER_CONCLUSION = """
CREATE FUNCTION nothing_after_conclusion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM admission_round r WHERE r.bureau = NEW.bureau AND r.id = NEW.round AND r.status = 'concluded'
    ) THEN
        RAISE EXCEPTION 'a concluded round gives no place' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
HELD_SEATS_ARE_FIXED = """
CREATE FUNCTION held_seats_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seats held in the round before are fixed' USING ERRCODE = 'check_violation';
END $$
"""
# A bound is a promise: published, it stays; a child's own moves forward in a demonstration alone.
BOUND_IS_KEPT = """
CREATE FUNCTION bound_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published bound is kept' USING ERRCODE = 'check_violation';
END $$
"""
PLACE_BY_IS_KEPT = """
CREATE FUNCTION place_by_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM admission_round r WHERE r.bureau = NEW.bureau AND r.id = NEW.round AND r.demonstration
    ) THEN
        RAISE EXCEPTION 'the day by which a child is to have a place is not brought forward'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
# What `rounds` and `offers` publish for the features below them.
PLACE_BOUND = """
CREATE FUNCTION place_bound(of_bureau text, of_round uuid) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT r.place_within_days FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round
$$
"""
SCHOOL_YEAR = """
CREATE FUNCTION school_year(of_bureau text, of_round uuid) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT r.year FROM admission_round r WHERE r.bureau = of_bureau AND r.id = of_round AND r.kind = 'within_year'
$$
"""
PLACED_WITHIN_YEAR = """
CREATE FUNCTION placed_within_year(of_bureau text, of_applications uuid[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM offer o WHERE o.bureau = of_bureau AND o.application = ANY (of_applications)
            AND o.seat = 'within_year'
            AND o.status IN ('open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')
    )
$$
"""
# Room is what classes may still hold; of it offers are taken off until their children have arrived and are counted.
VACANCIES = """
CREATE VIEW vacancy_standing WITH (security_invoker = true) AS
SELECT p.bureau, p.round, p.id AS programme, p.school, p.grade, c.classes::integer AS classes,
       coalesce(c.room, 0)::integer AS room, o.reserved::integer AS reserved, o.arrived::integer AS arrived,
       greatest(0, coalesce(c.room, 0) - o.reserved)::integer AS vacancies
FROM programme p
JOIN admission_round r ON r.bureau = p.bureau AND r.id = p.round AND r.kind = 'within_year'
CROSS JOIN LATERAL (
    SELECT count(*) AS classes, sum(greatest(0, k.size_limit - k.pupils)) AS room FROM school_class k
    WHERE k.bureau = p.bureau AND k.year = r.year AND k.school = p.school AND k.grade = p.grade
) c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (
               WHERE f.status IN ('open', 'accepted', 'waiting', 'not_arrived', 'elsewhere', 'papers_differ')
           ) AS reserved,
           count(*) FILTER (WHERE f.status = 'arrived') AS arrived
    FROM offer f WHERE f.bureau = p.bureau AND f.round = p.round AND f.programme = p.id
) o
"""
# Two officers, or two children, and one vacancy: the classes are held, then counted anew.
WITHIN_VACANCIES = """
CREATE FUNCTION within_vacancies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM school_class k
        JOIN programme p ON p.bureau = k.bureau AND p.school = k.school AND p.grade = k.grade
        JOIN admission_round r ON r.bureau = p.bureau AND r.id = p.round AND r.year = k.year
        WHERE p.bureau = NEW.bureau AND p.id = NEW.programme ORDER BY k.number FOR UPDATE OF k;
    IF NOT EXISTS (
        SELECT FROM vacancy_standing v WHERE v.bureau = NEW.bureau AND v.round = NEW.round
            AND v.programme = NEW.programme AND v.school = NEW.school AND v.vacancies > 0
    ) THEN
        RAISE EXCEPTION 'no class has a vacancy' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
NOT_TAKEN_BACK = """
CREATE FUNCTION not_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a place within the year that was given up is not taken back' USING ERRCODE = 'check_violation';
END $$
"""
# Whom a round left without a place, and who has one now by a late round of the entry: each child counts once.
PLACED_LATER = """
CREATE VIEW placed_later_standing WITH (security_invoker = true) AS
SELECT a.bureau, a.round, a.id AS application
FROM application a
JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
JOIN offer o ON o.bureau = a.bureau AND o.stage = r.stage AND o.year = r.year AND o.child = a.child
    AND o.round <> a.round
    AND o.status IN ('proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')
JOIN admission_round l ON l.bureau = o.bureau AND l.id = o.round AND l.kind IN ('late', 'within_year')
"""
SEATS = """
    SELECT p.bureau, p.round, p.school,
           sum(coalesce(v.arrived + greatest(v.room, v.reserved),
                        greatest(0, p.classes * p.class_size - coalesce(t.taken, 0))))::integer AS seats
    FROM programme p
    LEFT JOIN (SELECT bureau, programme, sum(seats + class_reduction) AS taken
               FROM seat_settlement GROUP BY bureau, programme) t
           ON t.bureau = p.bureau AND t.programme = p.id
    LEFT JOIN vacancy_standing v ON v.bureau = p.bureau AND v.programme = p.id
    GROUP BY p.bureau, p.round, p.school
"""
SEATS_BEFORE = """
    SELECT p.bureau, p.round, p.school,
           sum(greatest(0, p.classes * p.class_size - coalesce(t.taken, 0)))::integer AS seats
    FROM programme p
    LEFT JOIN (SELECT bureau, programme, sum(seats + class_reduction) AS taken
               FROM seat_settlement GROUP BY bureau, programme) t
           ON t.bureau = p.bureau AND t.programme = p.id
    GROUP BY p.bureau, p.round, p.school
"""
# Rounds and settlements are few, and offers some ten thousand a year in a county (revision 0018).
ROUND_COLUMNS = (
    "ALTER TABLE admission_round ADD COLUMN follows uuid"
    " CONSTRAINT late_follows_a_round CHECK ((kind = 'late') = (follows IS NOT NULL)),"
    " ADD COLUMN place_within_days integer"
    " CONSTRAINT within_year_has_a_bound CHECK ((kind = 'within_year') = (place_within_days IS NOT NULL))"
    " CONSTRAINT place_within_days_plausible CHECK (place_within_days BETWEEN 0 AND 90)"
    " CONSTRAINT within_year_undrawn"
    " CHECK (kind <> 'within_year' OR status IN ('planned', 'published', 'open', 'closed'))",
    "-- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint\n"
    "ALTER TABLE admission_round ADD CONSTRAINT round_followed_once UNIQUE (bureau, follows)",
    "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\n"
    "ALTER TABLE admission_round ADD CONSTRAINT follows_belongs_to_admission_round"
    " FOREIGN KEY (bureau, follows) REFERENCES admission_round (bureau, id)",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE UNIQUE INDEX one_round_within_a_year ON admission_round (bureau, stage, year) WHERE kind = 'within_year'",
    "ALTER TABLE seat_settlement ADD COLUMN held_in uuid",
    "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\n"
    "ALTER TABLE seat_settlement ADD CONSTRAINT held_in_belongs_to_admission_round"
    " FOREIGN KEY (bureau, held_in) REFERENCES admission_round (bureau, id)",
)
OFFERS_WITHOUT_RUN = (
    "-- squawk-ignore ban-drop-not-null\nALTER TABLE offer ALTER COLUMN run DROP NOT NULL",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE offer ADD CONSTRAINT within_year_without_run CHECK ((seat = 'within_year') = (run IS NULL))",
    "-- squawk-ignore ban-drop-constraint\nALTER TABLE offer DROP CONSTRAINT declined_says_where",
    "-- squawk-ignore constraint-missing-not-valid\n"
    "ALTER TABLE offer ADD CONSTRAINT declined_says_where"
    " CHECK (status <> 'declined' OR destination IS NOT NULL OR lapsed OR seat = 'within_year')",
)
FUNCTIONS = (
    LATE_AFTER_CONCLUSION, NOTHING_AFTER_CONCLUSION, HELD_SEATS_ARE_FIXED, NOT_TAKEN_BACK, BOUND_IS_KEPT, PLACE_BY_IS_KEPT,
    PLACE_BOUND, SCHOOL_YEAR, PLACED_WITHIN_YEAR,
)  # fmt: skip
TRIGGERS = {
    ("late_after_conclusion", "admission_round"): "BEFORE INSERT OR UPDATE OF follows, kind, stage, year ON"
    " admission_round FOR EACH ROW WHEN (NEW.kind = 'late')",
    ("bound_is_kept", "admission_round"): "BEFORE UPDATE OF place_within_days, kind ON admission_round FOR EACH ROW"
    " WHEN (OLD.status <> 'planned' AND (NEW.place_within_days, NEW.kind)"
    " IS DISTINCT FROM (OLD.place_within_days, OLD.kind))",
    ("held_seats_are_fixed", "seat_settlement"): "BEFORE UPDATE ON seat_settlement FOR EACH ROW"
    " WHEN (OLD.held_in IS NOT NULL OR NEW.held_in IS NOT NULL)",
    ("place_by_is_kept", "application"): "BEFORE UPDATE OF place_by ON application FOR EACH ROW"
    " WHEN (OLD.place_by IS NOT NULL AND (NEW.place_by IS NULL OR NEW.place_by < OLD.place_by))",
    # Two persons may still admit a child above the seats: that place is no seat of a late round.
    (
        "nothing_after_conclusion",
        "offer",
    ): "BEFORE INSERT ON offer FOR EACH ROW WHEN (NEW.seat NOT IN ('exception', 'redress'))",
    ("not_taken_back", "offer"): "BEFORE UPDATE OF status ON offer FOR EACH ROW WHEN (NEW.seat = 'within_year'"
    " AND OLD.status IN ('declined', 'withdrawn') AND NEW.status <> OLD.status)",
    ("within_vacancies", "offer"): "BEFORE INSERT ON offer FOR EACH ROW WHEN (NEW.seat = 'within_year')",
}


def upgrade() -> None:
    _rounds()
    _classes()
    op.execute(
        "ALTER TABLE application ADD COLUMN grade integer CONSTRAINT grade_plausible CHECK (grade BETWEEN 0 AND 9),"
        " ADD COLUMN place_by timestamptz"
    )
    _offers()
    for function in (*FUNCTIONS, VACANCIES, WITHIN_VACANCIES, PLACED_LATER):
        op.execute(function)
    op.execute(f"GRANT SELECT ON vacancy_standing, placed_later_standing TO {rls.APP}")
    op.execute(f"CREATE OR REPLACE VIEW seats_standing WITH (security_invoker = true) AS {SEATS}")
    for (name, _), when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def _rounds() -> None:
    for statement in ROUND_COLUMNS:
        op.execute(statement)
    # Whoever plans a late round writes what the round before holds, and nothing else.
    held = f"{rls.duty('rules')} AND held_in IS NOT NULL"
    op.execute(f"CREATE POLICY rules_carry ON seat_settlement FOR INSERT TO {rls.APP} WITH CHECK ({held})")


def _classes() -> None:
    op.create_table(
        "school_class",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size_limit", sa.Integer(), nullable=False),
        sa.Column("pupils", sa.Integer(), nullable=False),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("grade BETWEEN 0 AND 9", name="grade_plausible"),
        sa.CheckConstraint("number BETWEEN 1 AND 100", name="number_plausible"),
        sa.CheckConstraint("size_limit BETWEEN 0 AND 60", name="size_limit_plausible"),
        sa.CheckConstraint("pupils BETWEEN 0 AND 100", name="pupils_plausible"),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "year", "school", "grade", "number", name="class_known_once"),
    )
    # Sizes of classes are public; a school's office writes its own, the registrar every school's.
    own = f"{rls.BUREAU} AND school = ANY ((SELECT ctx_organisations())::text[])"
    rls.public_within_bureau("school_class", f"({own}) OR ({rls.duty('registrar')})")


def _offers() -> None:
    for statement in OFFERS_WITHOUT_RUN:
        op.execute(statement)
    op.create_table(
        "offer_placement",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("considered", postgresql.JSONB(), nullable=False),
        sa.Column("placed_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "id"], ["offer.bureau", "offer.id"], name="id_belongs_to_offer"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    # Written with the offer, and never changed.
    rls.protect("offer_placement")
    rls.allow("offer_placement", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("offer_placement", rls.APP, "INSERT", rls.duty("allocation"))
    # The seal of simulations (revision 0011).
    for table in ("offer_placement", "school_class"):
        op.execute(
            f"CREATE TRIGGER not_by_simulation BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT"
            " WHEN (current_setting('app.simulation', true) = 'on') EXECUTE FUNCTION not_by_simulation()"
        )


def downgrade() -> None:
    for name, table in reversed(TRIGGERS):
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
    op.execute(f"CREATE OR REPLACE VIEW seats_standing WITH (security_invoker = true) AS {SEATS_BEFORE}")
    op.execute("DROP VIEW vacancy_standing, placed_later_standing")
    op.execute("DROP FUNCTION place_bound(text, uuid), school_year(text, uuid), placed_within_year(text, uuid[])")
    op.drop_table("offer_placement")
    op.drop_constraint("declined_says_where", "offer")
    op.create_check_constraint(
        "declined_says_where", "offer", "status <> 'declined' OR destination IS NOT NULL OR lapsed"
    )
    op.drop_constraint("within_year_without_run", "offer")
    op.alter_column("offer", "run", nullable=False)
    op.drop_constraint("grade_plausible", "application")
    op.drop_column("application", "place_by")
    op.drop_column("application", "grade")
    op.drop_table("school_class")
    op.execute("DROP POLICY rules_carry ON seat_settlement")
    op.drop_column("seat_settlement", "held_in")
    op.drop_index("one_round_within_a_year", "admission_round")
    op.drop_constraint("round_followed_once", "admission_round")
    for name in (
        "within_year_undrawn",
        "place_within_days_plausible",
        "within_year_has_a_bound",
        "late_follows_a_round",
    ):
        op.drop_constraint(name, "admission_round")
    op.drop_column("admission_round", "place_within_days")
    op.drop_column("admission_round", "follows")
