"""Points as ProdVisual's credits: one credit is one fast packshot at the current tier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from accounts.models import Partner
from billing import points
from imaging.models import Generation


@dataclass(frozen=True, kw_only=True)
class Credits:
    """`bought` and `bought_at` are of the newest bucket of points; None where there is none."""

    remaining: int
    used_total: int
    used_today: int
    bought: int | None = None
    bought_at: datetime | None = None


def remaining(partner: Partner) -> int:
    """Whole credits that the partner can spend now."""
    quote = points.quote(partner_id=partner.pk, operation="packshot", mode="fast")
    return _whole(quote.available, quote.unit_price)


def credits_of(partner: Partner, *, surface: str) -> Credits:
    """The account: a used credit is a picture of this surface that was charged, a day is UTC's."""
    quote = points.quote(partner_id=partner.pk, operation="packshot", mode="fast")
    charged = Generation.objects.filter(partner=partner, surface=surface, points_used__gt=0)
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    bucket = partner.buckets.order_by("-created_at", "-id").first()
    return Credits(
        remaining=_whole(quote.available, quote.unit_price),
        used_total=charged.count(),
        used_today=charged.filter(finished_at__gte=today).count(),
        bought=_whole(bucket.original, quote.unit_price) if bucket else None,
        bought_at=bucket.created_at if bucket else None,
    )


def _whole(amount: Decimal, price: Decimal) -> int:
    return int(amount // price)
