"""/dashboard/usage/: points and pictures by day, operation and key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.dashboard import charts
from accounts.dashboard.access import Visit, page
from billing import history, points
from billing.models import Operation

SPANS = (7, 30, 90)
BY_WEEK = 45
"""Over more days than these a bar is a week: ninety bars say less, and weigh more."""


@page(read="see")
def usage(request: HttpRequest, visit: Visit) -> HttpResponse:
    """`days` is one of SPANS."""
    text = request.GET.get("days", "")
    span = int(text) if text in map(str, SPANS) else 30
    now = timezone.now()
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=span - 1)
    uses = history.by_day(visit.partner, since=since)
    context = {
        "span": span,
        "spans": SPANS,
        "points_chart": _chart(since.date(), span, ((use, use.points) for use in uses)),
        "jobs_chart": _chart(since.date(), span, ((use, Decimal(use.jobs)) for use in uses)),
        "keys": history.by_key(visit.partner, since=since),
        "balance": points.balance(partner_id=visit.partner.pk),
    }
    return render(request, "imaging/usage.html", context)


def _chart(first: date, span: int, amounts: Iterable[tuple[history.Use, Decimal]]) -> charts.Chart:
    """Bars of days, or of the weeks that end today: the first of those may be a short one."""
    step, unit = (7, "Week from") if span > BY_WEEK else (1, "Day")
    start = first + timedelta(days=span) - timedelta(days=-(-span // step) * step)
    bars = [start + timedelta(days=index) for index in range(0, -(-span // step) * step, step)]
    values: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for use, amount in amounts:
        bar = use.day - timedelta(days=(use.day - start).days % step)
        values[bar, use.operation] += amount
    return charts.stacked(bars, list(Operation.values), values, unit=unit)
