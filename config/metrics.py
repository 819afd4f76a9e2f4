"""/metrics: figures for Prometheus, computed from the database when they are asked for.

So they are the same in every web process, survive restarts and need no shared counter files.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.db.models import Avg, Count, Max, Min, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.addresses import is_public
from accounts.api.address import client_address
from accounts.api.reading import read_only
from billing.models import Bucket
from imaging.checkup import SILENT_AFTER
from imaging.models import Generation, Status, WorkerBeat

WINDOW = timedelta(hours=1)


def _asked_from_inside(request: HttpRequest) -> bool:
    """Whether the client has a private address, as far as one can know.

    Behind a proxy that is not in TRUSTED_PROXIES everybody has the proxy's.
    """
    if "HTTP_X_FORWARDED_FOR" in request.META and not settings.TRUSTED_PROXIES:
        return False
    client = client_address(request.META)
    return client is None or not is_public(ip_address(client))


class BusinessCollector(Collector):
    """Jobs, points and workers as they are now."""

    def collect(self) -> Iterable[Metric]:
        yield from (self._jobs(), self._recent(), self._durations(), self._oldest())
        yield from (self._points(), self._workers(), self._alive())

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
            "softbox_worker_silence_seconds", "Time since any worker was heard.", labels=["queue"]
        )
        now = timezone.now()
        heard = WorkerBeat.objects.order_by("queue").values("queue").annotate(last=Max("seen_at"))
        for row in heard:
            gauge.add_metric([row["queue"]], (now - row["last"]).total_seconds())
        return gauge

    def _alive(self) -> Metric:
        gauge = GaugeMetricFamily(
            "softbox_workers_alive", "Workers heard in the last half minute.", labels=["queue"]
        )
        lately = WorkerBeat.objects.filter(seen_at__gt=timezone.now() - SILENT_AFTER)
        for row in lately.order_by("queue").values("queue").annotate(workers=Count("name")):
            gauge.add_metric([row["queue"]], row["workers"])
        return gauge


@read_only
def metrics(request: HttpRequest) -> HttpResponse:
    """Text in Prometheus's exposition format; 403 for the public internet, whose business the
    figures of all partners together are not."""
    if not _asked_from_inside(request):
        return HttpResponse(
            "Metrics are for this installation's own network.",
            status=403,
            content_type="text/plain",
        )
    registry = CollectorRegistry()
    registry.register(BusinessCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
