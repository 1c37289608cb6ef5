"""psycopg2, in threads. It interpolates parameters itself and prepares through SQL."""

import io

import psycopg2
import psycopg2.extras
from psycopg2 import errors

from common import BINARY, LARGE_BINARY, LARGE_TEXT, UNICODE, Canceller, equal, expect, run_threads, target

T = target()


def connect(_worker):
    connection = psycopg2.connect(
        host=T.host, port=T.port, user=T.user, password=T.password, dbname=T.database,
        sslmode="verify-full", sslrootcert=T.ca, connect_timeout=60,
    )
    connection.autocommit = True
    assert connection.info.ssl_in_use
    return connection


def one(c, sql, *arguments):
    with c.cursor() as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchone()


def simple(c, _w):
    equal(one(c, "select 1; select 40 + 2"), (42,))


def parametrised(c, w):
    for n in range(4):
        equal(one(c, "select %s * %s, %s", w, n, UNICODE), (w * n, UNICODE))


def prepared(c, w):
    with c.cursor() as cursor:
        cursor.execute("prepare plus(int, int) as select $1 + $2")
        for n in range(20):
            cursor.execute("execute plus(%s, %s)", (w, n))
            equal(cursor.fetchone(), (w + n,))
        expect(errors.DuplicatePreparedStatement, lambda: cursor.execute("prepare plus as select 1"))
        cursor.execute("deallocate plus")
        expect(errors.InvalidSqlStatementName, lambda: cursor.execute("execute plus(1, 2)"))


def pipeline(c, w):
    with c.cursor() as cursor:
        psycopg2.extras.execute_values(cursor, "insert into driver_checks values %s",
                                       [(w, f"many {n}") for n in range(100)])
        psycopg2.extras.execute_batch(cursor, "insert into driver_checks values (%s, %s)",
                                      [(w, f"many {n}") for n in range(100)], page_size=20)
    equal(one(c, "select count(*) from driver_checks where worker = %s and note like 'many%%'", w), (200,))


def commit(c, w):
    c.autocommit = False
    with c:
        one(c, "insert into driver_checks values (%s, 'commit') returning 1", w)
        one(c, "insert into driver_checks values (%s, 'commit') returning 1", w)
    equal(one(c, "select count(*) from driver_checks where worker = %s and note = 'commit'", w), (2,))
    c.rollback()
    c.autocommit = True


def rollback(c, w):
    c.autocommit = False
    one(c, "insert into driver_checks values (%s, 'rollback') returning 1", w)
    c.rollback()
    c.autocommit = True
    equal(one(c, "select count(*) from driver_checks where worker = %s and note = 'rollback'", w), (0,))


def copy(c, w):
    with c.cursor() as cursor:
        cursor.copy_expert("copy driver_checks from stdin",
                           io.StringIO("".join(f"{w}\tcopy {n}\n" for n in range(5000))))
        out = io.StringIO()
        cursor.copy_expert(
            f"copy (select * from driver_checks where worker = {w} and note like 'copy%') to stdout", out)
        equal(out.getvalue().count("\n"), 5000)
        expect(errors.InvalidTextRepresentation,
               lambda: cursor.copy_expert("copy driver_checks from stdin", io.StringIO("not a number\tx\n")))
    equal(one(c, "select 1"), (1,))


def cursor(c, _w):
    c.autocommit = False
    with c.cursor("server_side") as rows:
        rows.itersize = 100
        rows.execute("select generate_series(1, 1000)")
        equal(sum(row[0] for row in rows), 500500)
    c.commit()
    c.autocommit = True


def cancel(c, _w):
    with Canceller(c.cancel):
        expect(errors.QueryCanceled, lambda: one(c, "select pg_sleep(60)"))
    equal(one(c, "select 1"), (1,))


def error(c, _w):
    expect(errors.DivisionByZero, lambda: one(c, "select 1/0"))
    expect(errors.SyntaxError, lambda: one(c, "selec"))
    c.autocommit = False
    expect(errors.DivisionByZero, lambda: one(c, "select 1/0"))
    expect(errors.InFailedSqlTransaction, lambda: one(c, "select 1"))
    c.rollback()
    c.autocommit = True
    equal(one(c, "select 1"), (1,))


def values(c, _w):
    sent = (None, "", UNICODE, BINARY, LARGE_TEXT, LARGE_BINARY)
    got = one(c, "select %s::text, %s, %s, %s::bytea, %s, %s::bytea", *sent)
    got = tuple(bytes(v) if isinstance(v, memoryview) else v for v in got)
    equal(got[:4], sent[:4])
    assert got[4] == LARGE_TEXT and got[5] == LARGE_BINARY, "large values differ"


run_threads(connect, [simple, parametrised, prepared, pipeline, commit, rollback, copy, cursor, cancel, error, values],
            T.workers)
