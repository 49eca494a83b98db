"""One stock of seats for the rounds of an entry: what a draw has still to give, and what other rounds hold."""

from alembic import op

from migrations import rls

revision = "0026"
down_revision = "0025"

# What `rounds` publishes for the features above and below it: the rounds whose draw has places of this grade still to
# give, and whether a family may apply there now. A late round has its seats from its plan on; of a main one that is
# still being planned nothing is promised yet.
STILL_TO_DRAW = """
CREATE FUNCTION still_to_draw(of_bureau text, of_stage text, of_year integer, of_grade integer)
RETURNS TABLE (round uuid, takes_applications boolean) LANGUAGE sql STABLE AS $$
    SELECT r.id, r.status = 'open' AND now() BETWEEN r.opens_at AND r.closes_at
    FROM admission_round r
    WHERE r.bureau = of_bureau AND r.stage = of_stage AND r.year = of_year AND r.status <> 'concluded'
        AND (r.kind = 'late' OR r.kind = 'main' AND r.status <> 'planned')
        AND EXISTS (SELECT FROM programme p WHERE p.bureau = r.bureau AND p.round = r.id AND p.grade = of_grade)
$$
"""
BEFORE = """
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
# `elsewhere`: of what is reserved, what other rounds of the year hold. `above`: pupils above the limits of classes.
VACANCIES = """
SELECT p.bureau, p.round, p.id AS programme, p.school, p.grade, c.classes::integer AS classes,
       coalesce(c.room, 0)::integer AS room, (o.reserved + e.elsewhere)::integer AS reserved,
       o.arrived::integer AS arrived,
       CASE WHEN d.kept THEN 0 ELSE greatest(0, coalesce(c.room, 0) - o.reserved - e.elsewhere)::integer END
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
SEATS = """
    SELECT p.bureau, p.round, p.school,
           sum(coalesce({of_classes},
                        greatest(0, p.classes * p.class_size - coalesce(t.taken, 0))))::integer AS seats
    FROM programme p
    LEFT JOIN (SELECT bureau, programme, sum(seats + class_reduction) AS taken
               FROM seat_settlement GROUP BY bureau, programme) t
           ON t.bureau = p.bureau AND t.programme = p.id
    {joined}
    GROUP BY p.bureau, p.round, p.school
"""
JOINED = "LEFT JOIN vacancy_standing v ON v.bureau = p.bureau AND v.programme = p.id"
OF_CLASSES = "v.arrived + greatest(v.room - v.elsewhere, v.reserved - v.elsewhere)"
OF_CLASSES_BEFORE = "v.arrived + greatest(v.room, v.reserved)"


def upgrade() -> None:
    op.execute(STILL_TO_DRAW)
    op.execute(f"CREATE OR REPLACE VIEW vacancy_standing WITH (security_invoker = true) AS {VACANCIES}")
    _seats(OF_CLASSES, JOINED)


def _seats(of_classes: str, joined: str) -> None:
    seats = SEATS.format(of_classes=of_classes, joined=joined)
    op.execute(f"CREATE OR REPLACE VIEW seats_standing WITH (security_invoker = true) AS {seats}")


def downgrade() -> None:
    _seats("NULL::bigint", "")
    op.execute("DROP VIEW vacancy_standing")
    op.execute("DROP FUNCTION still_to_draw(text, text, integer, integer)")
    op.execute(f"CREATE VIEW vacancy_standing WITH (security_invoker = true) AS {BEFORE}")
    op.execute(f"GRANT SELECT ON vacancy_standing TO {rls.APP}")
    _seats(OF_CLASSES_BEFORE, JOINED)
