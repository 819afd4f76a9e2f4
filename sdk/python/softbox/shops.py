"""Merchants' shops, whose products get their pictures by themselves. Needs a management key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from softbox.answers import LinkedShop, ShopStatus
from softbox.transport import Transport

Kind = Literal["shopify", "woocommerce"]

_V2 = "/api/v2/third-party"


class Shops:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def connect(
        self,
        account_id: str,
        kind: Kind,
        credentials: Mapping[str, str],
        *,
        idempotency_key: str | None = None,
    ) -> None:
        """Keep the credentials of an account's shop, encrypted.

        Shopify: `shopDomain`, `accessToken`; WooCommerce: `storeUrl`, `consumerKey`,
        `consumerSecret`. Of a shop that is connected already they take the old ones' place.
        """
        body = {**_which(account_id, kind), "credentials": dict(credentials)}
        self._transport.post(f"{_V2}/connectIntegration", body, idempotency_key=idempotency_key)

    def link(
        self,
        account_id: str,
        kind: Kind,
        *,
        styles: Mapping[str, str | None] | None = None,
        webhook_secret: str | None = None,
        idempotency_key: str | None = None,
    ) -> LinkedShop:
        """Make pictures for the products of a connected shop; again to change the styles.

        `styles` names one for each of `hero`, `angle`, `lifestyle` and `square`; None leaves a
        role out. `webhook_secret` is what the shop signs with; where one is made for you it is in
        this answer and never shown again.
        """
        wishes = {"styles": styles, "webhookSecret": webhook_secret}
        given = {name: value for name, value in wishes.items() if value is not None}
        linked: LinkedShop = self._transport.post(
            f"{_V2}/linkShop",
            {**_which(account_id, kind), **given},
            idempotency_key=idempotency_key,
        )
        return linked

    def status(self, account_id: str, kind: Kind) -> ShopStatus:
        """The link, and the fifty products that changed last. Raises NotFound where there is
        none."""
        found: ShopStatus = self._transport.get(f"{_V2}/shopStatus", **_which(account_id, kind))
        return found


def _which(account_id: str, kind: Kind) -> dict[str, str]:
    return {"shopIQAccountId": account_id, "integrationName": kind}
