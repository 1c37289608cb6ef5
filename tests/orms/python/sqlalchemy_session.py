"""SQLAlchemy in its ordinary way, on one of three dialects: start-up, tables, reflection, then all workers at once.

Every worker has an engine with one connection, gives it back between the parts, and gets it again. Under asyncpg the
same synchronous parts run through `run_sync`, as SQLAlchemy's documentation has it.
"""

import asyncio
import datetime
import decimal
import sys
import threading
import uuid

from sqlalchemy import create_engine, event, exc, func, insert, inspect, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session, joinedload, selectinload

from common import WORKERS, ZONES, report, say, together, url
from sqlalchemy_models import Base, Colour, Customer, Order

DIALECT = sys.argv[1]
ASYNC = DIALECT == "asyncpg"


def connect_args(number):
    """Session settings in the driver's own way; every fifth worker has none and must see the defaults."""
    if number is None or number % 5 == 0:
        return {}
    settings = {"application_name": f"orm-{number}", "statement_timeout": str(20_000 + number)}
    if ASYNC:
        return {"server_settings": settings}
    options = f"-c statement_timeout={settings['statement_timeout']}"
    return {"application_name": settings["application_name"], "options": options}


def engine_for(number=None):
    """An engine with one connection; odd workers set time zone and schema when it connects, as recipes do."""
    make = create_async_engine if ASYNC else create_engine
    engine = make(url(f"postgresql+{DIALECT}"), pool_size=1, max_overflow=0, connect_args=connect_args(number))
    if number is not None and number % 2:

        @event.listens_for(engine.sync_engine if ASYNC else engine, "connect")
        def on_connect(connection, _record):
            cursor = connection.cursor()
            cursor.execute(f"SET TIME ZONE '{ZONES[number % len(ZONES)]}'")
            cursor.execute(f"SET search_path TO tenant_{number % 4}, public")
            cursor.close()
            connection.commit()

    return engine


def tables(connection):
    """Creates everything, twice, and says what reflection finds."""
    say("version", connection.dialect.server_version_info[0] >= 13, connection.dialect.driver)
    Base.metadata.create_all(connection)
    Base.metadata.create_all(connection)
    for tenant in range(4):
        connection.execute(text(f"CREATE SCHEMA tenant_{tenant}"))
        connection.execute(text(f"CREATE TABLE tenant_{tenant}.whoami AS SELECT {tenant} AS tenant"))
    connection.execute(text("CREATE TABLE public.whoami AS SELECT -1 AS tenant"))
    connection.commit()
    seen = inspect(connection)
    for table in sorted(seen.get_table_names()):
        for column in seen.get_columns(table):
            say("column", table, column["name"], column["type"], column["nullable"], column["default"])
        indexes = seen.get_indexes(table)
        say("indexes", table, sorted((i["name"], i["column_names"], i["unique"]) for i in indexes))
        say("keys", table, seen.get_pk_constraint(table), seen.get_foreign_keys(table))
        say("checks", table, seen.get_check_constraints(table), seen.get_unique_constraints(table))
    say("enums", seen.get_enums(), sorted(seen.get_schema_names()))
    connection.rollback()


def settings(number, connection):
    """What the session sees of its own settings, and nothing of another's."""
    shown = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in (
        "timezone", "application_name", "statement_timeout", "search_path", "transaction_isolation")]
    whoami = connection.execute(text("SELECT tenant FROM whoami")).scalar_one()
    hour = connection.execute(text("SELECT to_char(timestamptz '2020-01-01 00:00Z', 'HH24:MI')")).scalar_one()
    connection.rollback()
    return ("settings", *shown, whoami, hour, "ok" if number % 2 or whoami == -1 else "LEAK")


