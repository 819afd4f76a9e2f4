"""Prices, packages and the books, for staff.

Prices and packages are edited. Points move through `points.py` alone: a grant is a form that
calls it, and buckets, holds and entries are there to look at.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from accounts.admin_pages import (
    AuditedAdmin,
    Done,
    QuerySet,
    ReadOnlyAdmin,
    ReadOnlyLines,
    ServiceAdmin,
    ServiceForm,
)
from accounts.models import Partner
from billing import points
from billing.models import (
    BalanceWatch,
    Bucket,
    Entry,
    Hold,
    Package,
    Price,
    Purchase,
    StripeEvent,
    Tier,
)


@admin.register(Price)
class PriceAdmin(AuditedAdmin):
    """What counts for the next job. Every combination is there already."""

    list_display = ("tier", "operation", "mode", "points")
    list_filter = ("tier", "operation", "mode")
    readonly_fields = ("tier", "operation", "mode")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Package)
class PackageAdmin(AuditedAdmin):
    list_display = ("code", "tier", "points", "price")
    list_filter = ("tier",)

    @admin.display(description="Price", ordering="amount")
    def price(self, package: Package) -> str:
        return f"{package.amount / 100:,.2f} {package.currency}"


def short(job_id: UUID) -> str:
    """Enough of an id to tell rows of a list apart."""
    return f"{str(job_id)[:8]}…"


class GrantForm(ServiceForm):
    partner = forms.ModelChoiceField(Partner.objects.order_by("name"))
    tier = forms.ChoiceField(choices=Tier.choices)
    points = forms.DecimalField(
        max_digits=12, decimal_places=2, help_text="In quarter steps, such as 7.25."
    )
    reason = forms.CharField(max_length=200, help_text="Kept in the ledger.")

    def carry_out(self, **who: Any) -> Done:
        return Done(points.grant(**self.cleaned_data, **who))


class CorrectionForm(ServiceForm):
    points = forms.DecimalField(
        max_digits=12,
        decimal_places=2,
        help_text="Into the bucket, or out of it with a minus: 7.25 or -7.25.",
    )
    reason = forms.CharField(min_length=3, max_length=200, help_text="Kept in the ledger.")

    def __init__(self, *args: Any, bucket: Bucket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bucket = bucket

    def carry_out(self, **who: Any) -> Done:
        points.correct(bucket=self.bucket, **self.cleaned_data, **who)
        return Done(
            self.bucket, leads_to=reverse("admin:billing_bucket_change", args=[self.bucket.pk])
        )


class BucketEntries(ReadOnlyLines):
    """What went in and out by hand or purchase; jobs' holds are in the ledger's own list."""

    model = Entry
    fields = ("created_at", "kind", "points", "reason")
    ordering = ("-id",)
    verbose_name_plural = "grants and corrections"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows: QuerySet = super().get_queryset(request)
        return rows.filter(hold=None)


@admin.register(Bucket)
class BucketAdmin(ServiceAdmin):
    service_form = GrantForm
    service_words = "Grants points: a new bucket, used after those that the partner has."
    list_display = (
        "id",
        "partner",
        "tier",
        "original",
        "remaining",
        "package_code",
        "created_at",
        "ledger",
    )
    list_filter = ("tier", "created_at")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "package_code")
    search_ids = ("partner",)
    ordering = ("-created_at", "-id")
    inlines = (BucketEntries,)
    actions_detail = ("correct",)

    @action(  # type: ignore[untyped-decorator]  # unfold has no types
        description="Correct…", icon="exposure", url_path="correct", permissions=["act"]
    )
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A new entry that puts the bucket right; the entries that are there stay."""
        bucket = self.get_object(request, object_id)
        if bucket is None:
            raise Http404
        return self.serve(
            request,
            CorrectionForm(request.POST or None, bucket=bucket),
            title=f"Correct {bucket} of {bucket.partner}",
            words=f"{bucket.remaining} of {bucket.original} points are left in it.",
            deed="Correct",
            said="The correction is in the ledger.",
        )

    @admin.display(description="Ledger")
    def ledger(self, bucket: Bucket) -> SafeString:
        address = reverse("admin:billing_entry_changelist")
        return format_html('<a href="{}?bucket__id__exact={}">entries</a>', address, bucket.pk)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """The ledger: added to, never changed. Balance = sum of entries."""

    list_display = ("id", "created_at", "partner", "bucket", "kind", "points", "job", "reason")
    list_filter = ("kind", "created_at")
    list_select_related = ("bucket__partner",)
    search_fields = ("bucket__partner__name", "reason")
    search_ids = ("hold", "bucket__partner")
    ordering = ("-id",)

    @admin.display(description="Hold")
    def job(self, entry: Entry) -> SafeString | str:
        if entry.hold_id is None:
            return ""
        address = reverse("admin:billing_hold_change", args=[entry.hold_id])
        return format_html('<a href="{}">{}</a>', address, short(entry.hold_id))

    @admin.display(description="Partner", ordering="bucket__partner__name")
    def partner(self, entry: Entry) -> Partner:
        return entry.bucket.partner


class HoldEntries(ReadOnlyLines):
    model = Entry
    fields = ("created_at", "kind", "bucket", "points")
    ordering = ("id",)


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Points set aside for a job. A hold ends with its job, so that is where it is released."""

    list_display = (
        "job",
        "partner",
        "operation",
        "mode",
        "count",
        "tier",
        "points_held",
        "points_captured",
        "state",
        "created_at",
        "settled_at",
    )
    list_filter = ("state", "operation", "mode", "tier", "created_at")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "api_key__hint")
    search_ids = ("pk", "partner", "api_key")
    ordering = ("-created_at",)
    inlines = (HoldEntries,)

    @admin.display(description="Job")
    def job(self, hold: Hold) -> str:
        return short(hold.pk)


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    """What was ordered and what became of it; refunds are made at Stripe and told to us."""

    list_display = (
        "package_code",
        "partner",
        "way",
        "status",
        "points",
        "taken_back",
        "created_at",
    )
    list_filter = ("status", "way", "package_code", "disputed")
    search_fields = ("partner__name", "buyer", "session_id", "payment_id")
    search_ids = ("id", "partner_id")
    list_select_related = ("partner",)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "type", "subject", "received_at", "done_at")
    list_filter = ("type",)
    search_fields = ("id", "subject")


@admin.register(BalanceWatch)
class BalanceWatchAdmin(ReadOnlyAdmin):
    list_display = ("partner", "mail_below", "top_up_below", "top_up_package", "failure")
    search_fields = ("partner__name",)
    search_ids = ("partner_id",)
    list_select_related = ("partner",)
    exclude = ("customer_id", "payment_method_id")
