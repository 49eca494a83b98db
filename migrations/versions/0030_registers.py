"""Questions to registers and their answers; on what a piece of evidence rests; places taken by means of a flat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0030"
down_revision = "0031"

STATUSES = (
    "'waiting', 'confirmed', 'contradicted', 'not_found', 'noted', 'not_asked', 'upheld', 'corrected', 'withdrawn'"
)
MOVED = "status, tries, due_at, answered_at, valid_on, digest, sealed, flat, reason, settled_by, settled_at"
# As 0003 has it.
JOBS = f"{rls.OWN} AND (kind <> 'allocate' OR ({rls.duty('allocation', 'approval')}))"
BY_STAFF = f"({rls.STAFF})"
# What `offers` publishes for the features below it: places of a stage taken by means of these flats, as far as the
# reader may see them.
FLAT_USES = """
CREATE FUNCTION flat_uses_known(of_bureau text, of_stage text, of_flats bytea[])
RETURNS TABLE (flat bytea, year integer, child uuid, guardians uuid[]) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT c.flat, o.year, o.child, c.guardians
    FROM register_check c
    JOIN offer o ON o.bureau = c.bureau AND o.application = c.application
    WHERE c.bureau = of_bureau AND c.flat = ANY (of_flats) AND o.stage = of_stage
        AND o.status IN ('accepted', 'waiting', 'arrived')
$$
"""


def upgrade() -> None:
    op.add_column("evidence", sa.Column("source", sa.Text(), nullable=False, server_default="declared"))
    op.add_column("evidence", sa.Column("valid_on", sa.Date(), nullable=True))
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\nALTER TABLE evidence ADD CONSTRAINT source_known"
        " CHECK (source IN ('declared', 'document', 'register'))"
    )
    op.create_table(
        "register_check",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("valid_on", sa.Date(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("flat", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        sa.CheckConstraint("status NOT IN ('upheld', 'corrected') OR reason IS NOT NULL", name="decided_says_why"),
        sa.CheckConstraint(
            "status NOT IN ('confirmed', 'contradicted', 'upheld', 'corrected')"
            " OR (digest IS NOT NULL AND answered_at IS NOT NULL AND valid_on IS NOT NULL)",
            name="answer_is_kept",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    _indexes()
    _protect()
    op.execute(FLAT_USES)
    # The bureau's staff alone have the registers asked.
    op.execute(
        f"ALTER POLICY tongjiao_app_insert ON job WITH CHECK ({JOBS} AND (kind <> 'ask_registers' OR {BY_STAFF}))"
    )


def _indexes() -> None:
    where = {
        "register_checks_due": (["bureau", "round", "due_at"], "status = 'waiting'"),
        "contradictions_of_a_round": (["bureau", "round", "id"], "status = 'contradicted'"),
        "register_checks_of_a_flat": (["bureau", "flat"], "flat IS NOT NULL"),
    }
    for name, (columns, rows) in where.items():
        op.create_index(name, "register_check", columns, postgresql_where=sa.text(rows))
    op.create_index(
        "one_live_register_check",
        "register_check",
        ["bureau", "application", "kind"],
        unique=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )


def _protect() -> None:
    """A family reads; what a register says is written in the bureau's name alone."""
    rls.protect("register_check")
    rls.allow("register_check", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("register_check", rls.APP, "INSERT", f"{rls.STAFF} AND status IN ('waiting', 'not_asked')")
    rls.allow("register_check", rls.APP, "UPDATE", rls.STAFF)
    op.execute(f"REVOKE UPDATE ON register_check FROM {rls.APP}")
    op.execute(f"GRANT UPDATE ({MOVED}) ON register_check TO {rls.APP}")


def downgrade() -> None:
    op.execute(f"ALTER POLICY tongjiao_app_insert ON job WITH CHECK ({JOBS})")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION flat_uses_known(text, text, bytea[])")
    op.drop_table("register_check")
    op.drop_column("evidence", "valid_on")
    op.drop_column("evidence", "source")
