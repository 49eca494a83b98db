"""Schools."""

import sqlalchemy as sa
from alembic import op

from migrations import rls

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "town",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("succeeded_by", sa.Text(), nullable=True),
        sa.Column("east_m", sa.Integer(), nullable=False),
        sa.Column("north_m", sa.Integer(), nullable=False),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        sa.CheckConstraint(
            "succeeded_by IS NULL OR (valid_to IS NOT NULL AND succeeded_by <> id)", name="succeeded_ends"
        ),
        sa.ForeignKeyConstraint(
            ["bureau", "succeeded_by"],
            ["town.bureau", "town.id"],
            name="succeeded_by_belongs_to_town",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "community",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("east_m", sa.Integer(), nullable=False),
        sa.Column("north_m", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        sa.ForeignKeyConstraint(["bureau", "town"], ["town.bureau", "town.id"], name="town_belongs_to_town"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "school",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("stages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("town", sa.Text(), nullable=False),
        sa.Column("inclusive", sa.Boolean(), nullable=True),
        sa.Column("kindergarten_level", sa.Integer(), nullable=True),
        sa.Column("consortium", sa.Text(), nullable=False),
        sa.Column("official_code", sa.Text(), nullable=False),
        sa.Column("east_m", sa.Integer(), nullable=False),
        sa.Column("north_m", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("ownership IN ('public', 'private')", name="ownership_known"),
        sa.CheckConstraint(
            "cardinality(stages) > 0 AND stages <@ ARRAY['preschool', 'primary', 'junior', 'special']",
            name="stages_known",
        ),
        sa.CheckConstraint("kindergarten_level BETWEEN 1 AND 3", name="kindergarten_level_known"),
        sa.CheckConstraint("id ~ '^[A-Za-z0-9._:-]{1,64}$'", name="id_is_identifier"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        sa.ForeignKeyConstraint(
            ["bureau", "id"], ["organisation.bureau", "organisation.id"], name="id_belongs_to_organisation"
        ),
        sa.ForeignKeyConstraint(["bureau", "town"], ["town.bureau", "town.id"], name="town_belongs_to_town"),
        sa.PrimaryKeyConstraint("bureau", "id"),
    )
    op.create_table(
        "catchment",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("stage IN ('preschool', 'primary', 'junior', 'special')", name="stage_known"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        sa.ForeignKeyConstraint(
            ["bureau", "community"], ["community.bureau", "community.id"], name="community_belongs_to_community"
        ),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "stage", "community", "school", "valid_from", name="catchment_known_once"),
    )
    op.create_table(
        "programme",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("round", sa.Uuid(), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("classes", sa.Integer(), nullable=False),
        sa.Column("class_size", sa.Integer(), nullable=False),
        sa.Column("fictitious", sa.Boolean(), nullable=False),
        sa.CheckConstraint("class_size BETWEEN 1 AND 60", name="class_size_plausible"),
        sa.CheckConstraint("classes BETWEEN 0 AND 100", name="classes_plausible"),
        sa.CheckConstraint("id ~ '^[A-Za-z0-9._:-]{1,64}$'", name="id_is_identifier"),
        sa.ForeignKeyConstraint(
            ["bureau", "round"],
            ["admission_round.bureau", "admission_round.id"],
            name="round_belongs_to_admission_round",
        ),
        sa.ForeignKeyConstraint(["bureau", "school"], ["school.bureau", "school.id"], name="school_belongs_to_school"),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "round", "school", "grade", name="programme_known_once"),
    )
    op.create_table(
        "seat_settlement",
        sa.Column("bureau", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("class_reduction", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.CheckConstraint("btrim(decision) <> ''", name="decision_named"),
        sa.CheckConstraint("seats >= 0 AND class_reduction >= 0", name="never_negative"),
        sa.ForeignKeyConstraint(
            ["bureau", "programme"], ["programme.bureau", "programme.id"], name="programme_belongs_to_programme"
        ),
        sa.PrimaryKeyConstraint("bureau", "id"),
        sa.UniqueConstraint("bureau", "programme", "decision", name="decision_settles_once"),
    )
    for table in ("town", "community", "school", "catchment", "programme"):
        rls.public_within_bureau(table, rls.duty("registrar", "rules"))
    rls.public_within_bureau("seat_settlement", rls.duty("casework", "allocation"))


def downgrade() -> None:
    op.drop_table("seat_settlement")
    op.drop_table("programme")
    op.drop_table("catchment")
    op.drop_table("school")
    op.drop_table("community")
    op.drop_table("town")
