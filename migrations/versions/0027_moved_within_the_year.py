"""Pupils who move within the county, purchased places within the year, and days without a place that have passed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0027"
down_revision = "0026"

HOLDS_NOW = "'proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ'"
NOT_YET = "'open', 'accepted', 'waiting', 'not_arrived', 'elsewhere', 'papers_differ'"
BEFORE = (
    "'proposed', 'open', 'accepted', 'waiting', 'declined', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ',"
    " 'withdrawn', 'superseded', 'void'"
)
# No person has this depth: the triggers of the schema alone do, and what they write is written below.
BY_TRIGGER = f"{rls.BUREAU} AND (SELECT pg_trigger_depth()) > 0"

# A child has arrived: the place that it had ends in the same step, and the class there loses one. The office that
# reports it sees neither, and needs no right to them; the school left sees what became of its own.
ARRIVAL_ENDS = """
CREATE FUNCTION arrival_ends_the_place_before() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before record;
    of_class uuid;
BEGIN
    SELECT p.id, p.offer, p.school, o.stage, o.year, g.grade INTO before
    FROM pupil p
    JOIN offer o ON o.bureau = p.bureau AND o.id = p.offer
    JOIN programme g ON g.bureau = o.bureau AND g.id = o.programme
    WHERE p.bureau = NEW.bureau AND p.child = NEW.child AND p.left_at IS NULL FOR UPDATE OF p;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    IF NEW.leaves IS NOT NULL AND before.stage = NEW.stage THEN
        UPDATE school_class k SET pupils = k.pupils - 1
        WHERE k.bureau = NEW.bureau AND k.id = (
            SELECT c.id FROM school_class c
            WHERE c.bureau = NEW.bureau AND c.year = NEW.year AND c.school = before.school
                AND c.grade = before.grade + NEW.year - before.year AND c.pupils > 0
            ORDER BY c.pupils - c.size_limit DESC, c.number LIMIT 1
        ) RETURNING k.id INTO of_class;
    END IF;
    UPDATE pupil p SET left_at = now(), left_for = NEW.id, left_class = of_class, schools = p.schools || NEW.school,
        left_because = CASE WHEN before.stage <> NEW.stage THEN 'went_up' WHEN NEW.leaves IS NULL THEN 'entered_anew'
            ELSE 'moved' END
    WHERE p.bureau = NEW.bureau AND p.id = before.id;
    IF before.stage = NEW.stage THEN
        UPDATE offer o SET status = 'left', schools = '{}' WHERE o.bureau = NEW.bureau AND o.id = before.offer;
    END IF;
    RETURN NEW;
END $$
"""
# Never without a place: who has left one is a pupil at another when the transaction ends.
LEFT_FOR_ANOTHER = """
CREATE FUNCTION left_for_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pupil p JOIN pupil n ON n.bureau = p.bureau AND n.child = p.child AND n.offer = p.left_for
        WHERE p.bureau = NEW.bureau AND p.offer = NEW.id AND p.left_at IS NOT NULL AND n.left_at IS NULL
    ) THEN
        RAISE EXCEPTION 'a place is left for another one alone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER arrival_ends_the_place_before BEFORE UPDATE OF status ON offer FOR EACH ROW"
    " WHEN (NEW.status = 'arrived' AND OLD.status <> 'arrived') EXECUTE FUNCTION arrival_ends_the_place_before()",
    "CREATE CONSTRAINT TRIGGER left_for_another AFTER INSERT OR UPDATE OF status ON offer DEFERRABLE INITIALLY"
    " DEFERRED FOR EACH ROW WHEN (NEW.status = 'left') EXECUTE FUNCTION left_for_another()",
)
# What `offers` publishes for the features below it: who attends which school now, as far as the reader may see it.
PUPILS_KNOWN = """
CREATE FUNCTION pupils_known(of_bureau text, of_children uuid[])
RETURNS TABLE (child uuid, school text, stage text, year integer, grade integer{more}) LANGUAGE sql STABLE AS $$
    SELECT p.child, p.school, o.stage, o.year, g.grade{offer}
    FROM pupil p
    JOIN offer o ON o.bureau = p.bureau AND o.id = p.offer
    JOIN programme g ON g.bureau = o.bureau AND g.id = o.programme
    WHERE p.bureau = of_bureau AND p.child = ANY (of_children){now}
    ORDER BY p.child, p.id
$$
"""
# The place for which a child would leave the one that it has is not yet its own.
SEATS_IN_ENTRY = """
CREATE OR REPLACE FUNCTION seats_in_entry(of_bureau text, of_stage text, of_year integer, of_children uuid[])
RETURNS TABLE (child uuid, offer uuid, round uuid, answered boolean) LANGUAGE sql STABLE AS $$
    SELECT o.child, o.id, o.round, o.status <> 'proposed' AND r.status NOT IN ('proposed', 'final')
    FROM offer o JOIN admission_round r ON r.bureau = o.bureau AND r.id = o.round
    WHERE o.bureau = of_bureau AND o.stage = of_stage AND o.year = of_year AND o.child = ANY (of_children)
        AND o.status IN ({holds}){own}
    ORDER BY o.child
$$
"""
PLACED_WITHIN_YEAR = """
CREATE FUNCTION placed_within_year(of_bureau text, of_applications uuid[]{argument}) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM offer o WHERE o.bureau = of_bureau AND o.application = ANY (of_applications)
            AND o.seat = 'within_year'
            AND o.status IN ('open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ'){but}
    )
$$
"""
# `kept`: the place that a child has and would leave; so has whose application says so already.
BUT_KEPT = """
            AND o.id IS DISTINCT FROM kept
            AND NOT EXISTS (
                SELECT FROM application a
                WHERE a.bureau = o.bureau AND a.id = o.application AND a.moves_from = o.id AND o.status = 'arrived'
            )"""
