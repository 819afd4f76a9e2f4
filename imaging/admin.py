"""Generations, their pictures and the workers, for staff to look at. Nothing here is edited."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from imaging import jobs, storage
from imaging.models import Asset, Generation, GenerationEvent, WorkerBeat


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # one base for several models
    """Rows that only the jobs themselves write."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class _Lines(admin.TabularInline):  # type: ignore[type-arg]  # one base for several models
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def _picture(asset: Asset, *, height: int) -> SafeString:
    return format_html(
        '<a href="{url}"><img src="{url}" height="{height}" alt="{kind} {position}"></a>',
        url=storage.public_url(asset),
        height=height,
        kind=asset.kind,
        position=asset.position,
    )


class AssetLines(_Lines):
    model = Asset
    fields = ("picture", "kind", "position", "width", "height", "bytes", "expires_at")
    readonly_fields = ("picture",)

    @admin.display(description="Picture")
    def picture(self, asset: Asset) -> SafeString:
        return _picture(asset, height=96)


class EventLines(_Lines):
    model = GenerationEvent
    fields = ("created_at", "kind", "data")
    ordering = ("id",)


@admin.register(Generation)
class GenerationAdmin(_ReadOnly):
    """What was asked, how it went, what came out; a live job can be cancelled."""

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
    list_filter = ("status", "operation", "surface", "engine_name", "stand_in", "priority")
    list_select_related = ("partner",)
    search_fields = ("id__exact", "correlation_id__exact", "recipe_id__exact", "partner__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    show_full_result_count = False
    exclude = ("recipe", "lease_token")
    readonly_fields = ("pretty_recipe",)
    inlines = (AssetLines, EventLines)
    actions = ("cancel",)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Who may change generations may cancel them, and nothing else."""
        return request.user.has_perm("imaging.change_generation")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Generation]:
        rows: QuerySet[Generation] = super().get_queryset(request)
        return rows.prefetch_related("assets__generation__partner")

    @admin.display(description="Picture")
    def thumbnail(self, generation: Generation) -> SafeString:
        small = [a for a in generation.assets.all() if a.kind == Asset.Kind.THUMBNAIL]
        return format_html_join(" ", "{}", ((_picture(asset, height=48),) for asset in small[:4]))

    @admin.display(description="Seconds")
    def seconds(self, generation: Generation) -> str:
        took = generation.processing_ms
        return "" if took is None else f"{took / 1000:.1f}"

    @admin.display(description="Recipe")
    def pretty_recipe(self, generation: Generation) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(generation.recipe, indent=2))

    @admin.action(description="Cancel and release the points", permissions=["cancel"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Generation]) -> None:
        cancelled = sum(jobs.cancel(pk) for pk in rows.values_list("pk", flat=True))
        self.message_user(
            request,
            f"{cancelled} of {len(rows)} were still waiting or running, and are cancelled.",
            messages.SUCCESS if cancelled else messages.WARNING,
        )


@admin.register(Asset)
class AssetAdmin(_ReadOnly):
    list_display = ("picture", "kind", "generation", "width", "height", "bytes", "created_at")
    list_filter = ("kind",)
    list_select_related = ("generation__partner",)
    search_fields = ("path__exact", "sha256__exact", "generation__id__exact")
    show_full_result_count = False

    @admin.display(description="Picture")
    def picture(self, asset: Asset) -> SafeString:
        return _picture(asset, height=48)


@admin.register(WorkerBeat)
class WorkerBeatAdmin(_ReadOnly):
    list_display = ("name", "queue", "started_at", "seen_at")
    list_filter = ("queue",)
