"""Alembic's environment as `alembic init` lays it out, online only."""

from alembic import context
from sqlalchemy import engine_from_config, pool
from sqlalchemy_models import Base

section = context.config.get_section(context.config.config_ini_section)
engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, transaction_per_migration=True,
        compare_server_default=True)
    with context.begin_transaction():
        # Several deployments may migrate at once: the first one does, the others wait and find nothing to do.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4711)")
        context.run_migrations()