# Whom a round left without a place, and who has one now by a late round of the entry; and who asks to move, as long as
# it stays where it is, and is counted there.
PLACED_LATER = f"""
SELECT a.bureau, a.round, a.id AS application
FROM application a
JOIN admission_round r ON r.bureau = a.bureau AND r.id = a.round
JOIN offer o ON o.bureau = a.bureau AND o.stage = r.stage AND o.year = r.year AND o.child = a.child
    AND o.round <> a.round AND o.status IN ({HOLDS_NOW})
JOIN admission_round l ON l.bureau = o.bureau AND l.id = o.round AND l.kind IN ('late', 'within_year')
"""
OWN = " AND (o.leaves IS NULL OR o.status = 'arrived')"
MOVING = """
UNION ALL
SELECT a.bureau, a.round, a.id AS application
FROM application a
JOIN offer o ON o.bureau = a.bureau AND o.id = a.moves_from AND o.round <> a.round AND o.status = 'arrived'
"""
# Of a programme that the bureau pays for (`purchased`) there are never more than it has bought.
VACANCIES = """
SELECT p.bureau, p.round, p.id AS programme, p.school, p.grade, c.classes::integer AS classes,
       coalesce(c.room, 0)::integer AS room, (o.reserved + e.elsewhere)::integer AS reserved,
       o.arrived::integer AS arrived,
       CASE WHEN d.kept THEN 0 ELSE greatest(0, {free})::integer END
           AS vacancies,
       r.year, e.elsewhere::integer AS elsewhere, coalesce(c.above, 0)::integer AS above, d.kept AS kept_for_draw
FROM programme p
JOIN admission_round r ON r.bureau = p.bureau AND r.id = p.round AND r.kind = 'within_year'
CROSS JOIN LATERAL (
    SELECT count(*) AS classes, sum(greatest(0, k.size_limit - k.pupils)) AS room,
           sum(greatest(0, k.pupils - k.size_limit)) AS above
    FROM school_class k
    WHERE k.bureau = p.bureau AND k.year = r.year AND k.school = p.school AND k.grade = p.grade
) c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (
               WHERE f.status IN ('open', 'accepted', 'waiting', 'not_arrived', 'elsewhere', 'papers_differ')
           ) AS reserved,
           count(*) FILTER (WHERE f.status = 'arrived') AS arrived
    FROM offer f WHERE f.bureau = p.bureau AND f.round = p.round AND f.programme = p.id
) o
CROSS JOIN LATERAL (
    SELECT count(*) AS elsewhere
    FROM admission_round q
    JOIN programme g ON g.bureau = q.bureau AND g.round = q.id AND g.school = p.school AND g.grade = p.grade
    JOIN offer f ON f.bureau = g.bureau AND f.round = g.round AND f.school = g.school AND f.programme = g.id
    WHERE q.bureau = p.bureau AND q.year = r.year AND q.id <> r.id
        AND f.status IN ('proposed', 'open', 'accepted', 'waiting', 'not_arrived', 'elsewhere', 'papers_differ')
) e
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM still_to_draw(p.bureau, r.stage, r.year, p.grade)) AS kept
) d
"""
PURCHASED = "p.classes * p.class_size - o.reserved - o.arrived"
WITHIN_PURCHASED = (
    f"CASE WHEN p.payer = 'bureau' THEN least(coalesce(c.room, 0) - o.reserved - e.elsewhere, {PURCHASED})"
    " ELSE coalesce(c.room, 0) - o.reserved - e.elsewhere END"
)
BY_CLASSES = "coalesce(c.room, 0) - o.reserved - e.elsewhere"
ALARM_READS = {
    "application": "bureau, id, round, child, status, outcome, residence_community, grade, place_by, moves_from",
    "offer": "bureau, id, round, application, child, status, lapsed, stage, year, leaves",
}
FORCED = ("offer", "pupil")


