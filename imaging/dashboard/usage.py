"""/dashboard/usage/: points and pictures by day, operation and key."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.dashboard import charts
from accounts.dashboard.access import Visit, page
from billing import history, points
from billing.models import Operation

SPANS = (7, 30, 90)


@page(read="see")
def usage(request: HttpRequest, visit: Visit) -> HttpResponse:
    """`days` is one of SPANS."""
    text = request.GET.get("days", "")
    span = int(text) if text in map(str, SPANS) else 30
    now = timezone.now()
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=span - 1)
    uses = history.by_day(visit.partner, since=since)
    days = [since.date() + timedelta(days=index) for index in range(span)]
    names = list(Operation.values)
    context = {
        "span": span,
        "spans": SPANS,
        "points_chart": charts.stacked(
            days, names, {(use.day, use.operation): use.points for use in uses}
        ),
        "jobs_chart": charts.stacked(
            days, names, {(use.day, use.operation): Decimal(use.jobs) for use in uses}
        ),
        "keys": history.by_key(visit.partner, since=since),
        "balance": points.balance(partner_id=visit.partner.pk),
    }
    return render(request, "imaging/usage.html", context)
