"""The administrators' console as Python drivers see it. Arguments and output: see common.py.

psycopg 3 and asyncpg prepare whatever they send; psycopg2 asks in plain queries. The console's user is `admin`.
"""

import asyncio

import asyncpg
import psycopg
import psycopg2
from common import Report, target

WANTED = target()
OPTIONS = {"host": WANTED.host, "port": WANTED.port, "user": "admin", "password": "admin-secret"}
LIBPQ = {**OPTIONS, "dbname": "pgbouncer", "sslmode": "verify-full", "sslrootcert": WANTED.ca}

TOPICS = {
    "STATS_TOTALS": "database",
    "STATS": "database",
    "POOLS": "database",
    "DATABASES": "name",
    "LISTS": "list",
    "CONFIG": "key",
    "CLIENTS": "type",
    "SERVERS": "type",
    "SOCKETS": "type",
    "USERS": "name",
    "STATE": "key",
    "MEM": "name",
    "FDS": "fd",
    "DNS_HOSTS": "hostname",
    "PEERS": "peer_id",
    "TOTALS": "name",
    "VERSION": "version",
}


def read(cursor):
    for topic, first in TOPICS.items():
        cursor.execute(f"SHOW {topic}")
        rows = cursor.fetchall()
        assert cursor.description[0].name == first, (topic, cursor.description)
        assert all(len(row) == len(cursor.description) for row in rows), topic
    cursor.execute("SHOW LISTS")
    lists = dict(cursor.fetchall())
    assert lists["databases"] == 1, lists
    cursor.execute("SHOW DATABASES")
    names = [column.name for column in cursor.description]
    database = dict(zip(names, cursor.fetchone()))
    assert (database["name"], database["paused"], database["pool_size"]) == ("app", 0, 2), database


def commands(cursor, error):
    for command in ["PAUSE app", "RESUME app", "RECONNECT", "WAIT_CLOSE", "DISABLE app", "ENABLE app"]:
        cursor.execute(command)
    cursor.execute("SET pool.overflow = 1")
    cursor.execute("RELOAD")
    for command, state in [("PAUSE nosuch", "3D000"), ("SHOW nosuch", "42601"), ("SET a.b = 1", "42704")]:
        try:
            cursor.execute(command)
        except error as refused:
            assert refused.diag.sqlstate == state, (command, refused.diag.sqlstate)
            assert refused.diag.message_hint, command
        else:
            raise AssertionError(f"{command} was accepted")


def psycopg3():
    with psycopg.connect(**LIBPQ, autocommit=True) as connection, connection.cursor() as cursor:
        read(cursor)
        commands(cursor, psycopg.Error)
    # In binary, prepared, and within what the driver takes for a transaction.
    with psycopg.connect(**LIBPQ, prepare_threshold=0) as connection:
        with connection.cursor(binary=True) as cursor:
            read(cursor)
            read(cursor)


def psycopg2_plain():
    connection = psycopg2.connect(**LIBPQ)
    connection.set_session(autocommit=True)
    with connection.cursor() as cursor:
        read(cursor)
        commands(cursor, psycopg2.Error)
    connection.close()
    with psycopg2.connect(**LIBPQ) as connection, connection.cursor() as cursor:
        read(cursor)


def asyncpg_prepared():
    async def run():
        import ssl

        context = ssl.create_default_context(cafile=WANTED.ca)
        connection = await asyncpg.connect(**OPTIONS, database="pgweir", ssl=context)
        for topic, first in TOPICS.items():
            rows = await connection.fetch(f"SHOW {topic}")
            assert not rows or list(rows[0].keys())[0] == first, topic
        row = await connection.fetchrow("SHOW DATABASES")
        assert (row["name"], row["paused"]) == ("app", 0), row
        await connection.execute("PAUSE")
        await connection.fetch("RESUME")
        await connection.close()

    asyncio.run(run())


CHECKS = {"psycopg3": psycopg3, "psycopg2": psycopg2_plain, "asyncpg": asyncpg_prepared}
report = Report()
for name, check in CHECKS.items():
    try:
        check()
        report.record(name, None)
    except Exception as failure:  # noqa: BLE001 - whatever it is, it is the check's outcome
        report.record(name, failure)
report.finish(CHECKS, 1)