def upgrade() -> None:
    _offers()
    _pupils()
    op.execute("ALTER TABLE application ADD COLUMN moves_from uuid")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION pupils_known(text, uuid[])")
    op.execute(PUPILS_KNOWN.format(more=", offer uuid", offer=", p.offer", now=" AND p.left_at IS NULL"))
    op.execute(SEATS_IN_ENTRY.format(holds=HOLDS_NOW, own=OWN))
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION placed_within_year(text, uuid[])")
    op.execute(PLACED_WITHIN_YEAR.format(argument=", kept uuid", but=BUT_KEPT))
    _views(f"{PLACED_LATER.rstrip()}\nWHERE true{OWN}{MOVING}", WITHIN_PURCHASED)
    _alarms()


def _offers() -> None:
    op.execute("ALTER TABLE offer ADD COLUMN leaves uuid")
    _hold("offer", "only_within_the_year", "leaves IS NULL OR seat = 'within_year'")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\n"
        "ALTER TABLE offer ADD CONSTRAINT leaves_belongs_to_offer"
        " FOREIGN KEY (bureau, leaves) REFERENCES offer (bureau, id)"
    )
    _statuses(f"{BEFORE}, 'left'")
    _one_seat(f"status IN ({HOLDS_NOW}) AND (leaves IS NULL OR status = 'arrived')")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE UNIQUE INDEX one_move_per_child ON offer (bureau, child)"
        f" WHERE leaves IS NOT NULL AND status IN ({NOT_YET})"
    )


def _pupils() -> None:
    op.execute(
        "ALTER TABLE pupil ADD COLUMN left_at timestamptz, ADD COLUMN left_because text"
        " CONSTRAINT left_because_known CHECK (left_because IN ('moved', 'went_up', 'entered_anew')),"
        " ADD COLUMN left_for uuid, ADD COLUMN left_class uuid"
    )
    _hold(
        "pupil",
        "left_says_why",
        "(left_at IS NULL) = (left_because IS NULL) AND (left_at IS NULL) = (left_for IS NULL)",
    )
    # Until now a record of a pupil had no end: each ends where the next begins.
    for table in FORCED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE pupil p SET left_at = n.at, left_for = n.offer,"
        " left_because = CASE WHEN n.went_up THEN 'went_up' ELSE 'entered_anew' END"
        " FROM (SELECT q.bureau, q.id, lead(q.enrolled_at) OVER w AS at, lead(q.offer) OVER w AS offer,"
        " lead(o.stage) OVER w <> o.stage AS went_up"
        " FROM pupil q JOIN offer o ON o.bureau = q.bureau AND o.id = q.offer"
        " WINDOW w AS (PARTITION BY q.bureau, q.child ORDER BY q.id)) n"
        " WHERE n.bureau = p.bureau AND n.id = p.id AND n.at IS NOT NULL"
    )
    for table in FORCED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE UNIQUE INDEX one_school_per_pupil ON pupil (bureau, child) WHERE left_at IS NULL"
    )
    op.execute(f"GRANT UPDATE (left_at, left_because, left_for, left_class, schools) ON pupil TO {rls.APP}")
    for table in FORCED:
        op.execute(f"CREATE POLICY seen_by_trigger ON {table} FOR SELECT TO {rls.APP} USING ({BY_TRIGGER})")
        op.execute(f"CREATE POLICY ended_by_trigger ON {table} FOR UPDATE TO {rls.APP} USING ({BY_TRIGGER})")
    op.execute(
        f"CREATE POLICY counted_by_trigger ON school_class FOR UPDATE TO {rls.APP}"
        f" USING ({rls.BUREAU}) WITH CHECK ({BY_TRIGGER})"
    )
    for statement in (ARRIVAL_ENDS, LEFT_FOR_ANOTHER, *TRIGGERS):
        op.execute(statement)


