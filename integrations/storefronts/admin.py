"""Stores for staff: how their builds went, and going back to an earlier release."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import audit
from accounts.admin_pages import QuerySet, ReadOnlyAdmin, ReadOnlyLines, acting
from integrations.storefronts import publishing
from integrations.storefronts.addresses import preview_url, production_url
from integrations.storefronts.models import Product, Release, Storefront


class ProductLines(ReadOnlyLines):
    model = Product
    fields = ("position", "name", "category", "price", "generation")


class ReleaseLines(ReadOnlyLines):
    model = Release
    fk_name = "storefront"
    fields = ("number", "created_at", "folder")
    show_change_link = False


@admin.register(Storefront)
class StorefrontAdmin(ReadOnlyAdmin):
    list_display = ("identifier", "brand_name", "account", "status", "addresses", "started_at")
    list_filter = ("status",)
    search_fields = ("identifier", "brand_name", "account__id")
    list_select_related = ("account",)
    exclude = ("webhook_secret",)
    inlines = (ProductLines, ReleaseLines)
    actions = ("roll_back",)

    @admin.display(description="open")
    def addresses(self, storefront: Storefront) -> SafeString:
        return format_html(
            '<a href="{}">store</a> · <a href="{}">preview</a>',
            production_url(storefront.identifier),
            preview_url(storefront.identifier),
        )

    @admin.action(description="Show the release before this one again", permissions=["act"])
    def roll_back(self, request: HttpRequest, queryset: QuerySet) -> None:
        for storefront in queryset.select_related("published", "account__partner"):
            shown = storefront.published
            earlier = shown and storefront.releases.filter(number__lt=shown.number).last()
            if not earlier:
                self.message_user(request, f"{storefront}: no earlier release", messages.WARNING)
                continue
            publishing.roll_back(storefront, earlier.number)
            audit.record(
                action="storefront.rolled_back",
                target=storefront.account_id,
                partner=storefront.account.partner,
                facts={"release": earlier.number},
                **acting(request),
            )
