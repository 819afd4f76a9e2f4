"""Products of yours, whose photos packshots are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from softbox.answers import Product
from softbox.paging import rows
from softbox.transport import Transport
from softbox.wishes import Photo, wire

_PATH = "/partner/v1/products"


class Products:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(
        self,
        sku: str,
        image: Photo,
        *,
        title: str | None = None,
        metadata: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Product:
        """Keep a product under a `sku` of its own. Raises Conflict where that is taken."""
        body = wire({"sku": sku, "image": image, "title": title, "metadata": metadata})
        added: Product = self._transport.post(_PATH, body, idempotency_key=idempotency_key)
        return added

    def list(self, *, sku: str | None = None, page_size: int | None = None) -> Iterator[Product]:
        """All of them, newest first, or the one with that `sku`."""
        return rows(self._transport, _PATH, "products", sku=sku, limit=page_size)

    def get(self, product_id: str) -> Product:
        found: Product = self._transport.get(_path(product_id))
        return found

    def change(
        self,
        product_id: str,
        *,
        title: str | None = None,
        image: Photo | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Product:
        """Change what is given; the rest stays."""
        body = wire({"title": title, "image": image, "metadata": metadata})
        changed: Product = self._transport.send("PATCH", _path(product_id), body=body)
        return changed

    def delete(self, product_id: str) -> None:
        """Forget it. Its pictures stay."""
        self._transport.send("DELETE", _path(product_id))


def _path(product_id: str) -> str:
    return f"{_PATH}/{quote(product_id, safe='')}"
