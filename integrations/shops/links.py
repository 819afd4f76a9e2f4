"""Linking a connected shop: the address for its webhooks, and the secret that signs them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.errors import InvalidRequest, NotFound
from integrations import connections
from integrations.models import Account, Connection
from integrations.shops import shopify, woocommerce
from integrations.shops.models import TOKEN_LENGTH, Platform, ShopLink
from integrations.shops.shopify import Shopify
from integrations.shops.woocommerce import WooCommerce

Shop = Shopify | WooCommerce

SECRET_LENGTH = 256

TOPICS: Mapping[str, tuple[str, ...]] = {
    Platform.SHOPIFY: shopify.TOPICS,
    Platform.WOOCOMMERCE: woocommerce.TOPICS,
}
NOT_SIGNED = (
    "webhookSecret is required for Shopify: the app's client secret, or the one that Shopify shows "
    "below its notifications"
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A link, and its secret where it was made just now: it is shown this once."""

    link: ShopLink
    new_secret: str = ""


def shop(link: ShopLink) -> Shop:
    """The API of the link's shop. Raises InvalidRequest where its address cannot be used."""
    return _shop(link.platform, link.connection)


def _shop(platform: str, connection: Connection) -> Shop:
    kind = Shopify if platform == Platform.SHOPIFY else WooCommerce
    return kind(connection.opened())


def webhook_address(link: ShopLink) -> str:
    """Where the shop sends its webhooks."""
    return f"{settings.PUBLIC_URL}/shops/{link.platform}/webhook/{link.token}"


def find(account: Account, name: Any) -> tuple[Connection, ShopLink | None]:
    """The account's connection to a shop of that kind, and its link. Raises what is wrong."""
    if name not in Platform.values:
        kinds = ", ".join(Platform.values)
        raise InvalidRequest(f"integrationName must be one of: {kinds}", param="integrationName")
    found = connections.connected(account, name=name)
    if not found:
        raise NotFound(f"Integration '{name}' is not connected to this account.")
    return found[0], ShopLink.objects.filter(connection=found[0]).first()


@transaction.atomic
def link(
    account: Account,
    name: Any,
    *,
    styles: Mapping[str, str],
    secret: Any = None,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Linked:
    """Link a connected shop, or change its link; its address stays the same.

    `secret`: what signs its webhooks. Left out, it is the credentials' `webhookSecret`, or the
    one there was; a WooCommerce shop without any gets a new one.
    Raises InvalidRequest, and NotFound where nothing is connected.
    """
    connection, known = find(account, name)
    _shop(name, connection)
    given = _read_secret(secret) or str(connection.opened().get("webhookSecret") or "").strip()
    kept = given or (known.secret if known else "")
    if not kept and name == Platform.SHOPIFY:
        raise InvalidRequest(NOT_SIGNED, param="webhookSecret")
    new_secret = "" if kept else secrets.token_urlsafe(32)
    row, _ = ShopLink.objects.update_or_create(
        connection=connection,
        defaults={"platform": name, "secret": kept or new_secret, "styles": dict(styles)},
    )
    audit.record(
        action="shop.linked",
        target=account.pk,
        partner=account.partner,
        actor=actor,
        address=address,
        facts={"shop": name, "styles": dict(styles)},
    )
    return Linked(row, new_secret)


def _read_secret(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= SECRET_LENGTH:
        raise InvalidRequest(
            f"webhookSecret must have 1 to {SECRET_LENGTH} characters", param="webhookSecret"
        )
    return value.strip()


def by_token(platform: str, token: str) -> ShopLink:
    """The link whose address ends with `token`, while its shop is connected. Raises NotFound."""
    found = None
    if len(token) == TOKEN_LENGTH and token.isascii() and "\0" not in token:
        rows = ShopLink.objects.select_related("connection__account__partner")
        found = rows.filter(token=token, platform=platform, connection__access=True).first()
    if found is None:
        raise NotFound("There is no such endpoint.")
    return found
