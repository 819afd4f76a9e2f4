"""The only mover of points: grant, hold, capture, release.

Points leave their buckets when they are held. A capture settles the hold and gives back what the
job did not cost; a release gives back all of it, to the very same buckets. Every movement is an
entry, written in the same transaction as the bucket it changes: balance = sum of entries.

All functions are atomic and take part in the caller's transaction where there is one. Within it,
lock other rows first and move points last: the partner's lock is held until the commit, and
whoever else spends for that partner waits for it.

Source of the rules: ShopIQ API documentation, "How Billing Works".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts import audit
from accounts.errors import InvalidRequest
from accounts.models import Partner
from billing import terms
from billing.amounts import checked, show
from billing.errors import (
    HoldMismatch,
    HoldSettled,
    InsufficientPoints,
    KeyCapReached,
    PriceMissing,
    UnknownHold,
)
from billing.models import Bucket, Entry, Hold, Mode, Operation, Purse, Tier
from billing.quoting import Quote, price_at, quote
from billing.reconciliation import Discrepancy, reconcile
from billing.taking import PRICED_AS, Order, Take, Taken, take

__all__ = [
    "Discrepancy",
    "Held",
    "Quote",
    "Settled",
    "Take",
    "balance",
    "capture",
    "give_again",
    "grant",
    "hold",
    "quote",
    "reconcile",
    "release",
    "take_back",
]


@dataclass(frozen=True, slots=True)
class Held:
    """Points set aside; `balance` is what is left beside them."""

    points: Decimal
    unit_price: Decimal
    tier: str
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Settled:
    """What a job cost in the end; `balance` is the partner's now."""

    points_used: Decimal
    balance: Decimal
    tier: str
    unit_price: Decimal


