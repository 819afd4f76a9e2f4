"""Taking a hold from the buckets: one function call on PostgreSQL, raw SQL on SQLite.

Only `points.py` calls this. Both ways keep the same rules and give the same `Taken`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.prepared import one_row
from billing.models import Mode, Operation, PricedOperation, Tier

_CALL = (
    "SELECT outcome, at_tier, at_price, taken, balance, key_used"
    " FROM billing_take_hold(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)

PRICED_AS = {
    Operation.CREATE: PricedOperation.CREATE,
    Operation.ENHANCE: PricedOperation.ENHANCE,
    Operation.PACKSHOT: PricedOperation.ENHANCE,
    Operation.EDIT: PricedOperation.ENHANCE,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be held, for whom, at which moment."""

    hold_id: UUID
    partner_id: UUID
    api_key_id: UUID | None
    operation: Operation
    mode: Mode
    count: int
    monthly_cap: Decimal | None
    at: datetime


class Taken(NamedTuple):
    """What came of an order.

    `outcome`: taken, replayed, mismatch, no_price, insufficient or key_cap; only `taken` has
    changed anything. `balance` is what is left now; `key_used` is set for key_cap.
    """

    outcome: str
    tier: str
    unit_price: Decimal | None
    points: Decimal | None
    balance: Decimal
    key_used: Decimal | None = None


class Live(NamedTuple):
    """A bucket with points left."""

    bucket_id: int
    tier: str
    remaining: Decimal


class Take(NamedTuple):
    """Points from one bucket."""

    bucket_id: int
    tier: str
    points: Decimal


def spread(buckets: Sequence[Live], total: Decimal) -> tuple[Take, ...]:
    """`total` points taken from `buckets` in their order; they must hold that many."""
    takes, missing = [], total
    for bucket in buckets:
        part = min(missing, bucket.remaining)
        takes.append(Take(bucket.bucket_id, bucket.tier, part))
        missing -= part
        if not missing:
            break
    return tuple(takes)


def take(order: Order) -> Taken:
    """Take the price of `order` from the partner's oldest buckets, or say why not.

    Atomic on its own, and part of the caller's transaction where there is one.
    """
    if connection.vendor == "postgresql":
        return _take_on_postgres(order)
    with transaction.atomic(), connection.cursor() as cursor:
        return _take_on_sqlite(cursor, order)


def _take_on_postgres(order: Order) -> Taken:
    row = one_row(
        _CALL,
        [
            order.hold_id,
            order.partner_id,
            order.api_key_id,
            order.operation.value,
            PRICED_AS[order.operation].value,
            order.mode.value,
            order.count,
            order.monthly_cap,
            order.at,
        ],
    )
    assert row is not None  # a function with OUT parameters always answers one
    return Taken(*row)


def _take_on_sqlite(cursor: CursorWrapper, order: Order) -> Taken:
    """The rules of the PostgreSQL function. The IMMEDIATE transaction is the lock."""
    buckets = _live_on_sqlite(cursor, order.partner_id)
    balance = sum((bucket.remaining for bucket in buckets), Decimal(0))
    earlier = _earlier_on_sqlite(cursor, order, balance)
    if earlier:
        return earlier
    tier = buckets[0].tier if buckets else _last_tier_on_sqlite(cursor, order.partner_id)
    cursor.execute(
        "SELECT points FROM billing_price WHERE tier = %s AND operation = %s AND mode = %s",
        [tier, PRICED_AS[order.operation].value, order.mode.value],
    )
    price = cursor.fetchone()
    if not price:
        return Taken("no_price", tier, None, None, balance)
    unit_price = Decimal(price[0])
    total = unit_price * order.count
    if total > balance:
        return Taken("insufficient", tier, unit_price, total, balance)
    if order.monthly_cap is not None:
        used = _key_used_on_sqlite(cursor, order)
        if used + total > order.monthly_cap:
            return Taken("key_cap", tier, unit_price, total, balance, used)
    _write_on_sqlite(cursor, order, tier, unit_price, spread(buckets, total))
    return Taken("taken", tier, unit_price, total, balance - total)


