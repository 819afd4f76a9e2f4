"""Do buckets, entries and holds still say the same? Asked of the database, all partners at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One number that is not what the entries say it should be.

    `what` is bucket_remaining, bucket_original, hold_taken, hold_captured or foreign_bucket (a hold
    of one partner took from another's bucket); `subject` is the id of the bucket or hold.
    """

    what: str
    subject: str
    partner_id: UUID
    expected: Decimal
    found: Decimal


# Each answers rows of (subject, partner, expected, found). The ledger is what is believed.
CHECKS = {
    "bucket_remaining": """
        SELECT b.id, b.partner_id, coalesce(e.total, 0), b.remaining
          FROM billing_bucket b
          LEFT JOIN (SELECT bucket_id, sum(points) AS total FROM billing_entry GROUP BY bucket_id) e
            ON e.bucket_id = b.id
         WHERE b.remaining <> coalesce(e.total, 0)
    """,
    "bucket_original": """
        SELECT b.id, b.partner_id, coalesce(e.points, 0), b.original
          FROM billing_bucket b
          LEFT JOIN billing_entry e ON e.bucket_id = b.id AND e.kind = 'grant'
         WHERE b.original <> coalesce(e.points, 0)
    """,
    "hold_taken": """
        SELECT h.id, h.partner_id, coalesce(e.total, 0), h.points_held
          FROM billing_hold h
          LEFT JOIN (SELECT hold_id, -sum(points) AS total FROM billing_entry
                      WHERE kind = 'hold' GROUP BY hold_id) e
            ON e.hold_id = h.id
         WHERE h.points_held <> coalesce(e.total, 0)
    """,
    "hold_captured": """
        SELECT h.id, h.partner_id, coalesce(e.total, 0),
               CASE h.state WHEN 'held' THEN h.points_held ELSE h.points_captured END
          FROM billing_hold h
          LEFT JOIN (SELECT hold_id, -sum(points) AS total FROM billing_entry
                      WHERE hold_id IS NOT NULL GROUP BY hold_id) e
            ON e.hold_id = h.id
         WHERE coalesce(e.total, 0)
               <> CASE h.state WHEN 'held' THEN h.points_held ELSE h.points_captured END
    """,
    "foreign_bucket": """
        SELECT h.id, h.partner_id, 0, sum(e.points)
          FROM billing_entry e
          JOIN billing_hold h ON h.id = e.hold_id
          JOIN billing_bucket b ON b.id = e.bucket_id
         WHERE b.partner_id <> h.partner_id
         GROUP BY h.id, h.partner_id
    """,
}


def reconcile() -> list[Discrepancy]:
    """Everything in the books that does not agree with the ledger; empty when all is well."""
    found: list[Discrepancy] = []
    with connection.cursor() as cursor:
        for what, statement in CHECKS.items():
            cursor.execute(statement)
            found += [_discrepancy(what, row) for row in cursor.fetchall()]
    return found


def _discrepancy(what: str, row: tuple[Any, ...]) -> Discrepancy:
    subject, partner, expected, actual = row
    return Discrepancy(
        what=what,
        subject=str(_uuid(subject) if what.startswith(("hold", "foreign")) else subject),
        partner_id=_uuid(partner),
        expected=Decimal(expected),
        found=Decimal(actual),
    )


def _uuid(value: UUID | str) -> UUID:
    """PostgreSQL answers a UUID, SQLite its 32 hex digits."""
    return value if isinstance(value, UUID) else UUID(value)
