"""The client: four orders that wait for their picture, and all that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, Unpack, cast

import httpx2

from softbox.answers import CreatedImage, MadeImages, Usage
from softbox.batches import Batches
from softbox.generations import Generations
from softbox.orders import Link, Quote, Start
from softbox.products import Products
from softbox.shops import Shops
from softbox.transport import Transport
from softbox.wishes import CreateWishes, EditStep, EditWishes, EnhanceWishes, PackshotWishes, Photo


class Softbox:
    """Speaks to one server with one key. Close it, or use it in a `with` block.

    `key` and `base_url` default to SOFTBOX_API_KEY and SOFTBOX_URL. `timeout` is in seconds and
    for one request; `patience`, also in seconds, is how long a picture is waited for. A request is
    tried again up to `retries` times.
    """

    def __init__(
        self,
        key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 600.0,
        retries: int = 4,
        http: httpx2.Client | None = None,
    ) -> None:
        self._transport = Transport(
            key=key, base_url=base_url, timeout=timeout, retries=retries, http=http
        )
        self._patience = patience
        self.start = Start(self._transport)
        self.quote = Quote(self._transport)
        self.link = Link(self._transport)
        self.generations = Generations(self._transport)
        self.batches = Batches(self._transport)
        self.products = Products(self._transport)
        self.shops = Shops(self._transport)

    def create(
        self, prompt: str, *, idempotency_key: str | None = None, **wishes: Unpack[CreateWishes]
    ) -> CreatedImage:
        """A picture from a sentence. Raises GenerationFailed where none could be made."""
        job = self.start.create(prompt, idempotency_key=idempotency_key, **wishes)
        return cast(CreatedImage, self._result(job["id"]))

    def enhance(
        self,
        images: str | Sequence[str],
        *,
        idempotency_key: str | None = None,
        **wishes: Unpack[EnhanceWishes],
    ) -> MadeImages:
        """One to four photos, by address, improved as `user_request` says."""
        job = self.start.enhance(images, idempotency_key=idempotency_key, **wishes)
        return cast(MadeImages, self._result(job["id"]))

    def packshot(
        self, *, idempotency_key: str | None = None, **wishes: Unpack[PackshotWishes]
    ) -> MadeImages:
        """A product's photo (`product_image` or `product_id`) as a packshot."""
        job = self.start.packshot(idempotency_key=idempotency_key, **wishes)
        return cast(MadeImages, self._result(job["id"]))

    def edit(
        self,
        image: Photo,
        operations: Sequence[EditStep],
        *,
        idempotency_key: str | None = None,
        **wishes: Unpack[EditWishes],
    ) -> MadeImages:
        """A photo, changed step by step."""
        job = self.start.edit(image, operations, idempotency_key=idempotency_key, **wishes)
        return cast(MadeImages, self._result(job["id"]))

    def usage(self) -> Usage:
        """Calls, balance, prices and buckets."""
        return cast(Usage, self._transport.get("/partner/v1/image/usage"))

    def styles(self) -> list[dict[str, Any]]:
        """The looks that a packshot's `style` takes."""
        return cast(list[dict[str, Any]], self._transport.get("/partner/v1/styles")["styles"])

    def platforms(self) -> list[dict[str, Any]]:
        """The marketplaces that a packshot's `platform` takes, with their rules."""
        return cast(list[dict[str, Any]], self._transport.get("/partner/v1/platforms")["platforms"])

    def download(self, url: str) -> bytes:
        """The file of a finished picture."""
        return self._transport.download(url)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Softbox({self._transport.base_url!r})"

    def _result(self, generation_id: str) -> CreatedImage | MadeImages:
        return self.generations.wait(generation_id, timeout=self._patience)
