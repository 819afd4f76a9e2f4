"""Generations, their pictures and the workers, for staff to look at.

Nothing here is edited. A live job can be cancelled; points that an ended job still holds can be
released. Both go through the services, never through the rows.
"""

from __future__ import annotations

import logging

from django.contrib import admin, messages
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import audit
from accounts.admin_filters import RecentValues
from accounts.admin_pages import QuerySet, ReadOnlyAdmin, ReadOnlyLines, acting, pretty
from accounts.errors import ServiceError
from billing import points
from billing.errors import HoldSettled, UnknownHold
from billing.models import Hold
from imaging import jobs, queue_admin, storage, submitting
from imaging.models import (
    ENDED,
    Asset,
    Generation,
    GenerationEvent,
    Status,
)
from imaging.regeneration import order_again

__all__ = ["GenerationAdmin", "queue_admin"]  # the latter registers the pages of the queue

logger = logging.getLogger(__name__)

SURFACE = "staff"
"""Where a job comes from that staff made."""


def _picture(asset: Asset, *, height: int) -> SafeString:
    return format_html(
        '<a href="{url}"><img src="{url}" class="made high-{height}" alt="{kind} {position}"'
        ' loading="lazy"></a>',
        url=storage.public_url(asset),
        height=height,
        kind=asset.kind,
        position=asset.position,
    )


class AssetLines(ReadOnlyLines):
    model = Asset
    fields = ("picture", "kind", "position", "width", "height", "bytes", "expires_at")
    readonly_fields = ("picture",)
    ordering = ("kind", "position")

    @admin.display(description="Picture")
    def picture(self, asset: Asset) -> SafeString:
        return _picture(asset, height=96)


