"""One place per child in the rounds of one stage and year together."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0016"
down_revision = "0015"

HOLDS = "('proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')"
# Rounds are few, and offers some ten thousand a year in a county: what scans them takes less than a second of a time
# at which nobody's deadline runs.
ROUND_OF_ONE_ENTRY = """
-- squawk-ignore constraint-missing-not-valid, disallowed-unique-constraint
ALTER TABLE admission_round ADD CONSTRAINT round_of_one_entry UNIQUE (bureau, id, stage, year)
"""
OFFERS_KEEP_ENTRIES = (
    "-- squawk-ignore adding-not-nullable-field\nALTER TABLE offer ALTER COLUMN stage SET NOT NULL",
    "-- squawk-ignore adding-not-nullable-field\nALTER TABLE offer ALTER COLUMN year SET NOT NULL",
    "-- squawk-ignore constraint-missing-not-valid, adding-foreign-key-constraint\nALTER TABLE offer ADD CONSTRAINT"
    " offer_of_its_entry FOREIGN KEY (bureau, round, stage, year) REFERENCES admission_round (bureau, id, stage, year)",
)
DROP_ONE_PER_ROUND = """
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX one_seat_per_child_and_round
"""
ONE_PER_ENTRY = f"""
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX one_seat_per_child_and_entry ON offer (bureau, stage, year, child) WHERE status IN {HOLDS}
"""
# Stage and year are the round's, whoever makes the offer; the foreign key keeps them so.
OF_ITS_ENTRY = """
CREATE FUNCTION offer_of_its_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT r.stage, r.year INTO NEW.stage, NEW.year
    FROM admission_round r WHERE r.bureau = NEW.bureau AND r.id = NEW.round;
    RETURN NEW;
END $$
"""
# What `offers` publishes for the features below it: who holds a place in an entry, as far as the reader may see it.
# `answered`: the family can no longer lose it by silence, and the round that gave it has ended its answers.
SEATS_IN_ENTRY = f"""
CREATE FUNCTION seats_in_entry(of_bureau text, of_stage text, of_year integer, of_children uuid[])
RETURNS TABLE (child uuid, offer uuid, round uuid, answered boolean) LANGUAGE sql STABLE AS $$
    SELECT o.child, o.id, o.round, o.status NOT IN ('proposed', 'open') AND r.status NOT IN ('proposed', 'final')
    FROM offer o JOIN admission_round r ON r.bureau = o.bureau AND r.id = o.round
    WHERE o.bureau = of_bureau AND o.stage = of_stage AND o.year = of_year AND o.child = ANY (of_children)
        AND o.status IN {HOLDS}
    ORDER BY o.child
$$
"""
# Who has left a round and still has the place for which it left: no child of whom that round must speak.
DEPARTURE_STANDING = f"""
CREATE VIEW departure_standing WITH (security_invoker = true) AS
    SELECT DISTINCT d.bureau, d.round, d.application
    FROM round_departure d JOIN offer o ON o.bureau = d.bureau AND o.id = d.offer
    WHERE o.status IN {HOLDS}
"""


def upgrade() -> None:
    op.execute(ROUND_OF_ONE_ENTRY)
    _put_offers_into_entries()
    op.execute(OF_ITS_ENTRY)
    op.execute(
        "CREATE TRIGGER offer_of_its_entry BEFORE INSERT ON offer FOR EACH ROW EXECUTE FUNCTION offer_of_its_entry()"
    )
    op.execute(SEATS_IN_ENTRY)
    op.create_table(
        "round_departure",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("bundle", sa.Uuid(), nullable=False),
        sa.Column("pass_number", sa.Integer(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("offer", sa.Uuid(), nullable=False),
        sa.Column("left_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(["bureau", "bundle"], ["bundle.bureau", "bundle.id"], name="bundle_belongs_to_bundle"),
        sa.ForeignKeyConstraint(["bureau", "offer"], ["offer.bureau", "offer.id"], name="offer_belongs_to_offer"),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "bundle", "application", name="application_leaves_bundle_once"),
    )
    op.create_index("departures_of_a_round", "round_departure", ["bureau", "round"])
    # Written once by whoever freezes or issues, and never changed.
    rls.protect("round_departure")
    rls.allow("round_departure", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("round_departure", rls.APP, "INSERT", rls.duty("allocation", "approval"))
    # The seal of simulations (revision 0011).
    op.execute(
        "CREATE TRIGGER not_by_simulation BEFORE INSERT OR UPDATE OR DELETE ON round_departure FOR EACH STATEMENT"
        " WHEN (current_setting('app.simulation', true) = 'on') EXECUTE FUNCTION not_by_simulation()"
    )
    op.execute(DEPARTURE_STANDING)
    op.execute(f"GRANT SELECT ON departure_standing TO {rls.APP}")


def _put_offers_into_entries() -> None:
    op.add_column("offer", sa.Column("stage", sa.Text(), nullable=True))
    op.add_column("offer", sa.Column("year", sa.Integer(), nullable=True))
    # The owner sees no row of either table while its policies bind it too, nor what the triggers of offers look for.
    op.execute("ALTER TABLE admission_round NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE offer NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")
    op.execute(
        "UPDATE offer o SET stage = r.stage, year = r.year FROM admission_round r"
        " WHERE r.bureau = o.bureau AND r.id = o.round"
    )
    for statement in OFFERS_KEEP_ENTRIES:
        op.execute(statement)
    op.execute("ALTER TABLE admission_round FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE offer FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER")
    op.execute(DROP_ONE_PER_ROUND)
    op.execute(ONE_PER_ENTRY)


def downgrade() -> None:
    op.execute("DROP VIEW departure_standing")
    op.drop_table("round_departure")
    op.execute("DROP FUNCTION seats_in_entry(text, text, integer, uuid[])")
    op.execute("DROP TRIGGER offer_of_its_entry ON offer")
    op.execute("DROP FUNCTION offer_of_its_entry()")
    op.drop_index("one_seat_per_child_and_entry", "offer")
    op.drop_constraint("offer_of_its_entry", "offer")
    op.create_index(
        "one_seat_per_child_and_round",
        "offer",
        ["bureau", "round", "application"],
        unique=True,
        postgresql_where=sa.text(f"status IN {HOLDS}"),
    )
    op.drop_column("offer", "year")
    op.drop_column("offer", "stage")
    op.drop_constraint("round_of_one_entry", "admission_round")
