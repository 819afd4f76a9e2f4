"""Pictures of ours in a shop: what is sent there, and how they are known again.

The name of a picture's file in our storage is in the name of the shop's copy. So a picture is
recognised although nobody lived to note its id, and our own writing is never taken for news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integrations.shops.told import Photo


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A finished picture. `name` is its mark; `content` and `url` are asked for when needed."""

    name: str
    file_name: str
    title: str
    alt: str
    content: Callable[[], bytes]
    url: Callable[[], str]


def ours_among(photos: Iterable[Photo], name: str) -> Photo | None:
    """The photo that is our picture of that name."""
    return next((photo for photo in photos if is_ours(photo, name)), None)


def is_ours(photo: Photo, name: str) -> bool:
    """WooCommerce appends "-1" or "-scaled" to a name, Shopify an id: they begin with it still."""
    return name in photo.src.partition("?")[0].rpartition("/")[2]
