"""Commits that need not be on disk before the next thing happens."""

from __future__ import annotations

from django.db import connection


def without_flush() -> None:
    """Let the present transaction commit without waiting for the disk (PostgreSQL).

    For what a lease or a later look makes good anyway: should the server's machine crash within
    the next fraction of a second, it is as if this transaction had not happened. Whatever
    commits later, with a flush, takes it along. Never for money.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