def crud(number, connection):
    """The unit of work: insert, load, change, delete, with rollback and an upsert."""
    with Session(connection, expire_on_commit=True) as session:
        customer = Customer(
            id=number, name=f"customer {number}", favourite=Colour.red if number % 2 else Colour.green,
            profile={"n": number, "list": [1, "zwei", None]}, tags=["a", "b,c", '"'],
            token=uuid.UUID(int=number + 1), avatar=bytes(range(256)), born=datetime.date(2000, 2, 29),
            seen=datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.timezone.utc),
            patience=datetime.timedelta(days=1, seconds=5),
        )
        customer.orders = [Order(position=p, note=f"n{p}") for p in range(30)]
        session.add(customer)
        session.commit()
        customer.name += " renamed"
        session.flush()
        session.rollback()
        query = select(Customer).options(selectinload(Customer.orders)).where(Customer.id == number)
        loaded = session.scalars(query).one()
        yield ("loaded", loaded.name, loaded.favourite.name, loaded.profile, loaded.tags, loaded.token,
               len(loaded.avatar), loaded.born, loaded.seen.astimezone(datetime.timezone.utc), loaded.patience,
               # Others may have begun to move money.
               loaded.balance % 5, len(loaded.orders))
        del loaded.orders[10:]
        loaded.orders[0].note = None
        session.commit()
        session.execute(update(Order).where(Order.customer_id == number).values(note=Order.note + "!"))
        statement = upsert(Customer).values(id=number, name="x").on_conflict_do_update(
            index_elements=["id"], set_={"tags": ["again"]}).returning(Customer.tags)
        yield "upsert", session.execute(statement).scalar_one()
        session.commit()
        joined = session.scalars(select(Customer).options(joinedload(Customer.orders)).where(
            Customer.id == number)).unique().one()
        yield "joined", [order.note for order in joined.orders]


def failures(number, connection):
    """Errors inside savepoints and outside, and the session goes on."""
    with Session(connection) as session:
        for attempt in range(3):
            try:
                with session.begin_nested():
                    session.add(Order(customer_id=number, position=attempt + 8))
            except exc.IntegrityError as error:
                yield "nested", getattr(error.orig, "sqlstate", None) or error.orig.pgcode, attempt
        session.commit()
        yield "kept", session.scalar(select(func.count()).select_from(Order).where(Order.customer_id == number))
        for sql in ("SELECT 1/0", "SELECT nothing", "SELEC", "SELECT 'x'::int", "SELECT pg_sleep(5)"):
            try:
                if "sleep" in sql:
                    session.execute(text("SET LOCAL statement_timeout = '50ms'"))
                session.execute(text(sql))
            except exc.DBAPIError as error:
                yield "error", getattr(error.orig, "sqlstate", None) or error.orig.pgcode
            try:
                session.execute(text("SELECT 1"))
            except exc.DBAPIError as error:
                yield "aborted", getattr(error.orig, "sqlstate", None) or error.orig.pgcode
            session.rollback()
        yield "after", session.execute(text("SHOW statement_timeout")).scalar_one()


def transfers(number, connection):
    """Money moves between rows locked in order; the sum stays."""
    with Session(connection) as session:
        for step in range(10):
            pair = sorted({number, (number + step + 1) % WORKERS})
            locked = session.scalars(
                select(Customer).where(Customer.id.in_(pair)).order_by(Customer.id).with_for_update()).all()
            if len(locked) == 2 and locked[0].balance >= 5:
                locked[0].balance -= decimal.Decimal("5")
                locked[1].balance += decimal.Decimal("5")
            if step % 3 == 2:
                session.rollback()
            else:
                session.commit()
    return "transfers", "done"


def streams(number, connection):
    """Server-side cursors, many parameters, many rows in one statement, big values."""
    query = text("SELECT g, :n || '-' || g FROM generate_series(1, 3000) g").bindparams(n=str(number))
    result = connection.execute(query.execution_options(stream_results=True, yield_per=100))
    rows = [row for part in result.partitions() for row in part]
    connection.commit()
    yield "streamed", len(rows), rows[0], rows[-1]
    values = [{"customer_id": number, "position": 1000 + p, "note": "é" * (p % 7)} for p in range(1500)]
    ids = connection.execute(insert(Order).returning(Order.position, sort_by_parameter_order=True), values)
    yield "inserted", [row.position for row in ids] == [value["position"] for value in values]
    connection.rollback()
    many = connection.execute(select(func.count()).select_from(Order).where(Order.position.in_(range(2000))))
    yield "in", many.scalar_one() > 0
    big = connection.execute(text("SELECT repeat(:t, 300000)").bindparams(t="äb")).scalar_one()
    yield "big", len(big), big[:4]
    connection.rollback()


