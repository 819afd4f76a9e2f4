"""From a checked order to an answer: test keys, dry runs, idempotency, waiting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.api import correlation, idempotency
from accounts.api.envelope import ok
from accounts.api.gate import Admitted
from accounts.errors import RateLimited, ServiceError, Unavailable
from accounts.models import Partner
from billing import points
from billing.amounts import show
from imaging import jobs, submitting, waiting
from imaging.api import testmode
from imaging.api.answers import image_answer
from imaging.estimates import estimated_seconds
from imaging.models import Generation, Status
from imaging.recipes import Order
from imaging.refusals import refusal, too_busy


def answer_order(request: HttpRequest, admitted: Admitted, order: Order) -> HttpResponse:
    """The answer to one order, whatever kind of key and of request it came with."""
    # Read only where an order names a product: a look-up costs a test key more than all the rest.
    partner = cast(Partner, SimpleLazyObject(lambda: admitted.partner))
    if order.product_id and (known := answered_before(request, admitted)):
        return _replay(known, admitted, prefers_async(request))
    order = submitting.checked(order, partner)
    if order.dry_run:
        return ok(testmode.test_price(order) if admitted.test else _price(order, admitted))
    return _answer_once(request, admitted, order)


# --- Dry runs ----------------------------------------------------------------------------------


def _price(order: Order, admitted: Admitted) -> dict[str, Any]:
    """What the order would cost, and from which buckets. Nothing is made or written."""
    quote = points.quote(
        partner_id=admitted.partner_id,
        operation=order.operation,
        mode=order.requested_mode,
        count=order.count,
    )
    return {
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


# --- Orders ------------------------------------------------------------------------------------


def _answer_once(request: HttpRequest, admitted: Admitted, order: Order) -> HttpResponse:
    """The picture, or where to look for it; for a known Idempotency-Key the first answer."""
    wants_async = prefers_async(request)
    key = request.headers.get("Idempotency-Key")
    ticket = idempotency.open_ticket(
        partner_id=admitted.partner_id,
        environment=admitted.environment,
        key=key,
        fingerprint="" if key is None else idempotency.fingerprint(request),
    )
    if isinstance(ticket, idempotency.StoredAnswer):
        return _replay(ticket, admitted, wants_async)
    try:
        answer = _answer_test if admitted.test else _answer_live
        response = answer(order, admitted, ticket, wants_async)
    except ServiceError as error:
        settle_ticket(ticket, error)
        raise
    except Exception:
        ticket.give_up()
        raise
    ticket.store(response.status_code, response.content)
    return response


def answered_before(request: HttpRequest, admitted: Admitted) -> idempotency.StoredAnswer | None:
    """What the first request like this one came to, whatever has become since of the products
    that it names."""
    key = request.headers.get("Idempotency-Key")
    return idempotency.answered_before(
        partner_id=admitted.partner_id,
        environment=admitted.environment,
        key=key,
        fingerprint="" if key is None else idempotency.fingerprint(request),
    )


def prefers_async(request: HttpRequest) -> bool:
    """Whether the request says `Prefer: respond-async` (RFC 7240), among other wishes or alone."""
    wishes = request.headers.get("Prefer", "").lower().split(",")
    return any(wish.partition(";")[0].strip() == "respond-async" for wish in wishes)


def _answer_test(
    order: Order, admitted: Admitted, ticket: idempotency.Ticket, wants_async: bool
) -> HttpResponse:
    generation = testmode.test_generation(
        order, partner_id=admitted.partner_id, now_ms=int(time.time() * 1000)
    )
    if wants_async:
        return _accepted({**_places(generation.id, "succeeded", 0), "testMode": True})
    return ok(testmode.test_answer(generation))


def _answer_live(
    order: Order, admitted: Admitted, ticket: idempotency.Ticket, wants_async: bool
) -> HttpResponse:
    if wants_async:
        return _accepted(accepted(submit_order(admitted, order, ticket)))
    # The row is not kept: a thousand wait here.
    return ok(_wait(submit_order(admitted, order, ticket, awaited=True).id))


def submit_order(
    admitted: Admitted, order: Order, ticket: idempotency.Ticket | None, *, awaited: bool = False
) -> Generation:
    """Store the job.

    An `awaited` one ends as expired when nobody can be waiting for it any more, whatever became
    of the process in which somebody did.
    """
    return submitting.submit(
        order,
        partner=admitted.partner,
        api_key_id=admitted.key_id,
        monthly_cap=admitted.monthly_cap,
        patience_seconds=settings.IMAGE_WAIT_SECONDS if awaited else None,
        correlation_id=correlation.current_id(),
        ticket=ticket,
    )


def _replay(
    stored: idempotency.StoredAnswer, admitted: Admitted, wants_async: bool
) -> HttpResponse:
    """The first answer again; rebuilt from the job where its first process died before it."""
    if stored.body is not None:
        return idempotency.replay(stored)
    generation = Generation.objects.get(partner_id=admitted.partner_id, id=stored.resource)
    if wants_async:
        return idempotency.mark_replayed(_accepted(accepted(generation)))
    if not generation.ended:
        raise idempotency.in_progress()
    try:
        return idempotency.mark_replayed(ok(_result(generation)))
    except ServiceError as error:
        if passes(error):
            stored.forget()
        error.headers[idempotency.REPLAYED_HEADER] = "true"
        raise


def settle_ticket(ticket: idempotency.Ticket, error: ServiceError) -> None:
    """An error that the same request may outlive is forgotten; any other is the answer."""
    if passes(error):
        ticket.discard()
    else:
        ticket.store_error(error)


def passes(error: ServiceError) -> bool:
    """Whether the same request may succeed later."""
    return isinstance(error, RateLimited | Unavailable) or error.status_code in (402, 409)


def _wait(generation_id: UUID) -> dict[str, Any]:
    """`data` of the answer, when the generation is finished with a picture.

    Raises the error it ended with, and what `wait_for_end` raises.
    """
    return _result(wait_for_end(generation_id))


def wait_for_end(generation_id: UUID) -> Generation:
    """The generation, ended. Raises Unavailable when it took too long, after cancelling it."""
    # Whoever waits holds no connection: a thousand may wait on a few.
    connection.close()
    waiting.wait_for(generation_id, timeout=settings.IMAGE_WAIT_SECONDS)
    generation = Generation.objects.get(id=generation_id)
    if not generation.ended:
        if jobs.cancel(generation.id):
            raise too_busy(generation.operation)
        generation.refresh_from_db()  # it ended just before it was cancelled
    return generation


def _result(generation: Generation) -> dict[str, Any]:
    if generation.status != Status.SUCCEEDED:
        raise refusal(generation)
    return image_answer(generation)


def accepted(generation: Generation) -> Mapping[str, Any]:
    """`data` of a 202: where to look for the result."""
    return _places(str(generation.id), generation.status, estimated_seconds(generation))


def _accepted(data: Mapping[str, Any]) -> HttpResponse:
    headers = {"Preference-Applied": "respond-async", "Location": data["pollUrl"]}
    return ok(data, message="Accepted", status=202, headers=headers)


def _places(generation_id: str, status: str, seconds: int) -> dict[str, Any]:
    poll = f"{settings.PUBLIC_URL}/partner/v1/generations/{generation_id}"
    return {
        "id": generation_id,
        "status": status,
        "pollUrl": poll,
        "eventsUrl": f"{poll}/events",
        "estimatedSeconds": seconds,
    }
