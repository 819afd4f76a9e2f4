"""One row from a hot statement, prepared on the PostgreSQL server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def one_row(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of `statement` on the thread's connection, in its transaction if there is one.

    Django's own cursor neither prepares statements nor binds on the server, which can cost more
    than the statement itself (0.65 ms against 0.24 ms for the gate).
    """
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    raw: Any = connection.connection
    raw.prepare_threshold = 5
    try:
        with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
            cursor.execute(statement, parameters, prepare=True)
            found: tuple[Any, ...] | None = cursor.fetchone()
    finally:
        # Else psycopg would count Django's statements, each with its values in it.
        raw.prepare_threshold = None
    return found
