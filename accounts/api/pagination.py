"""Keyset pages, newest first: page 1,000 costs what page 1 costs, and no total is counted.

A cursor is the position of the last row shown, (created_at, id), opaque and sealed. Rows that are
added while somebody pages through shift nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.errors import InvalidRequest

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
_SEAL_DIGITS = 16


class Dated(Protocol):
    """A row that can be paged over."""

    pk: Any
    created_at: datetime


Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page:
    """So many rows after a position (None: from the newest)."""

    limit: int
    after: tuple[datetime, str] | None


def read_page(request: HttpRequest, *, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> Page:
    """`limit` (1 to `most`) and `cursor` of a query string. Raises InvalidRequest."""
    text = request.GET.get("limit", str(default))
    limit = int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0
    if not 1 <= limit <= most:
        raise InvalidRequest(f"limit must be a whole number from 1 to {most}", param="limit")
    cursor = request.GET.get("cursor", "")
    return Page(limit=limit, after=_opened(cursor) if cursor else None)


def take(rows: QuerySet[Row], page: Page) -> tuple[list[Row], str | None]:
    """One page of `rows`, newest first, and the cursor of the next one (None: this is the last).

    The rows have `created_at`; give the table an index on the filters, -created_at, -id. Raises
    InvalidRequest for the cursor of another list, whose ids are none here.
    """
    if page.after is not None:
        moment, pk = page.after[0], _read_id(rows.model, page.after[1])
        # The first condition is implied by the second; it is the one an index can start at.
        rows = rows.filter(created_at__lte=moment).filter(
            Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk)
        )
    found = list(rows.order_by("-created_at", "-pk")[: page.limit + 1])
    if len(found) <= page.limit:
        return found, None
    return found[: page.limit], _sealed_position(found[: page.limit])


def _read_id(model: type[Model], text: str) -> Any:
    try:
        return model._meta.pk.to_python(text)
    except ValidationError:
        raise _not_ours() from None


def _sealed_position(rows: Sequence[Any]) -> str:
    last: Dated = rows[-1]
    position = f"{last.created_at.isoformat()} {last.pk}"
    return base64.urlsafe_b64encode(f"{_seal(position)} {position}".encode()).decode().rstrip("=")


def _seal(position: str) -> str:
    return salted_hmac("accounts.pagination", position, algorithm="sha256").hexdigest()[
        :_SEAL_DIGITS
    ]


def _opened(cursor: str) -> tuple[datetime, str]:
    """The position in a cursor of ours. Raises InvalidRequest for anything else."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        seal, moment, pk = text.split(" ")
        if constant_time_compare(seal, _seal(f"{moment} {pk}")):
            return datetime.fromisoformat(moment), pk
    except (binascii.Error, ValueError):  # the second is also a wrong encoding or a wrong date
        pass
    raise _not_ours()


def _not_ours() -> InvalidRequest:
    return InvalidRequest("cursor is not one that this API gave out", param="cursor")
