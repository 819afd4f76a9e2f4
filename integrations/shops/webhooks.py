"""POST /shops/shopify/webhook/{shopToken} and /shops/woocommerce/webhook/{shopToken}.

Shops want an answer within seconds (Shopify: five), so all that happens here is checking and
noting; the rest is a worker's. Source: shopify.dev, "HTTPS webhooks"; WooCommerce, "Webhooks".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.api.envelope import as_service_error, error_response, json_response
from accounts.api.parsing import parse_json, raw_body
from accounts.errors import Forbidden, MethodNotAllowed, Unauthorized
from integrations.shops import links, receiving, shopify, woocommerce
from integrations.shops.models import Platform, ShopLink
from integrations.shops.signing import is_signed

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes; a product with two thousand variants has about two million."""

WRONG_SIGNATURE = "The signature is missing or wrong"
OTHER_SHOP = "The webhook is another shop's"
INACTIVE = "Partner account is inactive"
_ID_LENGTH = 100

View = Callable[[HttpRequest, str], HttpResponse]


def _webhook(view: View) -> View:
    """A view of a POST whose refusals become the error envelope."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, shop_token: str) -> HttpResponse:
        try:
            if request.method != "POST":
                raise MethodNotAllowed("Method not allowed", headers={"Allow": "POST"})
            return view(request, shop_token)
        except Exception as error:
            return error_response(as_service_error(error))

    return answered


@_webhook
def from_shopify(request: HttpRequest, shop_token: str) -> HttpResponse:
    """A products/create or products/update webhook; other topics are thanked for."""
    link, body = _opened(Platform.SHOPIFY, shop_token, request)
    _check_signature(link, body, request.headers.get("X-Shopify-Hmac-Sha256", ""))
    # Not refused for a token that is none: Shopify forgets a webhook that it cannot deliver.
    host = shopify.host_in(link.connection.opened())
    if request.headers.get("X-Shopify-Shop-Domain", "").lower() != host:
        raise Unauthorized(OTHER_SHOP)
    topic = request.headers.get("X-Shopify-Topic", "")
    if topic not in shopify.TOPICS:
        return _thanks()
    told = shopify.told(parse_json(body))
    delivery_id = _delivery_id(request, "X-Shopify-Webhook-Id", body)
    receiving.receive(link, told, delivery_id=delivery_id, topic=topic)
    return _thanks()


@_webhook
def from_woocommerce(request: HttpRequest, shop_token: str) -> HttpResponse:
    """A product.created or product.updated webhook; other topics are thanked for.

    When a webhook is saved, WooCommerce asks once whether somebody is there: a form with the
    webhook's id, without signature or topic, to which nothing but 200 will do.
    """
    link, body = _opened(Platform.WOOCOMMERCE, shop_token, request)
    if "X-WC-Webhook-Topic" not in request.headers and body.startswith(b"webhook_id="):
        return _thanks(status=200)
    _check_signature(link, body, request.headers.get("X-WC-Webhook-Signature", ""))
    topic = request.headers.get("X-WC-Webhook-Topic", "")
    if topic not in woocommerce.TOPICS:
        return _thanks()
    told = woocommerce.told(parse_json(body))
    delivery_id = _delivery_id(request, "X-WC-Webhook-Delivery-ID", body)
    receiving.receive(link, told, delivery_id=delivery_id, topic=topic)
    return _thanks()


def _opened(platform: str, token: str, request: HttpRequest) -> tuple[ShopLink, bytes]:
    """The link and the body. Raises NotFound, Forbidden, PayloadTooLarge."""
    link = links.by_token(platform, token)
    if not link.connection.account.partner.active:
        raise Forbidden(INACTIVE)
    return link, raw_body(request, limit=BODY_LIMIT)


def _check_signature(link: ShopLink, body: bytes, given: str) -> None:
    if not is_signed(body, given, link.secret):
        raise Unauthorized(WRONG_SIGNATURE)


def _delivery_id(request: HttpRequest, header: str, body: bytes) -> str:
    """The shop's id of this webhook, the same when it is repeated."""
    given = request.headers.get(header, "")
    is_usable = 0 < len(given) <= _ID_LENGTH and given.isascii() and given.isprintable()
    return given if is_usable else hashlib.sha256(body).hexdigest()


def _thanks(*, status: int = 202) -> HttpResponse:
    return json_response({"received": True}, status=status)
