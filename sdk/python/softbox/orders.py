"""The four orders, sent in one of three ways: `start` accepts a job, `quote` tells its price,
`link` gives an address that makes the picture on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar, Unpack

from softbox.answers import AcceptedJob, DryRun, RenderLink
from softbox.transport import Transport
from softbox.wishes import (
    CreateWishes,
    EditStep,
    EditWishes,
    EnhanceWishes,
    PackshotWishes,
    Photo,
    photos,
    wire,
)

Answer = TypeVar("Answer")


class _Orders(Generic[Answer]):
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, prompt: str, *, idempotency_key: str | None = None, **wishes: Unpack[CreateWishes]
    ) -> Answer:
        """A picture from a sentence."""
        return self._order("create", {"prompt": prompt, **wishes}, idempotency_key)

    def enhance(
        self,
        images: str | Sequence[str],
        *,
        idempotency_key: str | None = None,
        **wishes: Unpack[EnhanceWishes],
    ) -> Answer:
        """One to four photos, by address, improved as `user_request` says."""
        return self._order("enhance", {"images": photos(images), **wishes}, idempotency_key)

    def packshot(
        self, *, idempotency_key: str | None = None, **wishes: Unpack[PackshotWishes]
    ) -> Answer:
        """A product's photo (`product_image` or `product_id`) as a packshot."""
        return self._order("packshot", wishes, idempotency_key)

    def edit(
        self,
        image: Photo,
        operations: Sequence[EditStep],
        *,
        idempotency_key: str | None = None,
        **wishes: Unpack[EditWishes],
    ) -> Answer:
        """A photo, changed step by step."""
        body = {"image": image, "operations": list(operations), **wishes}
        return self._order("edit", body, idempotency_key)

    def _order(self, name: str, wishes: Mapping[str, Any], key: str | None) -> Answer:
        raise NotImplementedError


class Start(_Orders[AcceptedJob]):
    """Orders that are accepted at once and made meanwhile; `generations.wait(id)` for the end."""

    def _order(self, name: str, wishes: Mapping[str, Any], key: str | None) -> AcceptedJob:
        job: AcceptedJob = self._transport.post(
            f"/partner/v1/image/{name}",
            wire(wishes),
            idempotency_key=key,
            headers={"Prefer": "respond-async"},
        )
        return job


class Link(_Orders[RenderLink]):
    """Orders that become an address: its picture is made, and charged, when it is first looked at.

    An address can carry no photo: give the photo's own address, or a `product_id`.
    """

    def __init__(self, transport: Transport, stand_in_url: str | None = None) -> None:
        super().__init__(transport)
        self._stand_in_url = stand_in_url

    def showing(self, stand_in_url: str) -> Link:
        """Links that show a picture of yours while theirs is made: `link.showing(url).create()`."""
        return Link(self._transport, stand_in_url)

    def _order(self, name: str, wishes: Mapping[str, Any], key: str | None) -> RenderLink:
        body = {"operation": name, **wire({"stand_in_url": self._stand_in_url, **wishes})}
        link: RenderLink = self._transport.post(
            "/partner/v1/render-links", body, idempotency_key=key
        )
        return link


class Quote(_Orders[DryRun]):
    """Orders that are checked and priced. Nothing is made or charged."""

    def _order(self, name: str, wishes: Mapping[str, Any], key: str | None) -> DryRun:
        price: DryRun = self._transport.post(
            f"/partner/v1/image/{name}", {**wire(wishes), "dryRun": True}, idempotency_key=key
        )
        return price
