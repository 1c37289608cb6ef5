"""A migration that fails half way when it is told to."""

import sqlalchemy as sa
from alembic import context, op

revision = "three"
down_revision = "two"


def upgrade():
    """The column must be gone after the failure."""
    op.add_column("account", sa.Column("half", sa.Integer))
    if context.get_x_argument(as_dictionary=True).get("fail"):
        op.execute("SELECT 1/0")
    op.create_check_constraint("half_is_small", "account", "half < 100")


def downgrade():
    """Removes the column with its constraint."""
    op.drop_column("account", "half")
