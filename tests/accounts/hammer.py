"""One process of a stampede: python -m tests.accounts.hammer THREADS

Says "ready"; then, for each line `KEY [REDIS_URL]` on its input, lets that many threads through the
gate at once and answers how many were admitted and how many were told to come back later.
"""

from __future__ import annotations

import os
import sys
import threading
import time

import django


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def stampede(key: str, threads: int) -> tuple[int, int]:
    """(admitted, refused) of `threads` requests at one moment, each on its own connection."""
    from django.db import OperationalError, connection

    from accounts.api.gate import admit
    from accounts.errors import RateLimited

    # A thread that cannot take part ends the wait of the others: fewer outcomes, not a hang.
    barrier, outcomes = threading.Barrier(threads, timeout=60), []

    def connect() -> None:
        """Many that open one SQLite file for the first time may meet in its recovery."""
        for _ in range(100):
            try:
                return connection.ensure_connection()
            except OperationalError:
                time.sleep(0.05)
        barrier.abort()

    def one() -> None:
        connect()
        barrier.wait()
        try:
            admit(presented=key, address=None)
            outcomes.append(True)
        except RateLimited:
            outcomes.append(False)
        finally:
            connection.close()

    crowd = [threading.Thread(target=one) for _ in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return outcomes.count(True), outcomes.count(False)


def main(threads: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.conf import settings

    say("ready")
    for line in sys.stdin:
        key, _, settings.REDIS_URL = line.strip().partition(" ")
        say(*stampede(key, threads))


if __name__ == "__main__":
    main(int(sys.argv[1]))
