"""/dashboard/: how things stand, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.dashboard import charts
from accounts.dashboard.access import Visit, page
from accounts.models import Partner
from billing import history, points
from billing.models import Bucket
from imaging.dashboard.pictures import tiles
from imaging.models import Generation, Status

CHART_DAYS, HEALTH_DAYS = 30, 7
LATENCY_SAMPLE = 200
LOW_JOBS = 20
"""Fewer fast pictures than this in the balance is worth a word."""


@dataclass(frozen=True)
class Attention:
    """Something that needs somebody: how urgent, what, where to go."""

    tone: str
    icon: str
    words: str
    action: str
    url: str


@page(read="see")
def overview(request: HttpRequest, visit: Visit) -> HttpResponse:
    now = timezone.now()
    recent = list(
        visit.partner.generations.prefetch_related("assets").order_by("-created_at", "-id")[:6]
    )
    balance = points.balance(partner_id=visit.partner.pk)
    health = _health(visit.partner, since=now - timedelta(days=HEALTH_DAYS))
    chart, used = _chart(visit.partner, now)
    context = {
        "visit": visit,
        "balance": balance,
        "oldest": Bucket.objects.filter(partner=visit.partner, remaining__gt=0).first(),
        "health": health,
        "chart": chart,
        "used": used,
        "recent": tiles(recent),
        "attention": _attention(visit, balance, now),
        "days": CHART_DAYS,
        "health_days": HEALTH_DAYS,
    }
    return render(request, "imaging/overview.html", context)


def _chart(partner: Partner, now: datetime) -> tuple[charts.Chart, Decimal]:
    first = now.date() - timedelta(days=CHART_DAYS - 1)
    days = [first + timedelta(days=index) for index in range(CHART_DAYS)]
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=CHART_DAYS - 1)
    uses = history.by_day(partner, since=since)
    values = {(use.day, use.operation): use.points for use in uses}
    chart = charts.stacked(days, ["create", "enhance", "packshot", "edit"], values)
    return chart, chart.total


def _health(partner: Partner, *, since: datetime) -> dict[str, Any]:
    """Success rate and latency of what was asked for since then; None where there was nothing."""
    rows = partner.generations.filter(created_at__gte=since)
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    good = counts.get(Status.SUCCEEDED, 0)
    bad = counts.get(Status.FAILED, 0) + counts.get(Status.EXPIRED, 0)
    times = sorted(
        took.total_seconds() * 1000
        for took in rows.filter(status=Status.SUCCEEDED)
        .order_by("-created_at")
        .values_list(F("finished_at") - F("created_at"), flat=True)[:LATENCY_SAMPLE]
    )
    return {
        "total": sum(counts.values()),
        "failed": bad,
        "blocked": counts.get(Status.BLOCKED, 0),
        "rate": 100 * good / (good + bad) if good + bad else None,
        "median": round(median(times)) if times else None,
        "slow": round(times[int(len(times) * 0.95)]) if times else None,
        "running": counts.get(Status.QUEUED, 0) + counts.get(Status.RUNNING, 0),
    }


def _attention(visit: Visit, balance: Decimal, now: datetime) -> list[Attention]:
    """What needs somebody, the most urgent first."""
    found = [
        *_about_points(visit, balance),
        *_about_webhooks(visit.partner),
        *_about_failures(visit.partner, now),
        *_about_keys(visit.partner, now),
    ]
    if not visit.loan and not is_mfa_enabled(visit.user):
        words = "Your log-in has no second factor."
        url = reverse("mfa_index")
        found.append(Attention("info", "shield-check", words, "Add one", url))
    return found


def _about_points(visit: Visit, balance: Decimal) -> list[Attention]:
    price = points.quote(partner_id=visit.partner.pk, operation="create", mode="fast").unit_price
    if balance >= price * LOW_JOBS:
        return []
    left = int(balance // price)
    words = f"Enough points for {left} more pictures." if left else "There are no points left."
    url = reverse("dashboard-usage")
    return [Attention("busy" if left else "bad", "wallet", words, "See use", url)]


def _about_webhooks(partner: Partner) -> list[Attention]:
    rows = list(partner.webhook_endpoints.all())
    off = sum(1 for row in rows if row.disabled_reason)
    failing = sum(1 for row in rows if row.enabled and row.failing_since)
    url = reverse("dashboard-webhooks")
    found = []
    if off:
        words = f"{off} webhook address{'es' if off > 1 else ''} switched off after failing."
        found.append(Attention("bad", "webhook", words, "Look", url))
    if failing:
        words = f"{failing} webhook address{'es' if failing > 1 else ''} not answering."
        found.append(Attention("busy", "webhook", words, "Look", url))
    return found


def _about_failures(partner: Partner, now: datetime) -> list[Attention]:
    failed = Generation.objects.filter(
        partner=partner, created_at__gte=now - timedelta(days=1), status=Status.FAILED
    ).count()
    if not failed:
        return []
    words = (
        f"{failed} picture{'s' if failed > 1 else ''} failed in the last day. Nothing was charged."
    )
    url = f"{reverse('dashboard-gallery')}?status=failed"
    return [Attention("busy", "triangle-alert", words, "See why", url)]


def _about_keys(partner: Partner, now: datetime) -> list[Attention]:
    ending = partner.api_keys.filter(
        revoked_at__isnull=True,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=7),
        rotated_to__isnull=True,
    ).count()
    if not ending:
        return []
    words = f"{ending} key{'s' if ending > 1 else ''} will expire within a week."
    return [Attention("busy", "key-round", words, "Rotate", reverse("dashboard-keys"))]
