"""Applications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import rls

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "child",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("number_kind", sa.Text(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("twin_reference", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(number_kind IN ('none', 'claimed')) = (lookup IS NULL)", name="number_has_lookup"),
        sa.CheckConstraint("number_kind IN ('citizen', 'hmt', 'foreign', 'none', 'claimed')", name="number_kind_known"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "lookup", name="child_known_once"),
        sa.UniqueConstraint("bureau", "reference", name="reference_known_once"),
    )
    op.create_table(
        "guardianship",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.ForeignKeyConstraint(["bureau", "person"], ["person.bureau", "person.id"], name="person_belongs_to_person"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "child", "person", name="guardianship_known_once"),
    )
    op.create_table(
        "application",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("child", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("migrant", sa.Boolean(), nullable=False),
        sa.Column("residence_community", sa.Text(), nullable=False),
        sa.Column("registration_community", sa.Text(), nullable=True),
        sa.Column("sibling_school", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("form_digest", sa.Text(), nullable=False),
        sa.Column("submitted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('pending', 'eligible', 'undetermined', 'refusal_proposed', 'not_eligible')",
            name="outcome_known",
        ),
        sa.CheckConstraint("status IN ('draft', 'submitted', 'withdrawn')", name="status_known"),
        sa.ForeignKeyConstraint(["bureau", "child"], ["child.bureau", "child.id"], name="child_belongs_to_child"),
        sa.ForeignKeyConstraint(
            ["bureau", "residence_community"],
            ["community.bureau", "community.id"],
            name="residence_community_belongs_to_community",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "child", name="one_application_per_child_and_round"),
    )
    op.create_index("applications_of_a_round", "application", ["bureau", "round", "status", "outcome"], unique=False)
    op.create_table(
        "decision",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ruleset", sa.Text(), nullable=False),
        sa.Column("ruleset_digest", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("missing", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("rights", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("keys_elsewhere", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("groups", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("outcome <> 'not_eligible' OR reason IS NOT NULL", name="refusal_has_reason"),
        sa.CheckConstraint(
            "outcome IN ('pending', 'eligible', 'undetermined', 'refusal_proposed', 'not_eligible')",
            name="outcome_known",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "ruleset"], ["ruleset.bureau", "ruleset.id"], name="ruleset_belongs_to_ruleset"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "application", "number", name="decision_numbered_once"),
    )
    op.create_table(
        "evidence",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("schools", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('claimed', 'confirmed', 'refused')", name="status_known"),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "application", "kind", name="evidence_of_a_kind_once"),
    )
    op.create_table(
        "preference",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("application", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("guardians", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.CheckConstraint("rank BETWEEN 1 AND 20", name="rank_in_list"),
        sa.ForeignKeyConstraint(
            ["bureau", "application"],
            ["application.bureau", "application.id"],
            name="application_belongs_to_application",
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "programme"], ["programme.bureau", "programme.id"], name="programme_belongs_to_programme"
        ),
        sa.PrimaryKeyConstraint("bureau", "application", "rank"),
        sa.UniqueConstraint("bureau", "application", "programme", name="programme_listed_once"),
    )
    op.create_index("children_of_a_guardian", "child", ["guardians"], postgresql_using="gin")
    op.create_index("applications_of_a_guardian", "application", ["guardians"], postgresql_using="gin")
    for table in ("child", "guardianship", "application", "evidence"):
        rls.personal(table)
    rls.protect("decision")
    rls.allow("decision", rls.APP, "SELECT", rls.GUARDIAN_OR_STAFF)
    rls.allow("decision", rls.APP, "INSERT", rls.GUARDIAN_OR_STAFF)
    rls.allow("evidence", rls.APP, "DELETE", rls.GUARDIAN_OR_STAFF)
    rls.protect("preference")
    for command in ("SELECT", "INSERT", "DELETE"):
        rls.allow("preference", rls.APP, command, rls.GUARDIAN_OR_STAFF)


def downgrade() -> None:
    op.drop_table("preference")
    op.drop_table("evidence")
    op.drop_table("decision")
    op.drop_index("applications_of_a_round", table_name="application")
    op.drop_table("application")
    op.drop_table("guardianship")
    op.drop_table("child")
