"""/api/v2/third-party: link an account's shop, and see what became of its products."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse

from accounts.api.once import answer_once
from accounts.errors import InvalidRequest, NotFound
from integrations import merchants
from integrations.api.accounts import ThirdPartyView, answer
from integrations.api.connections import ACCOUNT_GONE
from integrations.shops import links
from integrations.shops.models import ShopLink, ShopPicture, ShopProduct
from integrations.shops.styles import read_styles

MISSING = "Missing required fields: shopIQAccountId and integrationName are mandatory."
NOT_LINKED = "The shop is not linked yet."
LINKED = "The shop is linked. Have it send its product webhooks to webhookUrl."
PRODUCTS_SHOWN = 50


def link_data(link: ShopLink) -> dict[str, Any]:
    """A link as the API shows it: without its secret."""
    return {
        "name": link.platform,
        "webhookUrl": links.webhook_address(link),
        "topics": list(links.TOPICS[link.platform]),
        "styles": link.styles,
    }


def product_data(product: ShopProduct) -> dict[str, Any]:
    """A product and how each of its pictures is getting on."""
    return {
        "productId": product.remote_id,
        "title": product.title,
        "problem": product.problem or None,
        "pictures": [_picture_data(picture) for picture in product.pictures.all()],
        "updatedAt": product.updated_at,
    }


def _picture_data(picture: ShopPicture) -> dict[str, Any]:
    return {
        "role": picture.role,
        "style": picture.style,
        "status": picture.state,
        "generationId": picture.generation_id,
        "shopImageId": picture.remote_id or None,
        "problem": picture.problem or None,
    }


class LinkShop(ThirdPartyView):
    """POST linkShop."""

    scope = "integrations:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        for name in ("shopIQAccountId", "integrationName"):
            if body.get(name) in (None, ""):
                raise InvalidRequest(MISSING, param=name)
        styles = read_styles(body.get("styles"))
        account = merchants.find(self.partner, body["shopIQAccountId"], gone=ACCOUNT_GONE)

        def link() -> HttpResponse:
            made = links.link(
                account,
                body["integrationName"],
                styles=styles,
                secret=body.get("webhookSecret"),
                **self.acting,
            )
            shown = {"webhookSecret": made.new_secret} if made.new_secret else {}
            return answer({"message": LINKED, "shop": link_data(made.link), **shown})

        return answer_once(request, self.admitted, link)


class ShopStatus(ThirdPartyView):
    """GET shopStatus: the link, and the products that changed last."""

    scope = "integrations:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        for name in ("shopIQAccountId", "integrationName"):
            if not request.GET.get(name, "").strip():
                raise InvalidRequest(f"{name} query parameter is required.", param=name)
        account = merchants.find(
            self.partner, request.GET["shopIQAccountId"].strip(), gone=ACCOUNT_GONE
        )
        _, link = links.find(account, request.GET["integrationName"].strip())
        if link is None:
            raise NotFound(NOT_LINKED)
        pictures = Prefetch("pictures", ShopPicture.objects.order_by("position", "id"))
        latest = link.products.order_by("-updated_at", "-pk").prefetch_related(pictures)
        return answer(
            {
                "shop": link_data(link),
                "products": [product_data(row) for row in latest[:PRODUCTS_SHOWN]],
            }
        )
