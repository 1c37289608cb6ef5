"""asyncpg, in tasks. It prepares every statement and caches a hundred of them."""

import asyncio
import io
import ssl

import asyncpg

from common import BINARY, LARGE_BINARY, LARGE_TEXT, UNICODE, Report, equal, target

T = target()


async def connect():
    context = ssl.create_default_context(cafile=T.ca)
    return await asyncpg.connect(host=T.host, port=T.port, user=T.user, password=T.password, database=T.database,
                                 ssl=context, timeout=60)


async def fails(error, awaitable):
    try:
        await awaitable
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


async def simple(c, _w):
    equal(await c.execute("select 1; select 2"), "SELECT 1")
    equal(await c.fetchval("select 40 + 2"), 42)


async def parametrised(c, w):
    for n in range(4):
        equal(tuple(await c.fetchrow("select $1::int * $2::int, $3::text", w, n, UNICODE)), (w * n, UNICODE))


async def prepared(c, w):
    statement = await c.prepare("select $1::int + $2::int")
    for n in range(20):
        equal(await statement.fetchval(w, n), w + n)
    # More than the cache holds: the driver closes old ones.
    for n in range(120):
        equal(await c.fetchval(f"select {n} + $1::int", w), w + n)
    for n in range(120):
        equal(await c.fetchval(f"select {n} + $1::int", w), w + n)


async def pipeline(c, w):
    await c.executemany("insert into driver_checks values ($1, $2)", [(w, f"many {n}") for n in range(100)])
    await c.fetchmany("insert into driver_checks values ($1, $2) returning worker",
                      [(w, f"many {n}") for n in range(100)])
    equal(await c.fetchval("select count(*) from driver_checks where worker = $1 and note like 'many%'", w), 200)
    await fails(asyncpg.InvalidTextRepresentationError,
                c.executemany("insert into driver_checks values ($1::text::int, 'bad')", [("1",), ("x",), ("2",)]))
    equal(await c.fetchval("select count(*) from driver_checks where note = 'bad'"), 0)


async def commit(c, w):
    async with c.transaction():
        await c.execute("insert into driver_checks values ($1, 'commit')", w)
        async with c.transaction():
            await c.execute("insert into driver_checks values ($1, 'commit')", w)
    equal(await c.fetchval("select count(*) from driver_checks where worker = $1 and note = 'commit'", w), 2)


async def rollback(c, w):
    transaction = c.transaction(isolation="serializable")
    await transaction.start()
    await c.execute("insert into driver_checks values ($1, 'rollback')", w)
    await transaction.rollback()
    equal(await c.fetchval("select count(*) from driver_checks where worker = $1 and note = 'rollback'", w), 0)


async def copy(c, w):
    await c.copy_records_to_table("driver_checks", records=[(w, f"copy {n}") for n in range(5000)])
    out = io.BytesIO()
    await c.copy_from_query("select * from driver_checks where worker = $1 and note like 'copy%'", w, output=out)
    equal(out.getvalue().count(b"\n"), 5000)
    await fails(asyncpg.InvalidTextRepresentationError,
                c.copy_to_table("driver_checks", source=io.BytesIO(b"not a number\tx\n")))
    equal(await c.fetchval("select 1"), 1)


async def cursor(c, _w):
    async with c.transaction():
        total = 0
        async for row in c.cursor("select generate_series(1, 1000)", prefetch=100):
            total += row[0]
        equal(total, 500500)


async def cancel(c, _w):
    # asyncpg sends one cancel, and waits for the query's end. A query that had not begun by then sleeps on,
    # which is why it sleeps for five seconds and not for sixty.
    await fails(asyncio.TimeoutError, c.fetch("select pg_sleep(5)", timeout=1))
    equal(await c.fetchval("select 1"), 1)


async def error(c, _w):
    await fails(asyncpg.DivisionByZeroError, c.fetch("select 1/0"))
    await fails(asyncpg.PostgresSyntaxError, c.fetch("selec"))
    await fails(asyncpg.UndefinedTableError, c.fetch("select * from no_such_table where x = $1", 1))
    transaction = c.transaction()
    await transaction.start()
    await fails(asyncpg.DivisionByZeroError, c.fetch("select 1/0"))
    await fails(asyncpg.InFailedSQLTransactionError, c.fetch("select 1"))
    await transaction.rollback()
    equal(await c.fetchval("select 1"), 1)


async def values(c, _w):
    sent = (None, "", UNICODE, BINARY, LARGE_TEXT, LARGE_BINARY)
    got = tuple(await c.fetchrow("select $1::text, $2::text, $3::text, $4::bytea, $5::text, $6::bytea", *sent))
    equal(got[:4], sent[:4])
    assert got[4] == LARGE_TEXT and got[5] == LARGE_BINARY, "large values differ"


CHECKS = [simple, parametrised, prepared, pipeline, commit, rollback, copy, cursor, cancel, error, values]


async def work(report, number):
    connection = None
    for check in [None, *CHECKS]:
        name = check.__name__ if check else "login"
        try:
            if connection is None or connection.is_closed():
                connection = await connect()
            if check:
                await asyncio.wait_for(check(connection, number), 120)
            report.record(name, None)
        except BaseException as problem:
            report.record(name, problem)
            if connection is not None:
                connection.terminate()
    if connection is not None:
        await connection.close()


async def main():
    report = Report()
    await asyncio.gather(*(work(report, n) for n in range(T.workers)))
    report.finish(["login", *(c.__name__ for c in CHECKS)], T.workers)


asyncio.run(main())
