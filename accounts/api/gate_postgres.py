"""The gate on PostgreSQL: key, checks and both windows in one function call, one round trip."""

from __future__ import annotations

import json

from accounts.api.examination import Findings, Question
from accounts.api.limits import Limits, Usage
from accounts.prepared import one_row

_CALL = "SELECT * FROM accounts_gate(%s, %s::inet, %s, %s, %s)"


def examine(question: Question, *, now_ms: int | None) -> Findings | None:
    """What is known of the key, None where there is no such key. Counts an admitted request.

    Call it outside of transactions: the count must stand whatever becomes of the request.
    `now_ms` None takes the database's clock, which all web processes share.
    """
    parameters = (question.hash, question.address, question.kind, question.scope, now_ms)
    row = one_row(_CALL, parameters)
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
