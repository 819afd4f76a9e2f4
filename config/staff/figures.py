"""Figures over all partners for the staff dashboard.

Each looks at a bounded stretch: days that are over are counted once and remembered, the rest is
the newest so many rows by an index. So the page costs the same at a thousand generations and at a
million.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import median, quantiles

from django.core.cache import cache
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.webhooks.models import Delivery, Endpoint
from billing.models import Bucket
from imaging.checkup import SILENT_AFTER
from imaging.models import ENDED, Generation, Priority, Status, WorkerBeat

DAYS = 14
SAMPLE = 1_000
"""Jobs that the figures of engines look at."""
NEWEST_DELIVERIES = 5_000
REMEMBERED = int(timedelta(hours=6).total_seconds())
SETTLES_AFTER = timedelta(days=2)
"""A job of an earlier day has ended, so that day's figures stay as they are."""
SLOW_MS = 60_000
"""An engine whose usual picture takes longer is worth a look: callers wait two minutes at most."""


@dataclass
class Day:
    """The jobs that were asked for on one day (UTC), by status, and the points they used."""

    day: date
    jobs: Counter[str] = field(default_factory=Counter)
    used: Decimal = Decimal(0)

    @property
    def rate(self) -> float | None:
        """Percent delivered of those that a picture was owed for; None where none was."""
        owed = self.jobs[Status.SUCCEEDED] + self.broken
        return 100 * self.jobs[Status.SUCCEEDED] / owed if owed else None

    @property
    def asked(self) -> int:
        return self.jobs.total()

    @property
    def broken(self) -> int:
        return self.jobs[Status.FAILED] + self.jobs[Status.EXPIRED]


def days(now: datetime, count: int = DAYS) -> list[Day]:
    """The last `count` days, today last. One query, for the days that are not remembered."""
    wanted = [now.date() - timedelta(days=back) for back in range(count)][::-1]
    remembered: dict[str, Day] = cache.get_many([_key(day) for day in wanted])
    found = {one.day: one for one in remembered.values()}
    missing = [day for day in wanted if day not in found]
    counted = _counted(min(missing)) if missing else {}
    found |= {day: counted.get(day, Day(day)) for day in missing}
    settled = now.date() - SETTLES_AFTER
    cache.set_many({_key(day): found[day] for day in missing if day <= settled}, REMEMBERED)
    return [found[day] for day in wanted]


def _key(day: date) -> str:
    return f"staff-day-{day.isoformat()}"


def _counted(since: date) -> dict[date, Day]:
    rows = (
        Generation.objects.filter(created_at__gte=datetime.combine(since, time(), UTC))
        .order_by()
        .annotate(day=TruncDate("created_at"))
        .values_list("day", "status")
        .annotate(Count("pk"), Sum("points_used"))
    )
    found: dict[date, Day] = {}
    for day, status, jobs, used in rows:
        one = found.setdefault(day, Day(day))
        one.jobs[status] += jobs
        one.used += used or 0
    return found


def bought(now: datetime, count: int = DAYS) -> Mapping[tuple[date, str], Decimal]:
    """Points "sold" (packages) and "granted" (by staff) on each of the last days.

    A bucket is a purchase or a grant, so there are few.
    """
    first = datetime.combine(now.date() - timedelta(days=count - 1), time(), UTC)
    rows = Bucket.objects.filter(created_at__gte=first).order_by()
    found: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    for at, package, points in rows.values_list("created_at", "package_code", "original"):
        found[at.date(), "sold" if package else "granted"] += points
    return found


@dataclass(frozen=True)
class Queue:
    """What waits and runs now. `oldest` is the age of the job that waits longest."""

    interactive: int
    batch: int
    running: int
    oldest: timedelta
    alive: Mapping[str, int]
    silent: int

    @property
    def waiting(self) -> int:
        return self.interactive + self.batch


