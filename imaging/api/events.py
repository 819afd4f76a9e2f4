"""GET /partner/v1/generations/{id}/events: a job's progress as server-sent events.

Every event has an id; a client that lost its connection sends the last one it saw as
`Last-Event-ID` and misses nothing. The stream ends with the event that ends the job.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.api.view import ApiView
from accounts.errors import InvalidRequest
from imaging import waiting
from imaging.api.answers import generation_detail
from imaging.api.generations import find_generation, find_test_generation
from imaging.api.testmode import test_answer
from imaging.estimates import estimated_seconds, queue_position
from imaging.models import Generation, GenerationEvent, Status

HEARTBEAT_SECONDS = 10
LONGEST_SECONDS = 600


class GenerationEvents(ApiView):
    """The stream. `Content-Type: text/event-stream`; ends when the job has ended."""

    key_kind = "image"
    scope = "images:read"

    def get(self, request: HttpRequest, generation_id: str) -> HttpResponseBase:
        after = _last_seen(request)
        if self.admitted.test:
            made = find_test_generation(self.admitted, generation_id)
            stream: Iterator[bytes] = iter([_event(1, "succeeded", test_answer(made))])
        else:
            generation = find_generation(self.admitted, generation_id)
            stream = _stream(generation.id, after)
        response = StreamingHttpResponse(stream, content_type="text/event-stream")
        response["Cache-Control"] = "no-store"
        # Proxies that gather an answer before passing it on would defeat the purpose.
        response["X-Accel-Buffering"] = "no"
        return response


def _last_seen(request: HttpRequest) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    if not text.isdecimal() or len(text) > 18:
        raise InvalidRequest("Last-Event-ID must be the id of an event of this stream")
    return int(text)


def _stream(generation_id: UUID, after: int) -> Iterator[bytes]:
    ends_at = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < ends_at:
        events = list(
            GenerationEvent.objects.filter(generation_id=generation_id, id__gt=after).order_by("id")
        )
        generation = Generation.objects.get(id=generation_id)
        for event in events:
            after = event.id
            yield _event(event.id, event.kind, event.data)
        if generation.ended:
            yield _event(after + 1, "result", generation_detail(generation))
            return
        yield _queue_place(generation)
        connection.close()  # held again only to look
        waiting.wait_for_event(generation_id, after, timeout=HEARTBEAT_SECONDS)


def _queue_place(generation: Generation) -> bytes:
    """Where a queued job stands; a comment line, which keeps the connection alive, otherwise."""
    if generation.status != Status.QUEUED:
        return b": still running\n\n"
    facts = {
        "position": queue_position(generation),
        "estimatedSeconds": estimated_seconds(generation),
    }
    return f"event: queue\ndata: {json.dumps(facts)}\n\n".encode()


def _event(number: int, kind: str, facts: dict[str, Any]) -> bytes:
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(facts)}\n\n".encode()
