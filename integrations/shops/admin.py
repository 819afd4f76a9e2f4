"""Merchants' shops for staff: what came in, which pictures were made, what went wrong."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest

from accounts import audit
from accounts.admin_pages import QuerySet, ReadOnlyAdmin, ReadOnlyLines, acting
from integrations.shops import working
from integrations.shops.models import ShopDelivery, ShopLink, ShopPicture, ShopProduct


@admin.register(ShopLink)
class ShopLinkAdmin(ReadOnlyAdmin):
    """The token is half of what a webhook needs, the secret the other: neither is shown."""

    list_display = ("__str__", "platform", "created_at")
    list_filter = ("platform",)
    search_fields = ("connection__account__id", "connection__account__partner__name")
    list_select_related = ("connection",)
    exclude = ("secret", "token")


class PictureLines(ReadOnlyLines):
    model = ShopPicture
    fields = ("role", "style", "state", "problem", "attempts", "generation", "remote_id")
    show_change_link = False


@admin.register(ShopProduct)
class ShopProductAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "remote_id", "link", "written", "failed", "problem", "updated_at")
    list_filter = ("link__platform", "pending")
    search_fields = ("remote_id", "title", "link__connection__account__id")
    list_select_related = ("link__connection",)
    inlines = (PictureLines,)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        state = ShopPicture.State
        rows: QuerySet = super().get_queryset(request)
        counted: QuerySet = rows.annotate(
            count_written=Count("pictures", filter=Q(pictures__state=state.WRITTEN)),
            count_failed=Count("pictures", filter=Q(pictures__state=state.FAILED)),
        )
        return counted

    @admin.display(description="in the shop")
    def written(self, product: ShopProduct) -> int:
        return int(product.count_written)  # type: ignore[attr-defined]  # annotated above

    @admin.display(description="failed")
    def failed(self, product: ShopProduct) -> int:
        return int(product.count_failed)  # type: ignore[attr-defined]  # annotated above

    @admin.action(description="Go on with what failed", permissions=["act"])
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        for product in queryset.select_related("link__connection__account__partner"):
            working.retry(product)
            account = product.link.connection.account
            audit.record(
                action="shop.tried_again",
                target=account.pk,
                partner=account.partner,
                facts={"product": product.remote_id},
                **acting(request),
            )
        self.message_user(request, "A worker looks at them.")


@admin.register(ShopDelivery)
class ShopDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("delivery_id", "topic", "link", "received_at")
    list_filter = ("topic",)
    search_fields = ("delivery_id", "link__connection__account__id")
    list_select_related = ("link__connection",)