def queue(now: datetime) -> Queue:
    """Three small queries: live jobs by partial indexes, and the few rows of workers."""
    waiting = Generation.objects.filter(status=Status.QUEUED).order_by()
    by_priority = dict(waiting.values_list("priority").annotate(Count("pk")))
    oldest = waiting.aggregate(at=Min("created_at"))["at"]
    beats = list(WorkerBeat.objects.values_list("queue", "seen_at"))
    alive = Counter(name for name, seen in beats if seen > now - SILENT_AFTER)
    return Queue(
        interactive=by_priority.get(Priority.INTERACTIVE, 0),
        batch=by_priority.get(Priority.BATCH, 0),
        running=Generation.objects.filter(status=Status.RUNNING).count(),
        oldest=now - oldest if oldest else timedelta(0),
        alive=alive,
        silent=len(beats) - alive.total(),
    )


@dataclass
class Engine:
    """How one engine and model did among the newest jobs."""

    name: str
    model: str = ""
    times: list[int] = field(default_factory=list)
    failed: int = 0
    passed_over: int = 0

    @property
    def usual_ms(self) -> int | None:
        return round(median(self.times)) if self.times else None

    @property
    def slow_ms(self) -> int | None:
        """What one picture in twenty takes longer than."""
        if len(self.times) < 2:
            return self.usual_ms
        return round(quantiles(self.times, n=20, method="inclusive")[-1])

    @property
    def trouble(self) -> str:
        """ "failing", "slow" or nothing."""
        tries = len(self.times) + self.failed + self.passed_over
        if tries and (self.failed + self.passed_over) / tries > 0.1:
            return "failing"
        return "slow" if (self.usual_ms or 0) > SLOW_MS else ""


def engines(now: datetime) -> list[Engine]:
    """The engines of the newest jobs of the last day, those in trouble first. One query."""
    ended = Generation.objects.filter(
        created_at__gte=now - timedelta(days=1), status__in=ENDED
    ).order_by("-created_at")
    found: dict[tuple[str, str], Engine] = {}
    columns = ("engine_name", "model", "status", "processing_ms", "fallbacks")
    for name, model, status, took, fallbacks in ended.values_list(*columns)[:SAMPLE]:
        if name:
            one = found.setdefault((name, model), Engine(name, model))
            if status == Status.SUCCEEDED and took is not None:
                one.times.append(took)
            one.failed += status == Status.FAILED
        _blame(found, (step.get("engine", "") for step in fallbacks))
    return sorted(found.values(), key=lambda one: (not one.trouble, one.name, one.model))


def _blame(found: dict[tuple[str, str], Engine], tried_in_vain: Iterable[str]) -> None:
    """An engine that was passed over is known by its name alone."""
    for name in tried_in_vain:
        known = next((one for one in found.values() if one.name == name), None)
        if known is None:
            known = found.setdefault((name, ""), Engine(name))
        known.passed_over += 1


def failures(count: int = 6) -> QuerySet[Generation]:
    """The newest jobs that failed or came too late, by an index of their own."""
    broken = Generation.objects.filter(status__in=[Status.FAILED, Status.EXPIRED])
    return broken.select_related("partner").order_by("-created_at")[:count]


@dataclass(frozen=True)
class Deliveries:
    """Webhooks in trouble: messages given up or tried again, and addresses that do not answer."""

    given_up: list[Delivery]
    again: int
    endpoints: list[Endpoint]


def deliveries(count: int = 6) -> Deliveries:
    """Of the newest NEWEST_DELIVERIES messages, and all addresses. Four queries."""
    newest = Delivery.objects.aggregate(at=Max("id"))["at"] or 0
    lately = Delivery.objects.filter(id__gt=newest - NEWEST_DELIVERIES)
    given_up = lately.filter(status=Delivery.Status.FAILED).select_related("partner")
    again = Delivery.objects.filter(status=Delivery.Status.PENDING, attempts__gt=0).count()
    troubled = Endpoint.objects.select_related("partner").exclude(
        failing_since=None, disabled_reason=""
    )
    return Deliveries(
        given_up=list(given_up.defer("body").order_by("-id")[:count]),
        again=again,
        endpoints=list(troubled.order_by("-failing_since")[:count]),
    )
