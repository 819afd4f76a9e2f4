"""The errors of a compatible surface, as the OpenAPI document tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.api.description import Answer
from accounts.api.schema import Schema

_WITH_RETRY = (409, 429, 503)


def error_answers(
    about: Mapping[int, str], statuses: Sequence[int], schema: Schema
) -> dict[int, Answer]:
    """What comes with each of `statuses`, in the vendor's shape."""
    return {
        status: Answer(
            about=about[status],
            schema=schema,
            headers=("Retry-After",) if status in _WITH_RETRY else (),
        )
        for status in statuses
    }
