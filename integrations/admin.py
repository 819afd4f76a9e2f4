"""Merchant accounts and the services they connect to, for staff."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin_pages import AuditedAdmin, QuerySet, ReadOnlyAdmin, ReadOnlyLines, acting
from integrations import autologin
from integrations.models import Account, Connection, Integration


@admin.register(Integration)
class IntegrationAdmin(AuditedAdmin):
    """The registry: what can be connected, and which credentials it needs."""

    list_display = ("name", "display_name", "required_credentials", "enabled")
    list_filter = ("enabled",)
    search_fields = ("name", "display_name")


class ConnectionLines(ReadOnlyLines):
    model = Connection
    fields = ("integration", "access", "connected_at", "disconnected_at")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """E-mail and phone are shown on an account's own page only, not in lists."""

    list_display = ("id", "__str__", "partner", "identifier", "created_at")
    search_fields = ("id", "identifier", "partner__name")
    list_select_related = ("partner",)
    exclude = ("email_index", "number_index", "national_index", "number", "national")
    inlines = (ConnectionLines,)
    actions = ("revoke_links",)

    @admin.action(description="Void log-in links", permissions=["act"])
    def revoke_links(self, request: HttpRequest, queryset: QuerySet) -> None:
        for account in queryset.select_related("partner"):
            autologin.revoke(account, **acting(request))
        self.message_user(request, "Every link that was given out is void.")
