"""What a partner used over time: charged jobs by day, operation, mode and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from accounts.models import Partner
from billing.models import Hold


@dataclass(frozen=True, slots=True)
class Use:
    """Charged jobs of one operation on one day (UTC)."""

    day: date
    operation: str
    jobs: int
    points: Decimal


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Charged jobs of one key; an empty hint stands for the dashboard."""

    name: str
    hint: str
    jobs: int
    points: Decimal


def by_day(partner: Partner, *, since: datetime) -> list[Use]:
    """Each day's charged jobs from `since` on; days without any are left out. One query."""
    rows = (
        Hold.objects.filter(partner=partner, state=Hold.State.CAPTURED, settled_at__gte=since)
        .annotate(day=TruncDate("settled_at"))
        .values("day", "operation")
        .annotate(jobs=Count("settled_at"), points=Sum("points_captured"))
        .order_by("day", "operation")
    )
    return [Use(row["day"], row["operation"], row["jobs"], row["points"]) for row in rows]


def by_key(partner: Partner, *, since: datetime) -> list[KeyUse]:
    """Each key's charged jobs from `since` on, the one that used most first. One query."""
    rows = (
        Hold.objects.filter(partner=partner, state=Hold.State.CAPTURED, settled_at__gte=since)
        .values("api_key__name", "api_key__hint")
        .annotate(jobs=Count("settled_at"), points=Sum("points_captured"))
        .order_by("-points")
    )
    return [
        KeyUse(row["api_key__name"] or "", row["api_key__hint"] or "", row["jobs"], row["points"])
        for row in rows
    ]
