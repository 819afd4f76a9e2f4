"""The state of the queue for staff: workers, turns, wake-ups, schedules, failed wake-ups."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts.admin_pages import QuerySet, ReadOnlyAdmin
from imaging.checkup import SILENT_AFTER
from imaging.models import Generation, Status, Turn, WorkerBeat

# django-q2's own pages let staff edit messages and run any function. Successes are not kept.
admin.site.unregister([OrmQ, Schedule, Failure, Success])


@admin.register(WorkerBeat)
class WorkerBeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "queue", "alive", "started_at", "seen_at")
    list_filter = ("queue",)
    search_fields = ("name",)
    ordering = ("queue", "name")

    @admin.display(description="Alive", boolean=True)
    def alive(self, beat: WorkerBeat) -> bool:
        return beat.seen_at > timezone.now() - SILENT_AFTER


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """The fair queue: how much each partner waits for, and whose turn it is."""

    list_display = ("partner", "waiting", "running", "weight", "running_limit", "started", "ends")
    list_select_related = ("partner",)
    search_fields = ("partner__name",)
    ordering = ("ends",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: QuerySet = super().get_queryset(request)
        counted: QuerySet = rows.annotate(
            waiting=_jobs(Status.QUEUED), running=_jobs(Status.RUNNING)
        )
        return counted

    @admin.display(description="Waiting", ordering="waiting")
    def waiting(self, turn: Turn) -> int:
        return int(turn.waiting)  # type: ignore[attr-defined]  # annotated above

    @admin.display(description="Running", ordering="running")
    def running(self, turn: Turn) -> int:
        return int(turn.running)  # type: ignore[attr-defined]  # annotated above

    @admin.display(description="Weight", ordering="partner__weight")
    def weight(self, turn: Turn) -> int:
        return turn.partner.weight

    @admin.display(description="Running limit", ordering="partner__running_limit")
    def running_limit(self, turn: Turn) -> int:
        return turn.partner.running_limit


def _jobs(status: Status) -> Coalesce:
    """How many jobs of the row's partner have this status; a partial index answers it."""
    counted = (
        Generation.objects.filter(partner=OuterRef("partner"), status=status)
        .order_by()
        .values("partner")
        .annotate(jobs=Count("pk"))
        .values("jobs")
    )
    return Coalesce(Subquery(counted), 0)


@admin.register(OrmQ)
class WakeUpAdmin(ReadOnlyAdmin):
    """Wake-ups that wait to be heard, or are being worked on (locked until `lock`)."""

    list_display = ("id", "key", "called", "lock")
    list_filter = ("key",)
    fields = ("key", "called", "lock")
    ordering = ("id",)

    @admin.display(description="Calls")
    def called(self, message: OrmQ) -> str:
        return str(message.func())


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    """`imaging/schedules.py` writes these when a `default` worker starts."""

    list_display = ("name", "func", "schedule_type", "minutes", "cluster", "next_run")
    fields = ("name", "func", "schedule_type", "minutes", "cluster", "next_run", "repeats")
    ordering = ("name",)


@admin.register(Failure)
class FailureAdmin(ReadOnlyAdmin):
    """Wake-ups and schedules that ended with an error. The jobs themselves say why in their own
    rows."""

    list_display = ("name", "func", "cluster", "started", "stopped", "attempt_count")
    list_filter = ("func", "cluster", "started")
    fields = ("name", "func", "cluster", "started", "stopped", "attempt_count", "result")
    search_fields = ("name", "func")
    ordering = ("-started",)
