"""GET /partner/v1/generations/{id}/events: a job's progress as server-sent events.

The events of one job are numbered from 1; a client that lost its connection sends the last number
it saw as `Last-Event-ID` and misses nothing. The stream ends with `result`, which is how the job
ended; who has seen that is answered 204, which tells a browser not to come again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.api.envelope import no_content
from accounts.api.view import ApiView
from accounts.connections import give_back_connection
from accounts.errors import InvalidRequest
from imaging import waiting
from imaging.api.answers import generation_detail
from imaging.api.generations import find_generation, find_test_generation
from imaging.api.testmode import test_answer, test_detail
from imaging.estimates import estimated_seconds, queue_position
from imaging.models import Generation, GenerationEvent, Status

HEARTBEAT_SECONDS = 10
LONGEST_SECONDS = 600
# Number, kind, data.
Event = tuple[int, str, dict[str, Any]]


class GenerationEvents(ApiView):
    """The stream. `Content-Type: text/event-stream`; ends when the job has ended."""

    key_kind = "image"
    scope = "images:read"

    def get(self, request: HttpRequest, generation_id: str) -> HttpResponseBase:
        seen = _last_seen(request)
        if self.admitted.test:
            made = find_test_generation(self.admitted, generation_id)
            told: Sequence[Event] = [
                (1, "succeeded", test_answer(made)),
                (2, "result", test_detail(made)),
            ]
            return _answer(request, iter(told[seen:]), whole=seen >= len(told))
        generation = find_generation(self.admitted, generation_id)
        whole = generation.ended and seen > generation.events.count()
        return _answer(request, _events(generation.id, seen), whole=whole)


def _last_seen(request: HttpRequest) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise InvalidRequest(
            "Last-Event-ID must be the id of an event of this stream", param="Last-Event-ID"
        )
    return int(text)


def _answer(
    request: HttpRequest, events: Iterator[Event | bytes], *, whole: bool
) -> HttpResponseBase:
    """The stream of `events`; 204 where the client has the whole of it already."""
    if whole:
        return no_content()
    if request.method == "HEAD":
        events = iter(())
    lines = (event if isinstance(event, bytes) else _encoded(*event) for event in events)
    response = StreamingHttpResponse(lines, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    # Proxies that gather an answer before passing it on would defeat the purpose.
    response["X-Accel-Buffering"] = "no"
    return response


def _events(generation_id: UUID, seen: int) -> Iterator[Event | bytes]:
    """What has happened since event `seen`, then what happens, until the end or a long time."""
    ends_at = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < ends_at:
        # The job before its log: a job that has ended has all of it.
        generation = Generation.objects.get(id=generation_id)
        log = list(GenerationEvent.objects.filter(generation_id=generation_id).order_by("id"))
        last = generation_detail(generation) if generation.ended else _queue_place(generation)
        give_back_connection()  # held only to look: the reader may be slow
        for number, event in enumerate(log[seen:], seen + 1):
            yield number, event.kind, event.data
        seen = len(log)
        if isinstance(last, dict):
            yield seen + 1, "result", last
            return
        yield last
        waiting.wait_for_event(generation_id, log[-1].id if log else 0, timeout=HEARTBEAT_SECONDS)


def _queue_place(generation: Generation) -> bytes:
    """Where a queued job stands; a comment line, which keeps the connection alive, otherwise."""
    if generation.status != Status.QUEUED:
        return b": still running\n\n"
    facts = {
        "position": queue_position(generation),
        "estimatedSeconds": estimated_seconds(generation),
    }
    return f"event: queue\ndata: {json.dumps(facts)}\n\n".encode()


def _encoded(number: int, kind: str, facts: dict[str, Any]) -> bytes:
    return f"id: {number}\nevent: {kind}\ndata: {json.dumps(facts)}\n\n".encode()
