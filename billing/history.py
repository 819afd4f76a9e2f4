"""What a partner used over time: charged jobs by day, operation, mode and key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Partner
from billing import daily
from billing.models import DayUse, Hold


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
    """Each day's charged jobs from the midnight `since` on; days without any are left out."""
    closed, fresh = _parts(partner, since)
    uses = [
        *closed.values("day", "operation").annotate(count=Sum("jobs"), total=Sum("points")),
        *fresh.values("operation", day=TruncDate("settled_at")).annotate(
            count=Count("settled_at"), total=Sum("points_captured")
        ),
    ]
    found = [Use(row["day"], row["operation"], row["count"], row["total"]) for row in uses]
    return sorted(found, key=lambda use: (use.day, use.operation))


def by_key(partner: Partner, *, since: datetime) -> list[KeyUse]:
    """Each key's charged jobs from the midnight `since` on, the one that used most first."""
    closed, fresh = _parts(partner, since)
    names = ("api_key_id", "api_key__name", "api_key__hint")
    rows = [
        *closed.values(*names).annotate(count=Sum("jobs"), total=Sum("points")),
        *fresh.values(*names).annotate(count=Count("settled_at"), total=Sum("points_captured")),
    ]
    found: dict[Any, KeyUse] = {}
    for row in rows:
        key, name, hint = (row[one] for one in names)
        before = found.get(key) or KeyUse(name or "", hint or "", 0, Decimal(0))
        found[key] = replace(
            before, jobs=before.jobs + row["count"], points=before.points + row["total"]
        )
    return sorted(found.values(), key=lambda use: -use.points)


def _parts(partner: Partner, since: datetime) -> tuple[QuerySet[DayUse], QuerySet[Hold]]:
    """The sums of days that are over, and the charged holds of after those."""
    last = daily.sum_up(partner, now=timezone.now())
    closed = DayUse.objects.filter(partner=partner, day__gte=since.date(), day__lte=last)
    fresh = Hold.objects.filter(
        partner=partner,
        state=Hold.State.CAPTURED,
        settled_at__gte=max(since, daily.midnight(last + timedelta(days=1))),
    )
    return closed.order_by(), fresh.order_by()
