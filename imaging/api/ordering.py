"""From a checked order to an answer: test keys, dry runs, idempotency, waiting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.api import correlation, idempotency
from accounts.api.envelope import ok
from accounts.api.gate import Admitted
from accounts.errors import RateLimited, ServiceError, Unavailable
from billing import points
from billing.amounts import show
from imaging import jobs, moderation, waiting
from imaging.api import testmode
from imaging.api.answers import image_answer
from imaging.estimates import estimated_seconds
from imaging.models import Generation, Status
from imaging.recipes import Order, Source
from imaging.refusals import ContentBlocked, refusal, too_busy
from imaging.storage import keep_source


def answer_order(request: HttpRequest, admitted: Admitted, order: Order) -> HttpResponse:
    """The answer to one order, whatever kind of key and of request it came with."""
    blocked = moderation.check(order.recipe.prompt)
    if blocked:
        raise ContentBlocked(order.operation, blocked.reason)
    wants_async = "respond-async" in request.headers.get("Prefer", "").lower()
    if admitted.test:
        return _answer_test(order, admitted, wants_async)
    if order.dry_run:
        return _answer_price(order, admitted)
    return _answer_live(request, admitted, order, wants_async)


# --- Test keys ---------------------------------------------------------------------------------


def _answer_test(order: Order, admitted: Admitted, wants_async: bool) -> HttpResponse:
    generation = testmode.test_generation(
        order, partner_id=admitted.partner_id, now_ms=int(time.time() * 1000)
    )
    if wants_async:
        return ok({**_accepted(generation.id, "succeeded", 0), "testMode": True}, status=202)
    return ok(testmode.test_answer(generation))


# --- Dry runs ----------------------------------------------------------------------------------


def _answer_price(order: Order, admitted: Admitted) -> HttpResponse:
    """What the order would cost, and from which buckets. Nothing is made or written."""
    quote = points.quote(
        partner_id=admitted.partner_id,
        operation=order.operation,
        mode=order.requested_mode,
        count=order.count,
    )
    return ok(
        {
            "dryRun": True,
            "mode": order.requested_mode,
            "tier": quote.tier,
            "costPerOperation": show(quote.unit_price),
            "pointsRequired": show(quote.total),
            "balance": show(quote.available),
            "sufficient": quote.enough,
            "buckets": [
                {"bucketId": str(take.bucket_id), "tier": take.tier, "points": show(take.points)}
                for take in quote.takes
            ],
        }
    )


# --- Live orders -------------------------------------------------------------------------------


def _answer_live(
    request: HttpRequest, admitted: Admitted, order: Order, wants_async: bool
) -> HttpResponse:
    ticket = idempotency.open_ticket(
        partner_id=admitted.partner_id,
        environment=admitted.environment,
        key=request.headers.get("Idempotency-Key"),
        fingerprint=idempotency.fingerprint(request),
    )
    if isinstance(ticket, idempotency.StoredAnswer):
        return _replay(ticket, admitted)
    try:
        generation = submit_order(admitted, order, ticket)
        if wants_async:
            status, message, data = 202, "Accepted", accepted(generation)
        else:
            finished = _wait(generation)
            status, message, data = 200, "Success", image_answer(finished)
    except ServiceError as error:
        _settle_ticket(ticket, error)
        raise
    response = ok(data, message=message, status=status)
    ticket.store(status, response.content)
    return response


def submit_order(admitted: Admitted, order: Order, ticket: idempotency.Ticket | None) -> Generation:
    """Store pictures that came with the request, then the job itself."""
    start_by = None
    if order.start_within:
        start_by = timezone.now() + timedelta(seconds=order.start_within)
    return jobs.submit(
        partner_id=admitted.partner_id,
        api_key_id=admitted.key_id,
        monthly_cap=admitted.monthly_cap,
        recipe=order.recipe,
        requested_mode=order.requested_mode,
        sources=[_kept(source, admitted) for source in order.sources],
        metadata=order.metadata,
        start_by=start_by,
        correlation_id=correlation.current_id(),
        ticket=ticket,
    )


def _kept(source: Source, admitted: Admitted) -> dict[str, str]:
    if source.url:
        return {"url": source.url}
    return {"stored": keep_source(source.data, partner_id=admitted.partner_id)}


def _replay(stored: idempotency.StoredAnswer, admitted: Admitted) -> HttpResponse:
    """The first answer again; rebuilt from the job where its first process died before it."""
    if stored.body is not None:
        return idempotency.replay(stored)
    generation = Generation.objects.get(partner_id=admitted.partner_id, id=stored.resource)
    if not generation.ended:
        raise idempotency.in_progress()
    return idempotency.mark_replayed(ok(_result(generation)))


def _settle_ticket(ticket: idempotency.Ticket, error: ServiceError) -> None:
    """An error that the same request may outlive is forgotten; any other is the answer."""
    if isinstance(error, RateLimited | Unavailable) or error.status_code in (402, 409):
        ticket.discard()
    else:
        ticket.store_error(error)


def _wait(generation: Generation) -> Generation:
    """The generation when it is finished with a picture.

    Raises the error it ended with; Unavailable when it took too long, after cancelling it.
    """
    # Whoever waits holds no connection: a thousand may wait on a few.
    connection.close()
    waiting.wait_for(generation.id, timeout=settings.IMAGE_WAIT_SECONDS)
    generation.refresh_from_db()
    if not generation.ended:
        if jobs.cancel(generation.id):
            raise too_busy(generation.operation)
        generation.refresh_from_db()  # it ended just before it was cancelled
    _result(generation)
    return generation


def _result(generation: Generation) -> dict[str, Any]:
    if generation.status != Status.SUCCEEDED:
        raise refusal(generation)
    return image_answer(generation)


def accepted(generation: Generation) -> Mapping[str, Any]:
    """`data` of a 202: where to look for the result."""
    return _accepted(str(generation.id), generation.status, estimated_seconds(generation))


def _accepted(generation_id: str, status: str, seconds: int) -> dict[str, Any]:
    poll = f"{settings.PUBLIC_URL}/partner/v1/generations/{generation_id}"
    return {
        "id": generation_id,
        "status": status,
        "pollUrl": poll,
        "eventsUrl": f"{poll}/events",
        "estimatedSeconds": seconds,
    }
