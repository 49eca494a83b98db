"""What each feature publishes for the bureau's reports: views under the reader's own row-level security."""

from alembic import op

revision = "0009"
down_revision = "0008"

VIEWS = {
    "application_standing": """
        SELECT a.bureau, a.round, a.id AS application, a.migrant, a.outcome, a.residence_community
        FROM application a WHERE a.status = 'submitted'
    """,
    "offer_standing": """
        SELECT DISTINCT ON (o.bureau, o.round, o.application)
               o.bureau, o.round, o.application, o.id AS offer, o.school, o.band, o.distance_m, o.status, o.rank
        FROM offer o WHERE o.status NOT IN ('void', 'withdrawn', 'superseded')
        ORDER BY o.bureau, o.round, o.application, o.id DESC
    """,
    "community_standing": """
        SELECT c.bureau, c.id AS community, c.name AS community_name, c.town, t.name AS town_name
        FROM community c JOIN town t ON t.bureau = c.bureau AND t.id = c.town
    """,
    "school_standing": "SELECT s.bureau, s.id AS school, s.name AS school_name, s.town FROM school s",
    "seats_standing": """
        SELECT p.bureau, p.round, p.school,
               sum(greatest(0, p.classes * p.class_size - coalesce(t.taken, 0)))::integer AS seats
        FROM programme p
        LEFT JOIN (SELECT bureau, programme, sum(seats + class_reduction) AS taken
                   FROM seat_settlement GROUP BY bureau, programme) t
               ON t.bureau = p.bureau AND t.programme = p.id
        GROUP BY p.bureau, p.round, p.school
    """,
}


def upgrade() -> None:
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} WITH (security_invoker = true) AS {query}")
        op.execute(f"GRANT SELECT ON {name} TO tongjiao_app")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