class EventLines(ReadOnlyLines):
    model = GenerationEvent
    fields = ("created_at", "kind", "data")
    ordering = ("id",)


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    """What was asked, how it went, what came out."""

    list_display = (
        "thumbnail",
        "operation",
        "status",
        "partner",
        "surface",
        "mode",
        "points_used",
        "seconds",
        "attempts",
        "created_at",
    )
    list_display_links = ("operation",)
    list_filter = (
        "status",
        ("operation", RecentValues),
        ("surface", RecentValues),
        ("engine_name", RecentValues),
        "stand_in",
        "priority",
        "created_at",
    )
    list_select_related = ("partner",)
    list_per_page = 25
    search_fields = ("correlation_id__exact", "recipe_id__exact", "partner__name")
    search_ids = ("pk", "partner", "api_key", "correlation_id")
    ordering = ("-created_at", "-id")
    inlines = (AssetLines, EventLines)
    actions = ("cancel", "again", "release")
    readonly_fields = (
        "id",
        "pictures",
        "hold",
        "recipe_to_read",
        "details_to_read",
        "fallbacks_to_read",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("pictures", "id", "partner", "api_key", "surface", "correlation_id"),
                    "created_at",
                )
            },
        ),
        (
            "How it went",
            {
                "fields": (
                    *("status", "priority", "attempts", "worker", "start_by"),
                    *("started_at", "finished_at", "lease_until", "processing_ms"),
                    *("progress_step", "progress_of", "progress_label"),
                    *("error_code", "error_message", "fallbacks_to_read"),
                )
            },
        ),
        ("What it cost", {"fields": ("hold", "tier", "unit_price", "points_held", "points_used")}),
        (
            "What was asked",
            {
                "fields": (
                    *("operation", "requested_mode", "mode", "recipe_id", "recipe_to_read"),
                    *("sources", "metadata", "webhook_url", "retention_days"),
                )
            },
        ),
        (
            "What made it",
            {
                "fields": (
                    *("engine_name", "engine_version", "engine_kind", "model", "prompt_used"),
                    *("notes", "understood", "not_understood", "stand_in", "fidelity"),
                    "details_to_read",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        small = Asset.objects.filter(kind=Asset.Kind.THUMBNAIL).order_by("position")
        rows: QuerySet = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("assets", queryset=small, to_attr="thumbnails"))

    @admin.display(description="Pictures")
    def pictures(self, generation: Generation) -> SafeString:
        made = generation.assets.filter(kind=Asset.Kind.OUTPUT).order_by("position")
        return format_html_join(" ", "{}", ((_picture(asset, height=200),) for asset in made[:8]))

    @admin.display(description="Picture")
    def thumbnail(self, generation: Generation) -> SafeString:
        small: list[Asset] = generation.thumbnails  # type: ignore[attr-defined]  # prefetched above
        return format_html_join(" ", "{}", ((_picture(asset, height=48),) for asset in small[:4]))

    @admin.display(description="Seconds", ordering="processing_ms")
    def seconds(self, generation: Generation) -> str:
        took = generation.processing_ms
        return "" if took is None else f"{took / 1000:.1f}"

    @admin.display(description="Hold")
    def hold(self, generation: Generation) -> SafeString:
        address = reverse("admin:billing_hold_change", args=[generation.pk])
        return format_html('<a href="{}">{}</a>', address, generation.pk)

    @admin.display(description="Recipe")
    def recipe_to_read(self, generation: Generation) -> SafeString:
        return pretty(generation.recipe)

    @admin.display(description="Details")
    def details_to_read(self, generation: Generation) -> SafeString:
        return pretty(generation.details)

    @admin.display(description="Tried in vain")
    def fallbacks_to_read(self, generation: Generation) -> SafeString:
        return pretty(generation.fallbacks)

    @admin.action(description="Cancel and release the points", permissions=["act"])
    def cancel(self, request: HttpRequest, rows: QuerySet) -> None:
        cancelled = [row for row in rows if jobs.cancel(row.pk)]
        self._tell(request, cancelled, "generation.cancelled")
        self.message_user(
            request,
            f"{len(cancelled)} of {len(rows)} were still waiting or running, and are cancelled.",
            messages.SUCCESS if cancelled else messages.WARNING,
        )

    @admin.action(description="Release points that an ended job still holds", permissions=["act"])
    def release(self, request: HttpRequest, rows: QuerySet) -> None:
        """For what the daily comparison of the books complains about; the usual answer is 0."""
        without_picture = rows.filter(status__in=ENDED).exclude(status=Status.SUCCEEDED)
        open_holds = Hold.objects.filter(state=Hold.State.HELD).values("id")
        released = [row for row in without_picture.filter(pk__in=open_holds) if _release(row)]
        self._tell(request, released, "points.released")
        self.message_user(
            request,
            f"{len(released)} still held points, which are released.",
            messages.SUCCESS if released else messages.WARNING,
        )

    @admin.action(description="Make it again, at the partner's cost", permissions=["act"])
    def again(self, request: HttpRequest, rows: QuerySet) -> None:
        """The stored recipes once more, as new jobs. The old ones keep how they ended."""
        made = 0
        for row in rows.select_related("partner"):
            try:
                order = submitting.checked(order_again(row, {}), row.partner)
                new = submitting.submit(order, partner=row.partner, surface=SURFACE)
            except ServiceError as refused:
                self.message_user(request, f"{row}: {refused.message}", messages.WARNING)
                continue
            made += 1
            facts = {"from": str(row.pk)}
            audit.record(
                action="generation.made_again",
                target=str(new.pk),
                partner=row.partner,
                facts=facts,
                **acting(request),
            )
        self.message_user(
            request, f"{made} queued as new.", messages.SUCCESS if made else messages.WARNING
        )

    def _tell(self, request: HttpRequest, rows: list[Generation], action: str) -> None:
        for row in rows:
            audit.record(action=action, target=str(row.pk), partner=row.partner, **acting(request))


def _release(generation: Generation) -> bool:
    try:
        points.release(hold_id=generation.pk)
    except (HoldSettled, UnknownHold):
        logger.warning("nothing to release for generation %s", generation.pk)
        return False
    return True


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = (
        "picture",
        "kind",
        "job",
        "width",
        "height",
        "content_type",
        "bytes",
        "created_at",
        "expires_at",
    )
    list_display_links = ("kind",)
    list_filter = ("kind", ("content_type", RecentValues), "created_at")
    list_select_related = ("generation",)
    list_per_page = 25
    search_fields = ("path__exact", "sha256__exact")
    search_ids = ("pk", "generation", "generation__partner")
    ordering = ("-created_at",)

    @admin.display(description="Picture")
    def picture(self, asset: Asset) -> SafeString:
        return _picture(asset, height=48)

    @admin.display(description="Generation")
    def job(self, asset: Asset) -> SafeString:
        address = reverse("admin:imaging_generation_change", args=[asset.generation_id])
        return format_html('<a href="{}">{}</a>', address, asset.generation.operation)


@admin.register(GenerationEvent)
class GenerationEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "generation", "data")
    list_filter = ("kind", "created_at")
    list_select_related = ("generation",)
    search_ids = ("generation",)
    search_fields = ("kind__exact",)
    ordering = ("-id",)
