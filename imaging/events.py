"""The progress log of a generation, and the call that wakes those who wait for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from imaging.models import GenerationEvent

Kind = GenerationEvent.Kind

CHANNEL = "softbox_generation"
"""PostgreSQL channel. The payload is the generation's id, a space, and "ended" or "event"."""

_ENDS = frozenset({Kind.SUCCEEDED, Kind.FAILED, Kind.BLOCKED, Kind.CANCELLED, Kind.EXPIRED})


def record(generation_id: UUID, kind: GenerationEvent.Kind, **data: Any) -> None:
    """Add a line to the log and wake whoever follows it, when the transaction commits.

    `data` is plain JSON. On SQLite nobody need be called: a commit changes `data_version`.
    """
    GenerationEvent.objects.create(generation_id=generation_id, kind=kind, data=data)
    if connection.vendor == "postgresql":
        word = "ended" if kind in _ENDS else "event"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{generation_id} {word}"])
