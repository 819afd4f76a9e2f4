"""WooCommerce: what its product webhooks say, and its REST API for a product's images.

A product's images are one list: what a PUT leaves out is taken off the product. So every picture
that is there is sent back by its id, in its order, and ours is added at the end, by its address.
Source: WooCommerce REST API v3, "Products"; woocommerce/includes/class-wc-webhook.php.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.shops.calls import ShopBusy, ask, credential, host_of, images_in, origin
from integrations.shops.told import Photo, Told, read_told
from integrations.shops.written import NewPicture, ours_among

TOPICS = ("product.created", "product.updated")


def told(body: Any) -> Told:
    """The product of a product.created or product.updated webhook. Raises InvalidRequest."""
    return read_told(body, title="name", changed=("date_modified_gmt", "date_created_gmt"))


class WooCommerce:
    """One shop's images, with its consumer key over https (Basic)."""

    def __init__(self, credentials: Mapping[str, Any]) -> None:
        """Raises InvalidRequest where `storeUrl` is no https address, or a key none."""
        self.origin = origin(credentials.get("storeUrl"), param="storeUrl")
        key, secret = (
            credential(credentials.get(name), param=name)
            for name in ("consumerKey", "consumerSecret")
        )
        pair = f"{key}:{secret}"
        self._headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    @property
    def host(self) -> str:
        return host_of(self.origin)

    def pictures(self, product_id: str) -> list[Photo]:
        """The product's images, in order. Raises ShopRefused and ShopBusy."""
        return images_in(ask("GET", self._product(product_id), headers=self._headers))

    def add(self, product_id: str, present: Sequence[Photo], picture: NewPicture) -> str:
        """Add an image after the `present` ones; returns its id. Raises ShopRefused, ShopBusy."""
        mine = {"src": picture.url(), "name": picture.title, "alt": picture.alt}
        body = {"images": [*({"id": int(photo.id)} for photo in present), mine]}
        made = ask("PUT", self._product(product_id), headers=self._headers, body=body)
        found = ours_among(images_in(made), picture.name)
        if found is None:
            raise ShopBusy("The shop did not keep the picture")
        return found.id

    def _product(self, product_id: str) -> str:
        return f"{self.origin}/wp-json/wc/v3/products/{product_id}"
