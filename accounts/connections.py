"""Database connections are few, threads are many."""

from __future__ import annotations

from django.db import connection


def give_back_connection() -> None:
    """Give this thread's connection back to the pool; the next query takes one again.

    For whoever may wait for a slow client next: a few of those would leave nobody else a
    connection. Within a transaction it stays, and so it does on SQLite, where each thread has
    its own.
    """
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
