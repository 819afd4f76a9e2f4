"""The staff admin's first page: how things stand, drawn, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django_q.models import Failure

from accounts.dashboard import charts
from config.staff import figures
from imaging.models import Status

LONG_WAIT = timedelta(minutes=2)
"""Callers are promised an answer within this."""
ENDS = ("delivered", "failed", "blocked", "cancelled")


@dataclass(frozen=True)
class Drawn:
    """A chart, its title, and the class that gives it its colours."""

    title: str
    chart: charts.Chart
    colours: str


@dataclass(frozen=True)
class Notice:
    """Something that needs somebody: "bad" or "busy", the words, where to go."""

    tone: str
    words: str
    url: str


def add_to_index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK. Everybody sees the figures of what they may look at."""
    now = timezone.now()
    may = request.user.has_perm
    if may("imaging.view_generation"):
        context |= _jobs(now)
    if may("imaging.view_generation") and may("billing.view_bucket"):
        context["charts"] += _points(context["days"], now)
    if may("webhooks.view_delivery"):
        context["deliveries"] = figures.deliveries()
    context["notices"] = _notices(context, now)
    return context


def _jobs(now: datetime) -> dict[str, Any]:
    days = figures.days(now)
    week = figures.Day(now.date())
    for one in days[-7:]:
        week.jobs += one.jobs
    return {
        "days": days,
        "today": days[-1],
        "week": week,
        "queue": figures.queue(now),
        "charts": [
            Drawn("Jobs a day", _ends(days), "ends"),
            Drawn("Delivered, percent of what was owed", _rates(days), "rate"),
        ],
        "engines": figures.engines(now),
        "failures": list(figures.failures()),
        "sample": figures.SAMPLE,
    }


def _ends(days: list[figures.Day]) -> charts.Chart:
    values: dict[tuple[date, str], Decimal] = {}
    for one in days:
        ends = (
            one.jobs[Status.SUCCEEDED],
            one.broken,
            one.jobs[Status.BLOCKED],
            one.jobs[Status.CANCELLED],
        )
        values |= {(one.day, end): Decimal(jobs) for end, jobs in zip(ENDS, ends, strict=True)}
    return charts.stacked([one.day for one in days], ENDS, values)


def _rates(days: list[figures.Day]) -> charts.Chart:
    rates = {(one.day, "percent"): Decimal(f"{one.rate:.1f}") for one in days if one.rate}
    return charts.stacked([one.day for one in days], ["percent"], rates)


def _points(days: list[figures.Day], now: datetime) -> list[Drawn]:
    dates = [one.day for one in days]
    used = charts.stacked(dates, ["used"], {(one.day, "used"): one.used for one in days})
    bought = charts.stacked(dates, ["sold", "granted"], figures.bought(now))
    return [
        Drawn("Points used a day", used, "used"),
        Drawn("Points sold and granted a day", bought, "bought"),
    ]


def _notices(context: dict[str, Any], now: datetime) -> list[Notice]:
    """What needs somebody, the most urgent first."""
    found: list[Notice] = []
    if queue := context.get("queue"):
        found += _about_queue(queue, now)
    troubled = [one for one in context.get("engines", ()) if one.trouble]
    if troubled:
        words = ", ".join(f"{one.name} is {one.trouble}" for one in troubled)
        found.append(Notice("busy", f"Engines: {words}.", "#engines"))
    if (deliveries := context.get("deliveries")) and deliveries.endpoints:
        count = len(deliveries.endpoints)
        words = f"{_many(count, 'webhook address', 'webhook addresses')} in trouble."
        found.append(Notice("busy", words, "#deliveries"))
    return found


def _about_queue(queue: figures.Queue, now: datetime) -> list[Notice]:
    workers = reverse("admin:imaging_workerbeat_changelist")
    found = []
    if not queue.alive.get("gpu"):
        words = "No worker that makes pictures was heard lately: live jobs wait."
        found.append(Notice("bad", words, workers))
    if not queue.alive.get("default"):
        words = "No worker of the default queue: webhooks and clean-ups wait."
        found.append(Notice("bad", words, workers))
    if queue.interactive and queue.oldest > LONG_WAIT:
        minutes = int(queue.oldest.total_seconds() // 60)
        url = f"{reverse('admin:imaging_generation_changelist')}?status__exact=queued"
        found.append(Notice("busy", f"The oldest job has waited {minutes} minutes.", url))
    failed = Failure.objects.filter(started__gte=now - timedelta(days=1)).count()
    if failed:
        url = reverse("admin:django_q_failure_changelist")
        words = f"{_many(failed, 'wake-up', 'wake-ups')} failed in the last day."
        found.append(Notice("busy", words, url))
    return found


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
