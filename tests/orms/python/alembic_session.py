"""Alembic: migrations up and down, in and outside transactions, under a lock; a failure leaves nothing; autogenerate compares."""

import argparse

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, exc, inspect, text

from common import say, url
from sqlalchemy_models import Base



def config(*arguments):
    """As alembic.ini and the command line would have it."""
    made = Config(cmd_opts=argparse.Namespace(x=list(arguments)))
    made.set_main_option("script_location", "migrations")
    made.set_main_option("sqlalchemy.url", url("postgresql+psycopg"))
    return made


def state(engine, when):
    """Revision and columns."""
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        columns = inspect(connection).get_columns("account") if revision else []
        rows = connection.execute(text("SELECT kind::text, count(*) FROM account GROUP BY 1 ORDER BY 1")).all() \
            if revision else []
        say(when, revision, [(c["name"], str(c["type"]), c["nullable"]) for c in columns], rows)


def main():
    """Up, down, up with a failure, and a comparison with metadata."""
    engine = create_engine(url("postgresql+psycopg"))
    command.upgrade(config(), "two")
    state(engine, "two")
    try:
        command.upgrade(config("fail=yes"), "head")
    except exc.DataError as error:
        say("failed", error.orig.sqlstate)
    state(engine, "failed")
    for turn in range(3):
        command.upgrade(config(), "head")
        state(engine, f"head {turn}")
        command.downgrade(config(), "one")
        state(engine, f"one {turn}")
    command.downgrade(config(), "base")
    state(engine, "base")
    with engine.connect() as connection:
        for difference in compare_metadata(MigrationContext.configure(connection), Base.metadata):
            say("difference", difference[0], getattr(difference[1], "name", None))
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        say("same", [d for d in compare_metadata(context, Base.metadata) if d[0] != "remove_table"])
    command.stamp(config(), "head")
    state_of = MigrationContext.configure
    with engine.connect() as connection:
        say("stamped", state_of(connection).get_current_revision())
    engine.dispose()


main()
