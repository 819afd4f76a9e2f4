"""Partners, keys and the audit trail, for staff.

Whatever has a service is changed through it. Keys are known by prefix and last four; hashes and
secrets are on no page.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action, display

from accounts import admin_people, impersonation, keys, partners
from accounts.admin_filters import RecentValues
from accounts.admin_forms import (
    MembershipForm,
    NewKeyForm,
    NewPartnerForm,
    OpenDashboardForm,
    PartnerForm,
)
from accounts.admin_pages import (
    STATES,
    AuditedAdmin,
    QuerySet,
    ReadOnlyAdmin,
    ReadOnlyLines,
    ServiceAdmin,
    acting,
    pretty,
)
from accounts.models import ApiKey, AuditEvent, IdempotencyRecord, Membership, Partner

__all__ = ["PartnerAdmin", "admin_people"]  # the latter registers people


class PartnerKeys(ReadOnlyLines):
    model = ApiKey
    fields = ("hint", "name", "kind", "environment", "expires_at", "revoked_at", "last_used_at")
    ordering = ("-created_at",)


@admin.register(Partner)
class PartnerAdmin(AuditedAdmin, ServiceAdmin):
    """Tenants: their limits are edited here, on and off is an action."""

    form = PartnerForm
    service_form = NewPartnerForm
    service_words = (
        "Makes a partner with an owner, a management, a live and a test key and a webhook secret."
    )
    ordering = ("name",)
    list_display = (
        "name",
        "active",
        "rate_minute",
        "rate_day",
        "weight",
        "running_limit",
        "private_delivery",
        "retention_days",
        "created_at",
    )
    list_filter = ("active", "private_delivery")
    search_fields = ("name",)
    search_ids = ("pk",)
    readonly_fields = ("id", "active", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "id", "active", "created_at")}),
        ("Limits", {"fields": ("rate_minute", "rate_day", "weight", "running_limit")}),
        ("Pictures", {"fields": ("private_delivery", "retention_days")}),
    )
    inlines = (admin_people.PartnerMembers, PartnerKeys)
    actions = ("switch_on", "switch_off")
    actions_detail = ("open_dashboard",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("accounts.change_partner"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.readonly_fields)

    def has_impersonate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm(impersonation.PERMISSION))

    @action(  # type: ignore[untyped-decorator]  # unfold has no types
        description="Open dashboard as…",
        icon="visibility",
        url_path="open-dashboard",
        permissions=["impersonate"],
    )
    def open_dashboard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Look at the partner's dashboard in a member's place, for a while."""
        partner = self.get_object(request, object_id)
        if partner is None:
            raise Http404
        form = OpenDashboardForm(request.POST or None, request=request, partner=partner)
        return self.serve(
            request,
            form,
            title=f"Open the dashboard of {partner}",
            words=(
                "You stay yourself: the member's log-in is not used, and keys, webhooks, merchants,"
                " billing, team and settings stay closed. It ends by itself after"
                f" {impersonation.LONGEST.seconds // 60} minutes."
            ),
            deed="Open",
            said=f"You look at {partner} now. Leave with the button above.",
        )

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, rows: QuerySet) -> None:
        self._switch(request, rows, True)

    @admin.action(description="Switch off: every key is refused", permissions=["change"])
    def switch_off(self, request: HttpRequest, rows: QuerySet) -> None:
        self._switch(request, rows, False)

    def _switch(self, request: HttpRequest, rows: QuerySet, active: bool) -> None:
        changed = [
            partners.set_active(partner, active, **acting(request))
            for partner in rows.exclude(active=active)
        ]
        self.message_user(request, f"{len(changed)} switched {'on' if active else 'off'}.")


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    form = MembershipForm
    list_display = ("user", "partner", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "partner")
    search_fields = ("user__email", "partner__name")
    autocomplete_fields = ("user", "partner")
    readonly_fields = ("created_at",)
    ordering = ("partner__name", "user__email")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever is a partner's only owner stays."""
        owners = Membership.objects.filter(role=Membership.Role.OWNER)
        last = (
            obj is not None
            and obj.role == Membership.Role.OWNER
            and not owners.filter(partner=obj.partner_id).exclude(pk=obj.pk).exists()
        )
        return super().has_delete_permission(request, obj) and not last


class KeyState(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Active"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        now = timezone.now()
        chosen = {
            "active": Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now)),
            "expired": Q(revoked_at=None, expires_at__lte=now),
            "revoked": Q(revoked_at__isnull=False),
        }.get(self.value() or "", Q())
        return queryset.filter(chosen)


@admin.register(ApiKey)
class ApiKeyAdmin(ServiceAdmin):
    """Keys by prefix and last four. They are created and revoked, never edited."""

    service_form = NewKeyForm
    service_words = "The key is shown once, on the next page. Only its hash is kept."
    list_display = (
        "hint",
        "partner",
        "name",
        "kind",
        "environment",
        "state",
        "expires_at",
        "last_used_at",
        "created_at",
    )
    list_filter = (KeyState, "kind", "environment")
    list_select_related = ("partner",)
    search_fields = ("hint", "name", "partner__name")
    search_ids = ("pk", "partner")
    ordering = ("-created_at",)
    exclude = ("hash",)
    actions = ("revoke",)

    @display(description="State", label=STATES)  # type: ignore[untyped-decorator]  # unfold again
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        expired = key.expires_at is not None and key.expires_at <= timezone.now()
        return "expired" if expired else "active"

    @admin.action(description="Revoke, from the next request on", permissions=["act"])
    def revoke(self, request: HttpRequest, rows: QuerySet) -> None:
        active = rows.filter(revoked_at=None).select_related("partner")
        revoked = [keys.revoke(key, **acting(request)) for key in active]
        level = messages.SUCCESS if revoked else messages.WARNING
        self.message_user(request, f"{len(revoked)} revoked.", level)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "actor", "partner", "target", "address")
    list_display_links = ("created_at", "action")
    list_filter = (("action", RecentValues), "created_at")
    list_select_related = ("partner",)
    search_fields = ("actor", "target", "partner__name", "correlation_id", "address")
    search_ids = ("partner", "target", "correlation_id")
    ordering = ("-created_at", "-id")
    exclude = ("facts",)
    readonly_fields = ("all_facts",)

    @admin.display(description="Facts")
    def all_facts(self, event: AuditEvent) -> SafeString:
        return pretty(event.facts)


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """Which request holds which key. The answers themselves are the partner's business."""

    list_display = ("key", "partner", "environment", "answered", "status", "resource", "created_at")
    list_filter = ("environment", "created_at")
    list_select_related = ("partner",)
    search_fields = ("key", "resource", "partner__name")
    search_ids = ("partner", "resource")
    ordering = ("-created_at",)
    exclude = ("body", "owner")

    @admin.display(description="Answered", boolean=True)
    def answered(self, record: IdempotencyRecord) -> bool:
        return record.status is not None
