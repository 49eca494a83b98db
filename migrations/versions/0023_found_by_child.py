"""What is a guardian's is found by the child: row-level security admits no index on `guardians`, whose operators
PostgreSQL does not call leakproof."""

from alembic import op

revision = "0023"
down_revision = "0022"

OLD = {
    "children_of_a_guardian": "child",
    "applications_of_a_guardian": "application",
    "offers_of_a_guardian": "offer",
}
NEW = {
    "guardianships_of_a_person": ("guardianship", ["bureau", "person"]),
    "applications_of_a_child": ("application", ["bureau", "child"]),
    "offers_of_a_child": ("offer", ["bureau", "child"]),
}


def upgrade() -> None:
    with op.get_context().autocommit_block():  # so that nobody waits while an index is built
        for name, (table, columns) in NEW.items():
            op.create_index(name, table, columns, postgresql_concurrently=True)
        for name, table in OLD.items():
            op.drop_index(name, table, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table in OLD.items():
            op.create_index(name, table, ["guardians"], postgresql_using="gin", postgresql_concurrently=True)
        for name, (table, _) in NEW.items():
            op.drop_index(name, table, postgresql_concurrently=True)
