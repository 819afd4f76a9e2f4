"""What was ordered: read it, follow it, wait for it, stop it, make it again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Unpack, cast
from urllib.parse import quote

import httpx2

from softbox.answers import (
    AcceptedJob,
    CancelledGeneration,
    CreatedImage,
    Generation,
    GenerationSummary,
    MadeImages,
    ReviewedGeneration,
)
from softbox.errors import (
    ApiError,
    GenerationFailed,
    RateLimited,
    ServerError,
    StillRunning,
    Unreachable,
)
from softbox.paging import rows
from softbox.transport import LONGEST_LOST, Transport, may_pass
from softbox.wishes import Around, Decision, wire

_PATH = "/partner/v1/generations"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job: `queue`, `started`, `progress`, ..., at last `result`."""

    kind: str
    data: Any
    id: str = ""


class Generations:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        status: str | None = None,
        operation: str | None = None,
        batch: str | None = None,
        product: str | None = None,
        review: str | None = None,
        day: date | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        page_size: int | None = None,
    ) -> Iterator[GenerationSummary]:
        """All that fit, newest first. Moments need a time zone; `day` is one in UTC."""
        query = {
            **{"status": status, "operation": operation, "batch": batch, "product": product},
            **{"review": review, "date": f"{day:%Y-%m-%d}" if day else None},
            "createdAfter": created_after.isoformat() if created_after else None,
            "createdBefore": created_before.isoformat() if created_before else None,
        }
        return rows(self._transport, _PATH, "generations", **query, limit=page_size)

    def get(self, generation_id: str) -> Generation:
        """All of one: its recipe, and its `result` or its `error`."""
        found: Generation = self._transport.get(_path(generation_id))
        return found

    def wait(
        self,
        generation_id: str,
        *,
        timeout: float = 600.0,
        on_event: Callable[[Event], None] | None = None,
    ) -> CreatedImage | MadeImages:
        """Its result, when it is finished; `on_event` hears of everything on the way.

        Raises GenerationFailed when it ended without a picture, StillRunning after `timeout` s.
        """
        for event in self.events(generation_id, timeout=timeout):
            if on_event is not None:
                on_event(event)
            if event.kind == "result":
                return _result(event.data)
        raise AssertionError("a stream of events ends with its result")

    def events(self, generation_id: str, *, timeout: float = 600.0) -> Iterator[Event]:
        """What happens to it, from the start to `result`, whose data is the generation.

        A stream that breaks is taken up where it was, also by a server that was away for a minute.
        Raises StillRunning after about `timeout` s.
        """
        ends_at = time.monotonic() + timeout
        path, last, breaks, lost = _path(generation_id, "events"), "", 0, 0.0
        while (left := ends_at - time.monotonic()) > 0:
            try:
                with self._transport.stream(path, last_event_id=last, seconds=left) as lines:
                    for event in _read(lines):
                        if event is not None:
                            last, breaks, lost = event.id or last, 0, 0.0
                            yield event
                            if event.kind == "result":
                                return
                        if time.monotonic() > ends_at:
                            break
                self._transport.pause(0)  # a stream has an end of its own; not to be asked in haste
            except (httpx2.TransportError, ServerError, RateLimited) as error:
                lost += self._transport.pause(breaks, self._told(error, path, lost, ends_at))
                breaks += 1
        raise StillRunning(generation_id, timeout)

    def _told(self, error: Exception, path: str, lost: float, ends_at: float) -> float | None:
        """How long the server wants a stream that it refused to be left alone; None: it says not.

        Raises what the refusal is, or Unreachable, where asking again is of no use: `lost` seconds
        have been waited without any sign of life.
        """
        left = ends_at - time.monotonic()
        no_more = left > 0 and (lost >= LONGEST_LOST or not self._transport.retries)
        if not isinstance(error, ApiError):
            if no_more:
                raise Unreachable(f"{path} cannot be had: {error}") from error
            return None
        if no_more or not may_pass(error):
            raise error
        return None if error.retry_after is None else min(error.retry_after, max(left, 0.0))

    def cancel(self, generation_id: str) -> CancelledGeneration:
        """Stop it; free. Raises Conflict when it has ended."""
        stopped: CancelledGeneration = self._transport.post(_path(generation_id, "cancel"), {})
        return stopped

    def regenerate(
        self,
        generation_id: str,
        *,
        timeout: float = 600.0,
        idempotency_key: str | None = None,
        **wishes: Unpack[Around],
    ) -> CreatedImage | MadeImages:
        """The stored recipe again, awaited; another `seed` makes a variation."""
        job: AcceptedJob = self._transport.post(
            _path(generation_id, "regenerate"),
            wire(wishes),
            idempotency_key=idempotency_key,
            headers={"Prefer": "respond-async"},
        )
        return self.wait(job["id"], timeout=timeout)

    def review(
        self, generation_id: str, decision: Decision, note: str | None = None
    ) -> ReviewedGeneration:
        """Keep what a person thinks of it."""
        body = wire({"decision": decision, "note": note})
        reviewed: ReviewedGeneration = self._transport.post(_path(generation_id, "review"), body)
        return reviewed

    def provenance(self, generation_id: str) -> dict[str, Any]:
        """Where its pictures come from: recipe, inputs by digest, engine, credentials."""
        return cast(dict[str, Any], self._transport.get(_path(generation_id, "provenance")))


def _read(lines: Iterator[str]) -> Iterator[Event | None]:
    """The events in the lines of a stream, each with its data on one line; None for a comment,
    which is a sign of life.

    Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
    """
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and not name:
            yield None
        elif line:
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            kind = fields.get("event", "message")
            yield Event(kind, json.loads(fields["data"]), fields.get("id", ""))
            fields = {}


def _result(generation: Generation) -> CreatedImage | MadeImages:
    if generation["status"] != "succeeded":
        raise GenerationFailed(generation)
    return generation["result"]


def _path(generation_id: str, *more: str) -> str:
    return "/".join([_PATH, quote(generation_id, safe=""), *more])