def levels(number, connection):
    """Isolation levels are the transaction's own."""
    for level in ("REPEATABLE READ", "SERIALIZABLE", "READ COMMITTED", "AUTOCOMMIT"):
        connection = connection.execution_options(isolation_level=level)
        yield level, connection.execute(text("SHOW transaction_isolation")).scalar_one()
        connection.rollback()
    connection.execute(text(f"SET ROLE {'reader' if number % 2 else 'NONE'}"))
    yield "role", connection.execute(text("SELECT current_user, session_user")).one()
    connection.execute(text("RESET ROLE"))
    connection.rollback()
    connection.execution_options(isolation_level="READ COMMITTED")
    yield "role", connection.execute(text("SELECT current_user, pg_try_advisory_xact_lock(:n)").bindparams(
        n=number)).one()
    connection.rollback()


def temporary(number, connection):
    """Temporary tables and session locks keep their backend until they are gone: one worker at a time does this,
    for a pool of two lets one of its connections be kept."""
    connection.execute(text("CREATE TEMPORARY TABLE scratch (n int)"))
    connection.commit()
    connection.execute(text("INSERT INTO scratch SELECT generate_series(1, :n)").bindparams(n=number + 1))
    connection.commit()
    yield "temporary", connection.execute(text("SELECT sum(n) FROM scratch")).scalar_one()
    connection.commit()
    connection.execute(text("DROP TABLE scratch"))
    connection.commit()
    locked = connection.execute(text("SELECT pg_advisory_lock(77)")).rowcount
    connection.commit()
    yield "locked", locked, connection.execute(text("SELECT pg_advisory_unlock(77)")).scalar_one()
    connection.commit()


PARTS = [settings, crud, settings, failures, settings, transfers, streams, settings, levels, settings]


def lines_of(part, number):
    """The part as a function of the connection alone, with its lines in a list."""
    def run(connection):
        lines = part(number, connection)
        return [lines] if isinstance(lines, tuple) else list(lines)
    return run


def total(connection):
    """What all workers left."""
    say("total", connection.execute(select(func.sum(Customer.balance), func.count())).one())
    say("orders", connection.execute(select(func.count(), func.sum(Order.position))).one())
    connection.rollback()
    Base.metadata.drop_all(connection)
    connection.commit()
    say("left", inspect(connection).get_table_names())


def main():
    """The sync dialects."""
    def with_one(work, engine):
        with engine.connect() as connection:
            return work(connection)

    def worker(number):
        engine = engine_for(number)
        lines = [line for part in PARTS for line in with_one(lines_of(part, number), engine)]
        engine.dispose()
        engine = engine_for()
        with one:
            lines += with_one(lines_of(temporary, number), engine)
        engine.dispose()
        return lines

    one = threading.Lock()
    engine = engine_for()
    with_one(tables, engine)
    together(worker)
    with_one(total, engine)
    engine.dispose()


async def async_main():
    """asyncpg."""
    async def with_one(work, engine):
        async with engine.connect() as connection:
            return await connection.run_sync(work)

    async def worker(number):
        engine = engine_for(number)
        lines = [line for part in PARTS for line in await with_one(lines_of(part, number), engine)]
        await engine.dispose()
        engine = engine_for()
        async with one:
            lines += await with_one(lines_of(temporary, number), engine)
        await engine.dispose()
        return lines

    one = asyncio.Lock()
    engine = engine_for()
    await with_one(tables, engine)
    for number, lines in enumerate(await asyncio.gather(*(worker(n) for n in range(WORKERS)))):
        report(number, lines)
    await with_one(total, engine)
    await engine.dispose()


if ASYNC:
    asyncio.run(async_main())
else:
    main()