def _alarms() -> None:
    op.create_table(
        "overdue_alarm",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("place_by", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("raised_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
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
        sa.UniqueConstraint("bureau", "application", "place_by", name="alarm_raised_once"),
    )
    # Raised by the job alone, and never changed; it reads whom a case concerns and when, and nothing that is sealed.
    rls.protect("overdue_alarm")
    rls.allow("overdue_alarm", rls.APP, "SELECT", rls.STAFF)
    rls.allow("overdue_alarm", rls.WORKER, "SELECT", rls.BUREAU)
    rls.allow("overdue_alarm", rls.WORKER, "INSERT", rls.BUREAU)
    # The seal of simulations (revision 0011).
    op.execute(
        "CREATE TRIGGER not_by_simulation BEFORE INSERT OR UPDATE OR DELETE ON overdue_alarm FOR EACH STATEMENT"
        " WHEN (current_setting('app.simulation', true) = 'on') EXECUTE FUNCTION not_by_simulation()"
    )
    for table, columns in ALARM_READS.items():
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO {rls.WORKER}")
        op.execute(f"CREATE POLICY {rls.WORKER}_select ON {table} FOR SELECT TO {rls.WORKER} USING ({rls.BUREAU})")


def _views(placed_later: str, free: str) -> None:
    op.execute(f"CREATE OR REPLACE VIEW placed_later_standing WITH (security_invoker = true) AS {placed_later}")
    op.execute(
        f"CREATE OR REPLACE VIEW vacancy_standing WITH (security_invoker = true) AS {VACANCIES.format(free=free)}"
    )


def _one_seat(rows: str) -> None:
    """Offers are some ten thousand a year in a county, indexed in less than a second."""
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX one_seat_per_child_and_entry")
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        f"CREATE UNIQUE INDEX one_seat_per_child_and_entry ON offer (bureau, stage, year, child) WHERE {rows}"
    )


def _statuses(known: str) -> None:
    op.execute("-- squawk-ignore ban-drop-constraint\nALTER TABLE offer DROP CONSTRAINT status_known")
    _hold("offer", "status_known", f"status IN ({known})")


def _hold(table: str, name: str, rule: str) -> None:
    op.execute(
        f"-- squawk-ignore constraint-missing-not-valid\nALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})"
    )


def downgrade() -> None:
    for table in ALARM_READS:
        op.execute(f"DROP POLICY {rls.WORKER}_select ON {table}")
        op.execute(f"REVOKE SELECT ({ALARM_READS[table]}) ON {table} FROM {rls.WORKER}")
    op.drop_table("overdue_alarm")
    _views(PLACED_LATER, BY_CLASSES)
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION placed_within_year(text, uuid[], uuid)")
    op.execute(PLACED_WITHIN_YEAR.format(argument="", but=""))
    op.execute(SEATS_IN_ENTRY.format(holds=HOLDS_NOW, own=""))
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION pupils_known(text, uuid[])")
    op.execute(PUPILS_KNOWN.format(more="", offer="", now=""))
    op.drop_column("application", "moves_from")
    op.execute("DROP TRIGGER left_for_another ON offer")
    op.execute("DROP TRIGGER arrival_ends_the_place_before ON offer")
    op.execute("DROP FUNCTION left_for_another(), arrival_ends_the_place_before()")
    op.execute("DROP POLICY counted_by_trigger ON school_class")
    for table in FORCED:
        op.execute(f"DROP POLICY seen_by_trigger ON {table}")
        op.execute(f"DROP POLICY ended_by_trigger ON {table}")
    op.execute(f"REVOKE UPDATE (left_at, left_because, left_for, left_class, schools) ON pupil FROM {rls.APP}")
    op.drop_index("one_school_per_pupil", "pupil")
    op.drop_constraint("left_says_why", "pupil")
    for name in ("left_class", "left_for", "left_because", "left_at"):
        op.drop_column("pupil", name)
    op.drop_index("one_move_per_child", "offer")
    _one_seat(f"status IN ({HOLDS_NOW})")
    _statuses(BEFORE)
    op.drop_constraint("leaves_belongs_to_offer", "offer")
    op.drop_constraint("only_within_the_year", "offer")
    op.drop_column("offer", "leaves")
