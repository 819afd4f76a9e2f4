"""The figures of GET /partner/v1/image/usage.

Source: ShopIQ API documentation, "Image Usage Stats".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.api.envelope import iso
from accounts.models import Partner
from billing.amounts import show
from billing.models import Bucket, Entry, Hold, Operation, Price, Tier

RESOLUTIONS = ["1k", "2k", "4k"]
Figures = dict[str, Any]


def usage(partner: Partner) -> Figures:
    """What `partner` called, used and has left, in the documented shape; five queries.

    A call is a job that was charged. Packshots and edits cost what an enhancement costs and are
    counted with the enhancements. Points held by jobs that still run are neither in the balance
    nor used.
    """
    now = timezone.now()
    buckets = list(partner.buckets.order_by("created_at", "id"))
    active = [bucket for bucket in buckets if bucket.remaining]
    prices = _prices()
    return {
        "last30Days": _calls(partner, since=now - timedelta(days=30)),
        "points": {
            "balance": show(_remaining(buckets)),
            "totalUsed": show(_total_used(partner, buckets)),
            "monthlyUsage": _month(partner, now),
        },
        "currentPricing": _current_pricing(active[0].tier, prices) if active else None,
        "activeBuckets": [_bucket(bucket) for bucket in active],
        "allTierPricing": {tier: {"tier": tier, **of} for tier, of in prices.items()},
        "supportedResolutions": RESOLUTIONS,
        "defaultResolution": RESOLUTIONS[0],
    }


def _calls(partner: Partner, *, since: datetime) -> Figures:
    captured = Hold.objects.filter(
        partner=partner, state=Hold.State.CAPTURED, settled_at__gte=since
    )
    counts = captured.aggregate(
        creations=Count("settled_at", filter=Q(operation=Operation.CREATE)),
        total=Count("settled_at"),
    )
    return {
        "imageCreations": counts["creations"],
        "imageEnhancements": counts["total"] - counts["creations"],
        "totalCalls": counts["total"],
    }


def _month(partner: Partner, now: datetime) -> Figures:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    used = Hold.objects.filter(
        partner=partner, state=Hold.State.CAPTURED, settled_at__gte=first
    ).aggregate(used=Sum("points_captured"))["used"]
    return {"month": f"{now:%Y-%m}", "used": show(used or Decimal(0))}


def _remaining(buckets: list[Bucket]) -> Decimal:
    return sum((bucket.remaining for bucket in buckets), Decimal(0))


def _total_used(partner: Partner, buckets: list[Bucket]) -> Decimal:
    """All points ever charged: what left the buckets, less what did so otherwise.

    Equals the sum over all captured holds, without reading them.
    """
    granted = sum((bucket.original for bucket in buckets), Decimal(0))
    held = Hold.objects.filter(partner=partner, state=Hold.State.HELD).aggregate(
        total=Sum("points_held")
    )["total"]
    adjusted = Entry.objects.filter(
        bucket__partner=partner, kind__in=[Entry.Kind.REFUND, Entry.Kind.CORRECTION]
    ).aggregate(total=Sum("points"))["total"]
    return granted - _remaining(buckets) - (held or Decimal(0)) + (adjusted or Decimal(0))


def _prices() -> dict[str, dict[str, int | float]]:
    """Points per tier under the documented names, such as createFast."""
    table: dict[str, dict[str, int | float]] = {tier: {} for tier in Tier.values}
    for price in Price.objects.order_by("operation", "mode"):
        table[price.tier][f"{price.operation}{price.mode.title()}"] = show(price.points)
    return table


def _current_pricing(tier: str, prices: dict[str, dict[str, int | float]]) -> Figures:
    named = {f"image{name[0].upper()}{name[1:]}": cost for name, cost in prices[tier].items()}
    return {"tier": tier, **named}


def _bucket(bucket: Bucket) -> Figures:
    return {
        # A bucket that was given and not bought is named like a package of its size.
        "packageId": bucket.package_code or f"pack_{show(bucket.original)}",
        "tier": bucket.tier,
        "remainingPoints": show(bucket.remaining),
        "originalPoints": show(bucket.original),
        "purchasedAt": iso(bucket.created_at),
    }
