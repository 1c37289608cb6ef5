"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "one"
down_revision = None


def upgrade():
    """Creates, fills, and changes them."""
    made = op.create_table(
        "account", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20), nullable=False),
        sa.Column("kind", sa.Enum("a", "b", name="kind", native_enum=True)))
    op.bulk_insert(made, [{"name": f"n{n}", "kind": "a"} for n in range(10)])
    op.create_index("account_name", "account", ["name"], unique=True)
    op.alter_column("account", "name", type_=sa.Text, existing_type=sa.String(20))


def downgrade():
    """Removes them."""
    op.drop_table("account")
    op.execute("DROP TYPE kind")
