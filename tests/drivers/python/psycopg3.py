"""psycopg 3, in threads."""

import psycopg
from psycopg import errors

from common import BINARY, LARGE_BINARY, LARGE_TEXT, UNICODE, Canceller, equal, expect, run_threads, target

T = target()


def connect(_worker):
    connection = psycopg.connect(
        host=T.host, port=T.port, user=T.user, password=T.password, dbname=T.database,
        sslmode="verify-full", sslrootcert=T.ca, autocommit=True, connect_timeout=60,
    )
    assert connection.pgconn.ssl_in_use
    return connection


def simple(c, _w):
    # Without parameters and with the text protocol's several statements at once.
    c.execute("select 1; select 2", prepare=False)
    equal(psycopg.ClientCursor(c).execute("select 40 + 2").fetchone(), (42,))


def parametrised(c, w):
    for n in range(4):
        equal(c.execute("select %s::int * %s::int, %s::text", (w, n, UNICODE), prepare=False).fetchone(),
              (w * n, UNICODE))
    equal(c.execute("select %b::int8 + 1", (w,), binary=True, prepare=False).fetchone(), (w + 1,))


def prepared(c, w):
    # Past prepare_threshold (5): named statements of the driver's own, on whichever backend comes.
    for n in range(20):
        equal(c.execute("select %s::int + %s::int", (w, n)).fetchone(), (w + n,))
    for n in range(30):
        equal(c.execute(f"select {n} + %s::int", (w,), prepare=True).fetchone(), (w + n,))
    # More statements than prepared_max (100): the driver deallocates old ones.
    for n in range(120):
        equal(c.execute(f"select %s::int - {n}", (w,), prepare=True).fetchone(), (w - n,))


def pipeline(c, w):
    with c.pipeline() as p:
        cursors = [c.execute("select %s::int + %s::int", (w, n)) for n in range(50)]
        p.sync()
        equal([cursor.fetchone()[0] for cursor in cursors], [w + n for n in range(50)])
    c.cursor().executemany("insert into driver_checks values (%s, %s)", [(w, f"many {n}") for n in range(100)])
    equal(c.execute("select count(*) from driver_checks where worker = %s and note like 'many%%'", (w,))
          .fetchone(), (100,))

    def failing():
        with c.pipeline():
            c.execute("select 1")
            c.execute("select 1/0")
            c.execute("select 2")
    expect(errors.DivisionByZero, failing)
    equal(c.execute("select 3").fetchone(), (3,))


def commit(c, w):
    with c.transaction():
        c.execute("insert into driver_checks values (%s, 'commit')", (w,))
        with c.transaction():
            c.execute("insert into driver_checks values (%s, 'commit')", (w,))
    equal(c.execute("select count(*) from driver_checks where worker = %s and note = 'commit'", (w,))
          .fetchone(), (2,))


def rollback(c, w):
    with c.transaction(force_rollback=True):
        c.execute("insert into driver_checks values (%s, 'rollback')", (w,))
    equal(c.execute("select count(*) from driver_checks where worker = %s and note = 'rollback'", (w,))
          .fetchone(), (0,))


def copy(c, w):
    with c.cursor() as cursor:
        with cursor.copy("copy driver_checks from stdin") as copy:
            for n in range(5000):
                copy.write_row((w, f"copy {n}"))
        with cursor.copy(f"copy (select * from driver_checks where worker = {w} and note like 'copy%') to stdout") as copy:
            equal(sum(1 for _ in copy.rows()), 5000)

        def failing():
            with cursor.copy("copy driver_checks from stdin") as copy:
                copy.write("not a number\tx\n")
        expect(errors.InvalidTextRepresentation, failing)
    equal(c.execute("select 1").fetchone(), (1,))


def cursor(c, w):
    with c.transaction(), c.cursor("server_side") as rows:
        rows.itersize = 100
        rows.execute("select generate_series(1, 1000)")
        equal(sum(row[0] for row in rows), 500500)


def cancel(c, _w):
    with Canceller(lambda: c.cancel_safe(timeout=20)):
        expect(errors.QueryCanceled, lambda: c.execute("select pg_sleep(60)"))
    equal(c.execute("select 1").fetchone(), (1,))


def error(c, w):
    expect(errors.DivisionByZero, lambda: c.execute("select 1/0"))
    expect(errors.SyntaxError, lambda: c.execute("selec"))
    expect(errors.UndefinedTable, lambda: c.execute("select * from no_such_table where x = %s", (w,)))
    c.autocommit = False
    expect(errors.DivisionByZero, lambda: c.execute("select 1/0"))
    expect(errors.InFailedSqlTransaction, lambda: c.execute("select 1"))
    c.rollback()
    c.autocommit = True
    equal(c.execute("select 1").fetchone(), (1,))


def values(c, _w):
    sent = (None, "", UNICODE, BINARY, LARGE_TEXT, LARGE_BINARY)
    got = c.execute("select %s::text, %s::text, %s::text, %b::bytea, %s::text, %b::bytea", sent, binary=True).fetchone()
    equal(got[:4], sent[:4])
    assert got[4] == LARGE_TEXT and got[5] == LARGE_BINARY, "large values differ"


run_threads(connect, [simple, parametrised, prepared, pipeline, commit, rollback, copy, cursor, cancel, error, values],
            T.workers)
