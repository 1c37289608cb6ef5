"""What must run outside a transaction."""

import sqlalchemy as sa
from alembic import op

revision = "two"
down_revision = "one"


def upgrade():
    """An index built concurrently, a value of a type, then a change within a transaction again."""
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE kind ADD VALUE IF NOT EXISTS 'c'")
        op.create_index("account_kind", "account", ["kind"], postgresql_concurrently=True)
    op.add_column("account", sa.Column("made", sa.DateTime(timezone=True), server_default=sa.func.now()))
    op.execute("UPDATE account SET kind = 'c' WHERE id > 5")


def downgrade():
    """The value stays: PostgreSQL cannot remove it."""
    op.drop_column("account", "made")
    op.drop_index("account_kind", "account")
