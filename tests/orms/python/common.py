"""What the Python scripts share: arguments, the transcript, workers that begin together."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

HOST, PORT, USER, PASSWORD, DATABASE = (
    os.environ[f"ORM_{name}"] for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE"))
WORKERS = int(os.environ["ORM_WORKERS"])
ZONES = ["UTC", "Asia/Tokyo", "Europe/Paris", "America/New_York", "Australia/Sydney"]

_said = threading.Lock()


def say(label, *values):
    """A line of the transcript, which must be the same directly and through the pooler."""
    with _said:
        print(label, *values, sep=" | ", flush=True)


def url(scheme):
    """The database as the library's URL."""
    return f"{scheme}://{USER}:{PASSWORD}@{HOST}:{PORT}/{DATABASE}"


def together(work):
    """Runs work(number) for every worker at once, and says the lines each returns, worker by worker."""
    barrier = threading.Barrier(WORKERS)

    def begin(number):
        barrier.wait(60)
        return work(number)

    with ThreadPoolExecutor(WORKERS) as threads:
        for number, lines in enumerate(threads.map(begin, range(WORKERS))):
            report(number, lines)


def report(number, lines):
    """Says what one worker returned."""
    for line in lines:
        say(f"worker {number}", *line)
