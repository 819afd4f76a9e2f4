"""Shopify: what its product webhooks say, and its Admin API for product images.

Pictures are sent inside the request, so that a shop need not reach this installation. Custom apps
may use the REST resource; a version that Shopify has retired is served by the oldest it still has.
Source: shopify.dev, "Product Image" (REST Admin API) and "HTTPS webhooks".
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.shops.calls import (
    UNREADABLE,
    ShopBusy,
    ask,
    credential,
    host_of,
    images_in,
    origin,
)
from integrations.shops.told import Photo, Told, read_told
from integrations.shops.written import NewPicture

VERSION = "2025-10"
TOPICS = ("products/create", "products/update")
ALT_LENGTH = 512


def told(body: Any) -> Told:
    """The product of a products/create or products/update webhook. Raises InvalidRequest."""
    return read_told(body, title="title", changed=("updated_at", "created_at"))


def host_in(credentials: Mapping[str, Any]) -> str:
    """The shop's host, whatever its token is like. Raises InvalidRequest."""
    return host_of(origin(credentials.get("shopDomain"), param="shopDomain"))


class Shopify:
    """One shop's images, with its access token."""

    def __init__(self, credentials: Mapping[str, Any]) -> None:
        """Raises InvalidRequest where `shopDomain` is no address, or `accessToken` no token."""
        self.origin = origin(credentials.get("shopDomain"), param="shopDomain")
        token = credential(credentials.get("accessToken"), param="accessToken")
        self._headers = {"X-Shopify-Access-Token": token}

    @property
    def host(self) -> str:
        return host_of(self.origin)

    def pictures(self, product_id: str) -> list[Photo]:
        """The product's images, in order. Raises ShopRefused and ShopBusy."""
        return images_in(ask("GET", self._images(product_id), headers=self._headers))

    def add(self, product_id: str, present: Sequence[Photo], picture: NewPicture) -> str:
        """Add an image after the `present` ones; returns its id. Raises ShopRefused, ShopBusy."""
        image = {
            "attachment": base64.b64encode(picture.content()).decode(),
            "filename": picture.file_name,
            "alt": picture.alt[:ALT_LENGTH],
        }
        made = ask("POST", self._images(product_id), headers=self._headers, body={"image": image})
        row = made.get("image") if isinstance(made, dict) else None
        if not isinstance(row, dict) or not row.get("id"):
            raise ShopBusy(UNREADABLE)
        return str(row["id"])

    def _images(self, product_id: str) -> str:
        return f"{self.origin}/admin/api/{VERSION}/products/{product_id}/images.json"
