"""The gate on PostgreSQL: key, checks and both windows in one function call, one round trip."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from django.db import connection

from accounts.api.examination import Findings, Question
from accounts.api.limits import Limits, Usage

_CALL = "SELECT * FROM accounts_gate(%s, %s::inet, %s, %s, %s)"


def examine(question: Question, *, now_ms: int | None) -> Findings | None:
    """What is known of the key, None where there is no such key. Counts an admitted request.

    Call it outside of transactions: the count must stand whatever becomes of the request.
    `now_ms` None takes the database's clock, which all web processes share.
    """
    row = _call((question.hash, question.address, question.kind, question.scope, now_ms))
    if row is None:
        return None
    limits = Limits(minute=row[7], day=row[8])
    return Findings(
        key_id=row[0],
        partner_id=row[1],
        kind=row[2],
        environment=row[3],
        hint=row[4],
        scopes=() if row[5] == "[]" else tuple(json.loads(row[5])),
        monthly_cap=row[6],
        limits=limits,
        revoked=row[9],
        expired=row[10],
        partner_active=row[11],
        address_allowed=row[12],
        kind_allowed=row[13],
        scope_allowed=row[14],
        usage=Usage(limits, *row[15:19]),
        admitted=row[19],
    )


def _call(parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """One row of the function.

    Django's own cursor neither prepares statements nor binds on the server, which costs more
    than the function itself (0.65 ms against 0.24 ms measured).
    """
    connection.ensure_connection()
    raw: Any = connection.connection
    raw.prepare_threshold = 5
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        cursor.execute(_CALL, parameters, prepare=True)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found