@transaction.atomic
def grant(
    *,
    partner: Partner,
    tier: str,
    points: Decimal,
    reason: str = "",
    package_code: str = "",
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Bucket:
    """Give `partner` a new bucket of `points`; it is used after the buckets that are there.

    Raises InvalidRequest for an unknown tier and for points that are not positive quarter steps.
    """
    known, points, now = terms.known(Tier, tier, "tier"), checked(points), timezone.now()
    Purse.objects.get_or_create(partner=partner)
    bucket = Bucket.objects.create(
        partner=partner,
        tier=known.value,
        original=points,
        remaining=points,
        package_code=package_code,
        created_at=now,
    )
    Entry.objects.create(
        bucket=bucket, kind=Entry.Kind.GRANT, points=points, reason=reason, created_at=now
    )
    audit.record(
        action="points.granted",
        target=str(bucket.pk),
        partner=partner,
        actor=actor,
        address=address,
        facts={"tier": known.value, "points": show(points), "reason": reason},
    )
    return bucket


def hold(
    *,
    partner_id: UUID,
    hold_id: UUID,
    operation: str,
    mode: str,
    count: int = 1,
    api_key_id: UUID | None = None,
    monthly_cap: Decimal | None = None,
) -> Held:
    """Set aside the price of one job, `count` pictures, from the partner's oldest buckets.

    The oldest bucket with points left sets the price of all pictures; what it cannot cover comes
    from the next ones. Repeating a `hold_id` answers the same hold and takes nothing more.
    `monthly_cap` bounds what the key, and those it was rotated from and to, hold and capture in a
    calendar month (UTC).

    Raises InsufficientPoints, KeyCapReached, PriceMissing, HoldMismatch (the id was used for
    something else) or InvalidRequest, each having taken nothing.
    """
    order = Order(
        hold_id=hold_id,
        partner_id=partner_id,
        api_key_id=api_key_id,
        operation=terms.known(Operation, operation, "operation"),
        mode=terms.mode(mode),
        count=terms.pictures(count),
        monthly_cap=monthly_cap,
        at=timezone.now(),
    )
    taken = take(order)
    points, unit_price = _taken_points(order, taken)
    return Held(points, unit_price, taken.tier, taken.balance)


def _taken_points(order: Order, taken: Taken) -> tuple[Decimal, Decimal]:
    """The points held and the unit price, or the reason why there are none, as an error."""
    if taken.outcome == "mismatch":
        raise HoldMismatch(order.hold_id)
    if taken.points is None or taken.unit_price is None:
        raise PriceMissing(tier=taken.tier, operation=order.operation, mode=order.mode)
    if taken.outcome == "insufficient":
        raise InsufficientPoints(
            required=taken.points, tier=taken.tier, mode=order.mode, available=taken.balance
        )
    if taken.outcome == "key_cap" and taken.key_used is not None and order.monthly_cap is not None:
        raise KeyCapReached(required=taken.points, cap=order.monthly_cap, used=taken.key_used)
    return taken.points, taken.unit_price


@transaction.atomic
def capture(*, hold_id: UUID, mode: str | None = None, count: int | None = None) -> Settled:
    """Charge a finished job: `count` pictures made in `mode` (both as held where not given).

    The price is the hold's; a job that fell back to another mode pays that mode's price at the
    hold's tier. Never more than was held; the rest goes back to the buckets it came from, the
    last one first. A count of 0 is a release. Repeating answers what was charged.

    Raises UnknownHold, HoldSettled (already released), InvalidRequest, PriceMissing.
    """
    held = _locked(hold_id)
    final_mode = terms.mode(mode) if mode is not None else Mode(held.mode)
    pictures = held.count if count is None else count
    if pictures < 0:
        raise InvalidRequest("The number of pictures cannot be negative.", param="count")
    wanted = Hold.State.CAPTURED if pictures else Hold.State.RELEASED
    unit_price = held.unit_price
    if held.state == Hold.State.HELD and final_mode != held.mode:
        priced_as = PRICED_AS[Operation(held.operation)]
        unit_price = min(unit_price, price_at(tier=held.tier, operation=priced_as, mode=final_mode))
    return _settle(held, wanted, min(unit_price * pictures, held.points_held), unit_price)


@transaction.atomic
def release(*, hold_id: UUID) -> Settled:
    """Give back all points of a job that failed, was blocked, cancelled or came too late.

    Repeating gives back nothing more. Raises UnknownHold, HoldSettled (already captured).
    """
    held = _locked(hold_id)
    return _settle(held, Hold.State.RELEASED, Decimal(0), held.unit_price)


@transaction.atomic
def take_back(*, bucket: Bucket, points: Decimal, reason: str) -> Decimal:
    """Take up to `points` out of a bucket whose money was given back; what is used stays used.

    Returns the points taken. Raises InvalidRequest for points that are not positive quarter steps.
    """
    wanted = checked(points)
    _lock_buckets(bucket.partner_id)
    left: Decimal = Bucket.objects.values_list("remaining", flat=True).get(pk=bucket.pk)
    taken = min(wanted, left)
    if taken:
        Bucket.objects.filter(pk=bucket.pk).update(remaining=F("remaining") - taken)
        Entry.objects.create(bucket=bucket, kind=Entry.Kind.REFUND, points=-taken, reason=reason)
    return taken


@transaction.atomic
def give_again(*, bucket: Bucket, points: Decimal, reason: str) -> Decimal:
    """Put back what `take_back` took: the money is ours again. No more than fits: staff may have
    put some of it back by hand meanwhile.

    Returns the points put back. Raises InvalidRequest for points that are not positive quarter
    steps.
    """
    wanted = checked(points)
    _lock_buckets(bucket.partner_id)
    given = min(wanted, _room(bucket))
    if given < wanted:
        reason = f"{reason}: {show(given)} of {show(wanted)} points, the others were there again"
    if given:
        Bucket.objects.filter(pk=bucket.pk).update(remaining=F("remaining") + given)
        Entry.objects.create(bucket=bucket, kind=Entry.Kind.CORRECTION, points=given, reason=reason)
    return given


@transaction.atomic
def correct(
    *,
    bucket: Bucket,
    points: Decimal,
    reason: str,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Entry:
    """Put right what a bucket holds: `points` into it, or out of it if negative. A new entry says
    so, because no entry is ever changed.

    Raises InvalidRequest for points that are no quarter steps, for more out than is left, and for
    more in than ever went out for good: what jobs still hold may yet come back.
    """
    if not points.is_finite():
        raise InvalidRequest("Points must be a number.", param="points")
    checked(abs(points))
    _lock_buckets(bucket.partner_id)
    room = _room(bucket)
    if points > room:
        raise InvalidRequest(
            f"At most {show(room)} points fit back into this bucket. Grant a new one for more.",
            param="points",
        )
    if -points > bucket.remaining:
        raise InvalidRequest(
            f"This bucket has {show(bucket.remaining)} points left.", param="points"
        )
    Bucket.objects.filter(pk=bucket.pk).update(remaining=F("remaining") + points)
    entry = Entry.objects.create(
        bucket=bucket, kind=Entry.Kind.CORRECTION, points=points, reason=reason
    )
    audit.record(
        action="points.corrected",
        target=str(bucket.pk),
        partner=bucket.partner,
        actor=actor,
        address=address,
        facts={"points": show(points), "reason": reason},
    )
    return entry


def balance(*, partner_id: UUID) -> Decimal:
    """The points the partner can spend now, over all buckets."""
    total = Bucket.objects.filter(partner_id=partner_id).aggregate(total=Sum("remaining"))["total"]
    return Decimal(total or 0)


def _room(bucket: Bucket) -> Decimal:
    """The points that fit back into a bucket, read anew: what ever went out of it for good. What
    jobs still hold may yet come back. The caller holds the partner's lock."""
    bucket.refresh_from_db(fields=["original", "remaining"])
    held = Entry.objects.filter(bucket=bucket, hold__state=Hold.State.HELD)
    away = -(held.aggregate(total=Sum("points"))["total"] or Decimal(0))
    room: Decimal = bucket.original - bucket.remaining - away
    return room


def _settle(held: Hold, wanted: Hold.State, due: Decimal, unit_price: Decimal) -> Settled:
    """End a hold as `wanted`, having cost `due` points; an ended one stays as it is."""
    if held.state != Hold.State.HELD:
        if held.state != wanted:
            raise HoldSettled(held.pk, state=held.state)
        unit_price = held.settled_price or held.unit_price
        return Settled(held.points_captured, _balance(held), held.tier, unit_price)
    now = timezone.now()
    if due < held.points_held:
        _give_back(held, held.points_held - due, now)
    held.state, held.points_captured, held.settled_at = wanted, due, now
    held.settled_price = unit_price
    held.save(update_fields=["state", "points_captured", "settled_at", "settled_price"])
    return Settled(due, _balance(held), held.tier, unit_price)


def _give_back(held: Hold, points: Decimal, now: datetime) -> None:
    """Return `points` of a hold to its buckets, the one it took from last first."""
    _lock_buckets(held.partner_id)
    takes = held.entries.filter(kind=Entry.Kind.HOLD).order_by("-id")
    entries: list[Entry] = []
    for taken in takes:
        part = min(points, -taken.points)
        Bucket.objects.filter(pk=taken.bucket_id).update(remaining=F("remaining") + part)
        entries.append(
            Entry(
                bucket_id=taken.bucket_id,
                hold=held,
                kind=Entry.Kind.RELEASE,
                points=part,
                created_at=now,
            )
        )
        points -= part
        if not points:
            break
    Entry.objects.bulk_create(entries)


def _lock_buckets(partner_id: UUID) -> None:
    """Wait for the partner's lock, the one that the hold function takes too.

    Holds write buckets oldest first and releases newest first: without it they could deadlock.
    On SQLite the IMMEDIATE transaction is that lock.
    """
    if connection.vendor == "postgresql":
        Purse.objects.filter(pk=partner_id).update(movements=F("movements") + 1)


def _locked(hold_id: UUID) -> Hold:
    """The hold, locked against a second settlement until the transaction ends."""
    try:
        return Hold.objects.select_for_update().get(pk=hold_id)
    except Hold.DoesNotExist:
        raise UnknownHold(hold_id) from None


def _balance(held: Hold) -> Decimal:
    return balance(partner_id=held.partner_id)