def _live_on_sqlite(cursor: CursorWrapper, partner_id: UUID) -> list[Live]:
    cursor.execute(
        "SELECT id, tier, remaining FROM billing_bucket"
        " WHERE partner_id = %s AND remaining > 0 ORDER BY created_at, id",
        [partner_id.hex],
    )
    # SQLite keeps decimals as binary floats, which hold quarter steps exactly.
    return [Live(pk, tier, Decimal(remaining)) for pk, tier, remaining in cursor.fetchall()]


def _earlier_on_sqlite(cursor: CursorWrapper, order: Order, balance: Decimal) -> Taken | None:
    cursor.execute(
        "SELECT partner_id, operation, mode, count, tier, unit_price, points_held"
        " FROM billing_hold WHERE id = %s",
        [order.hold_id.hex],
    )
    row = cursor.fetchone()
    if not row:
        return None
    same = row[:4] == (order.partner_id.hex, order.operation, order.mode, order.count)
    outcome = "replayed" if same else "mismatch"
    return Taken(outcome, row[4], Decimal(row[5]), Decimal(row[6]), balance)


def _last_tier_on_sqlite(cursor: CursorWrapper, partner_id: UUID) -> str:
    cursor.execute(
        "SELECT tier FROM billing_bucket WHERE partner_id = %s"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        [partner_id.hex],
    )
    row = cursor.fetchone()
    return str(row[0]) if row else Tier.STARTER.value


_KEY_USED_ON_SQLITE = """
WITH RECURSIVE older AS (
    SELECT id, rotated_from_id FROM accounts_apikey WHERE id = %s
    UNION
    SELECT k.id, k.rotated_from_id FROM accounts_apikey k JOIN older o ON k.id = o.rotated_from_id
), line AS (
    SELECT id FROM older
    UNION
    SELECT k.id FROM accounts_apikey k JOIN line l ON k.rotated_from_id = l.id
)
SELECT coalesce(sum(CASE state WHEN 'held' THEN points_held ELSE points_captured END), 0)
  FROM billing_hold WHERE api_key_id IN (SELECT id FROM line) AND created_at >= %s
"""


def _key_used_on_sqlite(cursor: CursorWrapper, order: Order) -> Decimal:
    """What the key spent this month, with all that it was rotated from and to: a cap bounds what
    one holder spends, and replacing the key is no way around it."""
    month = order.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    key = order.api_key_id.hex if order.api_key_id else None
    cursor.execute(_KEY_USED_ON_SQLITE, [key, _stored(month)])
    return Decimal(cursor.fetchone()[0])


def _write_on_sqlite(
    cursor: CursorWrapper, order: Order, tier: str, unit_price: Decimal, takes: tuple[Take, ...]
) -> None:
    hold, at = order.hold_id.hex, _stored(order.at)
    cursor.execute(
        "INSERT INTO billing_hold (id, partner_id, api_key_id, operation, mode, count, tier,"
        " unit_price, points_held, points_captured, state, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 'held', %s)",
        [
            hold,
            order.partner_id.hex,
            order.api_key_id.hex if order.api_key_id else None,
            order.operation.value,
            order.mode.value,
            order.count,
            tier,
            unit_price,
            unit_price * order.count,
            at,
        ],
    )
    for bucket_id, _, points in takes:
        cursor.execute(
            "UPDATE billing_bucket SET remaining = remaining - %s WHERE id = %s",
            [points, bucket_id],
        )
        cursor.execute(
            "INSERT INTO billing_entry (bucket_id, hold_id, kind, points, reason, created_at)"
            " VALUES (%s, %s, 'hold', %s, '', %s)",
            [bucket_id, hold, -points, at],
        )


def _stored(moment: datetime) -> str:
    """`moment` as Django's SQLite columns hold it."""
    return str(connection.ops.adapt_datetimefield_value(moment))
