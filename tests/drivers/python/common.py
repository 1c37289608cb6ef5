"""What the Python drivers' checks share: arguments, values, and the report.

Every script is called as `SCRIPT HOST PORT USER PASSWORD DATABASE CA_FILE WORKERS`, connects WORKERS times
at once over verified TLS, runs every check on every connection, and prints one line per check:
`ok NAME` or `FAIL NAME why` (the first worker's reason). The exit code is 0 when every check is ok.
"""

import sys
import threading
import traceback
from collections import namedtuple

Target = namedtuple("Target", "host port user password database ca workers")

UNICODE = "grüße, 你好, 🐘, \u202eabc, e\u0301"
BINARY = bytes(range(256)) * 4
LARGE_TEXT = "0123456789abcdeé" * (5 * 1024 * 1024 // 17)
LARGE_BINARY = BINARY * (5 * 1024)


def target():
    host, port, user, password, database, ca, workers = sys.argv[1:]
    return Target(host, int(port), user, password, database, ca, int(workers))


class Report:
    """Collects the outcome of every check from every worker."""

    def __init__(self):
        self.lock = threading.Lock()
        self.failures = {}

    def record(self, name, error):
        with self.lock:
            self.failures.setdefault(name, [])
            if error is not None:
                where = traceback.extract_tb(error.__traceback__)[-1]
                text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                self.failures[name].append(f"{text} ({where.name}:{where.lineno})")

    def finish(self, names, workers):
        failed = 0
        for name in names:
            reasons = self.failures.get(name)
            if reasons is None:
                reasons = ["never ran"]
            if reasons:
                failed += 1
                print(f"FAIL {name} {len(reasons)} of {workers} workers: {reasons[0]}")
            else:
                print(f"ok {name}")
        sys.exit(1 if failed else 0)


def run_threads(connect, checks, workers):
    """Runs `checks` (functions of a connection and the worker's number) in `workers` threads."""
    report = Report()

    def work(number):
        connection = None
        for check in [None, *checks]:
            name = check.__name__ if check else "login"
            try:
                if connection is None or connection.closed:
                    connection = connect(number)
                if check:
                    check(connection, number)
                report.record(name, None)
            except BaseException as error:
                report.record(name, error)
                # What a failed check left behind is not the next one's fault.
                if connection is not None:
                    connection.close()
        if connection is not None:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.finish(["login", *(c.__name__ for c in checks)], workers)


class Canceller:
    """Calls `cancel` again and again until the block ends: a query may not have begun at the first call."""

    def __init__(self, cancel):
        self.cancel = cancel
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def work(self):
        while not self.done.wait(0.3):
            self.cancel()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def expect(error, call):
    """`call` must raise `error`."""
    try:
        call()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {str(got)[:80]!r}, wanted {str(wanted)[:80]!r}")
