"""Webhooks for staff: to look at, to switch an endpoint off, to send something again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.text import Truncator

from accounts import audit
from accounts.admin_filters import RecentValues
from accounts.admin_pages import QuerySet, ReadOnlyAdmin, ReadOnlyLines, acting
from accounts.errors import ServiceError
from accounts.webhooks import endpoints, outbox
from accounts.webhooks.models import Attempt, Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("url", "partner", "enabled", "failing_since", "created_at")
    list_filter = ("enabled",)
    search_fields = ("url", "partner__name")
    search_ids = ("id", "partner_id")
    list_select_related = ("partner",)
    exclude = ("secret", "old_secret")
    actions = ("switch_off", "switch_on")

    @admin.action(description="Switch off", permissions=["act"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._switch(request, queryset, enabled=False)

    @admin.action(description="Switch on and forgive failures", permissions=["act"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._switch(request, queryset, enabled=True)

    def _switch(self, request: HttpRequest, queryset: QuerySet, *, enabled: bool) -> None:
        for endpoint in queryset.select_related("partner"):
            endpoints.change(endpoint, {"enabled": enabled}, **acting(request))
        self.message_user(request, f"{len(queryset)} switched {'on' if enabled else 'off'}.")


class AttemptLines(ReadOnlyLines):
    model = Attempt
    fields = ("number", "started_at", "duration_ms", "response_status", "response_excerpt", "error")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = (
        "event",
        "where",
        "partner",
        "status",
        "attempts",
        "response_status",
        "created_at",
    )
    list_filter = ("status", ("event", RecentValues), ("scheme", RecentValues))
    search_fields = ("url", "partner__name", "stream")
    search_ids = ("key", "partner_id", "endpoint_id")
    ordering = ("-id",)
    list_select_related = ("partner",)
    exclude = ("secret", "body")
    readonly_fields = ("sent",)
    inlines = (AttemptLines,)
    actions = ("send_again",)

    @admin.display(description="URL", ordering="url")
    def where(self, delivery: Delivery) -> str:
        return Truncator(delivery.url).chars(48)

    @admin.display(description="body")
    def sent(self, delivery: Delivery) -> str:
        return bytes(delivery.body).decode("utf-8", "replace")

    @admin.action(description="Send again", permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        sent = 0
        for delivery in queryset.select_related("partner", "endpoint", "again"):
            try:
                again = outbox.send_again(delivery)
            except ServiceError as refused:
                self.message_user(request, f"{delivery}: {refused.message}", messages.WARNING)
                continue
            sent += 1
            audit.record(
                action="webhook.sent_again",
                target=str(again.key),
                partner=delivery.partner,
                facts={"from": str(delivery.key)},
                **acting(request),
            )
        if sent:
            self.message_user(request, f"{sent} will be sent again.")
