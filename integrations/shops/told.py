"""What a shop tells of a product, in one form for both kinds of shop."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from accounts.errors import InvalidRequest
from imaging.photos import is_http_url

MOST_PHOTOS = 250
"""Photos of a product that are remembered; Shopify allows no more."""

_TITLE, _ID, _KEY = 255, 20, 64


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a product as the shop has it."""

    id: str
    src: str

    @property
    def key(self) -> str:
        """The same for the same photo: the version in its address may change by itself."""
        text = f"{self.id} {self.src.partition('?')[0]}"
        return hashlib.sha256(text.encode()).hexdigest()[:_KEY]

    def as_json(self) -> dict[str, str]:
        return {"id": self.id, "src": self.src}


@dataclass(frozen=True, slots=True)
class Told:
    """A product as a webhook tells of it."""

    remote_id: str
    title: str
    photos: tuple[Photo, ...]
    changed_at: datetime | None


def read_told(body: Any, *, title: str, changed: Sequence[str]) -> Told:
    """A product from the JSON of a webhook. `title` is the field of its name, `changed` those of
    its last change, of which the first that is there counts.

    Raises InvalidRequest where there is no product in it.
    """
    if not isinstance(body, Mapping) or not _id(body.get("id")):
        raise InvalidRequest("The body is not a product", param="id")
    name = body.get(title)
    return Told(
        remote_id=_id(body["id"]),
        title=name[:_TITLE] if isinstance(name, str) else "",
        photos=tuple(photo for photo in listed(body.get("images")) if is_http_url(photo.src))[
            :MOST_PHOTOS
        ],
        changed_at=next(
            (moment for field in changed if (moment := _moment(body.get(field)))), None
        ),
    )


def listed(value: Any) -> tuple[Photo, ...]:
    """Everything with an id in a shop's list of pictures, in its order.

    WooCommerce shows a product without photos with a placeholder, whose id is 0.
    """
    rows = value if isinstance(value, list) else []
    return tuple(
        Photo(_id(row["id"]), row["src"] if isinstance(row.get("src"), str) else "")
        for row in rows
        if isinstance(row, Mapping) and _id(row.get("id"))
    )


def _id(value: Any) -> str:
    """An id, which both shops count in whole numbers, as text; empty for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    text = str(value)
    is_number = text.isascii() and text.isdecimal() and len(text) <= _ID
    return text if is_number and int(text) else ""


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = parse_datetime(value)
    except ValueError:
        return None
    # WooCommerce writes its GMT times without a zone.
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
