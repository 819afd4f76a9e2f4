"""/metrics: figures for Prometheus, computed from the database when they are asked for.

So they are the same in every web process, survive restarts and need no shared counter files.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Avg, Count, Min, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from billing.models import Bucket
from imaging.models import Generation, Status, WorkerBeat

WINDOW = timedelta(hours=1)


class BusinessCollector(Collector):
    """Jobs, points and workers as they are now."""

    def collect(self) -> Iterable[Metric]:
        yield from (self._jobs(), self._recent(), self._durations(), self._oldest())
        yield from (self._points(), self._workers())

    def _jobs(self) -> Metric:
        gauge = GaugeMetricFamily(
            "softbox_jobs_live", "Jobs waiting or running.", labels=["status", "operation"]
        )
        live = Generation.objects.filter(status__in=[Status.QUEUED, Status.RUNNING])
        for row in live.order_by().values("status", "operation").annotate(jobs=Count("id")):
            gauge.add_metric([row["status"], row["operation"]], row["jobs"])
        return gauge

    def _recent(self) -> Metric:
        gauge = GaugeMetricFamily(
            "softbox_jobs_ended_last_hour", "Jobs that ended.", labels=["status", "operation"]
        )
        for row in self._ended().values("status", "operation").annotate(jobs=Count("id")):
            gauge.add_metric([row["status"], row["operation"]], row["jobs"])
        return gauge

    def _durations(self) -> Metric:
        gauge = GaugeMetricFamily(
            "softbox_job_seconds_last_hour",
            "Mean processing time of finished jobs.",
            labels=["operation", "engine"],
        )
        done = self._ended().filter(status=Status.SUCCEEDED)
        for row in done.values("operation", "engine_name").annotate(ms=Avg("processing_ms")):
            gauge.add_metric([row["operation"], row["engine_name"]], (row["ms"] or 0) / 1000)
        return gauge

    def _ended(self) -> QuerySet[Generation]:
        return (
            Generation.objects.filter(created_at__gte=timezone.now() - WINDOW)
            .exclude(status__in=[Status.QUEUED, Status.RUNNING])
            .order_by()
        )

    def _oldest(self) -> Metric:
        oldest = Generation.objects.filter(status=Status.QUEUED).aggregate(at=Min("created_at"))
        age = (timezone.now() - oldest["at"]).total_seconds() if oldest["at"] else 0
        return GaugeMetricFamily(
            "softbox_oldest_waiting_seconds", "Age of the oldest waiting job.", value=age
        )

    def _points(self) -> Metric:
        left = Bucket.objects.aggregate(points=Sum("remaining"))["points"] or 0
        return GaugeMetricFamily(
            "softbox_points_unspent", "Points left in all buckets.", value=left
        )

    def _workers(self) -> Metric:
        gauge = GaugeMetricFamily(
            "softbox_worker_silence_seconds", "Time since a worker was heard.", labels=["queue"]
        )
        now = timezone.now()
        for beat in WorkerBeat.objects.order_by("queue", "seen_at"):
            gauge.add_metric([beat.queue], (now - beat.seen_at).total_seconds())
        return gauge


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Text in Prometheus's exposition format."""
    registry = CollectorRegistry()
    registry.register(BusinessCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
