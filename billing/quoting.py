"""What orders would cost: one now, or several one after the other. Nothing is taken or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from billing import terms
from billing.errors import PriceMissing
from billing.models import Bucket, Operation, Price, Tier
from billing.taking import PRICED_AS, Live, Take, spread


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would cost now. `takes` is empty where there is not `enough`."""

    unit_price: Decimal
    tier: str
    total: Decimal
    available: Decimal
    enough: bool
    takes: tuple[Take, ...]


class Wish(NamedTuple):
    """One order: so many pictures of an operation in a mode."""

    operation: str
    mode: str
    pictures: int = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """The price of each order, in their order. `takes` is empty where there is not `enough`."""

    prices: tuple[Decimal, ...]
    total: Decimal
    available: Decimal
    enough: bool
    takes: tuple[Take, ...]


def quote(*, partner_id: UUID, operation: str, mode: str, count: int = 1) -> Quote:
    """What `points.hold` would take now, and from which buckets.

    Raises InvalidRequest for an unknown operation or mode, PriceMissing.
    """
    priced_as = PRICED_AS[terms.known(Operation, operation, "operation")]
    known_mode = terms.mode(mode)
    live = _live(partner_id)
    tier = live[0].tier if live else _last_tier(partner_id)
    unit_price = price_at(tier=tier, operation=priced_as, mode=known_mode)
    total = unit_price * terms.pictures(count)
    available = sum((bucket.remaining for bucket in live), Decimal(0))
    enough = total <= available
    takes = spread(live, total) if enough else ()
    return Quote(unit_price, tier, total, available, enough, takes)


def estimate(*, partner_id: UUID, wishes: Sequence[Wish]) -> Estimate:
    """What holding `wishes` one after the other would take now.

    Each is priced by the oldest bucket that still has points when its turn comes, as holds are;
    past the last bucket the last tier's price goes on. Raises PriceMissing.
    """
    live = _live(partner_id)
    price_of = {
        (row.tier, row.operation, row.mode): Decimal(row.points) for row in Price.objects.all()
    }
    available = sum((bucket.remaining for bucket in live), Decimal(0))
    total, prices = Decimal(0), []
    for wish in wishes:
        tier = _tier_after(live, total) or _last_tier(partner_id)
        priced_as = PRICED_AS[Operation(wish.operation)]
        unit = price_of.get((tier, priced_as, wish.mode))
        if unit is None:
            raise PriceMissing(tier=tier, operation=wish.operation, mode=wish.mode)
        prices.append(unit * wish.pictures)
        total += prices[-1]
    enough = total <= available
    takes = spread(live, total) if enough and total else ()
    return Estimate(tuple(prices), total, available, enough, takes)


def price_at(*, tier: str, operation: str, mode: str) -> Decimal:
    """The points of one picture. Raises PriceMissing."""
    price = Price.objects.filter(tier=tier, operation=operation, mode=mode).first()
    if price is None:
        raise PriceMissing(tier=tier, operation=operation, mode=mode)
    return Decimal(price.points)


def _live(partner_id: UUID) -> list[Live]:
    """The partner's buckets with points left, oldest first."""
    return [
        Live(*row)
        for row in Bucket.objects.filter(partner_id=partner_id, remaining__gt=0)
        .order_by("created_at", "id")
        .values_list("id", "tier", "remaining")
    ]


def _tier_after(live: Sequence[Live], spent: Decimal) -> str:
    """The tier of the oldest bucket with points left once `spent` points are gone; the last
    one's where none has any, "" where there is none."""
    for bucket in live:
        if spent < bucket.remaining:
            return bucket.tier
        spent -= bucket.remaining
    return live[-1].tier if live else ""


def _last_tier(partner_id: UUID) -> str:
    """The tier of a partner whose buckets are all empty: the one used last, else starter."""
    last = Bucket.objects.filter(partner_id=partner_id).order_by("created_at", "id").last()
    return last.tier if last else Tier.STARTER.value
