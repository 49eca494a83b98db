"""Places by which the bureau mends its own error, beside a result; and seats that outlive an annulled one."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

# An offer on no seat of a run asks for the record of its exception, and that two persons have admitted this very child
# to this programme by the act that the record names: a twin by one kind of act, in redress by the other.
ADMITTED_BY_TWO = """
CREATE OR REPLACE FUNCTION admitted_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM offer_exception e JOIN two_person_act a ON a.bureau = e.bureau AND a.id = e.act
        WHERE e.bureau = NEW.bureau AND e.id = NEW.id AND e.round = NEW.round AND e.application = NEW.application
            AND a.kind = {kind}
            AND a.status = 'approved' AND a.object = 'application:' || NEW.application
            AND a.payload ->> 'round' = NEW.round::text AND a.payload ->> 'programme' = NEW.programme{ground}
    ) THEN
        RAISE EXCEPTION 'a place is given by exception by two persons' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
OF_ITS_KIND = "CASE NEW.seat WHEN 'redress' THEN 'mend_error' ELSE 'admit_by_exception' END"
AS_THE_ACT_SAYS = """
            AND e.ground IS NOT DISTINCT FROM a.payload ->> 'ground'
            AND e.excess = coalesce((a.payload ->> 'excess')::integer, 0)"""
# What `offers` publishes for the features below it: how many planned seats of each programme the round's offers hold.
HOLDS = "('proposed', 'open', 'accepted', 'waiting', 'arrived', 'not_arrived', 'elsewhere', 'papers_differ')"
SEATS_TAKEN = f"""
CREATE FUNCTION seats_taken(of_bureau text, of_round uuid) RETURNS TABLE (programme text, taken integer)
LANGUAGE sql STABLE AS $$
    SELECT o.programme, count(*)::integer FROM offer o
    WHERE o.bureau = of_bureau AND o.round = of_round AND o.status IN {HOLDS}
        AND o.seat NOT IN ('exception', 'redress')
    GROUP BY o.programme
$$
"""
TRIGGER = (
    "CREATE TRIGGER admitted_by_two BEFORE INSERT ON offer FOR EACH ROW"
    " WHEN (NEW.seat {seats}) EXECUTE FUNCTION admitted_by_two()"
)


def upgrade() -> None:
    op.add_column("offer_exception", sa.Column("ground", sa.Text(), nullable=True))
    op.add_column("offer_exception", sa.Column("excess", sa.Integer(), server_default="0", nullable=False))
    # No row has a ground yet: nothing is scanned for.
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE offer_exception ADD CONSTRAINT ground_known"
        " CHECK (ground IN ('objection_upheld', 'refused_in_error', 'checked_in_error'))"
    )
    op.execute(ADMITTED_BY_TWO.format(kind=OF_ITS_KIND, ground=AS_THE_ACT_SAYS))
    op.execute("DROP TRIGGER admitted_by_two ON offer")
    op.execute(TRIGGER.format(seats="IN ('exception', 'redress')"))
    op.execute(SEATS_TAKEN)


def downgrade() -> None:
    op.execute("DROP FUNCTION seats_taken(text, uuid)")
    op.execute("DROP TRIGGER admitted_by_two ON offer")
    op.execute(TRIGGER.format(seats="= 'exception'"))
    op.execute(ADMITTED_BY_TWO.format(kind="'admit_by_exception'", ground=""))
    op.drop_constraint("ground_known", "offer_exception")
    op.drop_column("offer_exception", "excess")
    op.drop_column("offer_exception", "ground")
