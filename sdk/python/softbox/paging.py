"""Lists that go on over pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from softbox.transport import Transport


def rows(transport: Transport, path: str, name: str, **query: Any) -> Iterator[Any]:
    """Every row under `name`, newest first; the next page is asked for when it is needed."""
    cursor: str | None = None
    while True:
        page = transport.get(path, **query, cursor=cursor)
        yield from page[name]
        cursor = page["nextCursor"]
        if cursor is None:
            return
