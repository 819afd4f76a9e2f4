"""/partner/v1/batches: up to fifty orders in one request, and what became of them."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from accounts.api import correlation, idempotency, pagination
from accounts.api.envelope import ok
from accounts.api.gate import Admitted
from accounts.api.view import ApiView
from accounts.errors import NotFound, ServiceError
from billing import quoting
from billing.amounts import show
from imaging import batches, recipes
from imaging.api import testbatches
from imaging.api.batch_answers import accepted_batch, batch_detail, batch_row
from imaging.api.ordering import answered_before, settle_ticket
from imaging.batches import Asked
from imaging.models import Batch, Generation
from imaging.recipes import Order

GONE = "Batch not found."
RESOURCE = "batch:"


class Batches(ApiView):
    """POST /partner/v1/batches, and GET: newest first, a page at a time."""

    key_kind = "image"
    scope = "images:write"
    scopes_by_method = {"GET": "images:read", "HEAD": "images:read"}

    def get(self, request: HttpRequest) -> HttpResponse:
        page = pagination.read_page(request)
        rows = Batch.objects.filter(partner_id=self.admitted.partner_id)
        if self.admitted.test:  # test batches are not stored
            rows = rows.none()
        found, cursor = pagination.take(rows, page)
        counts = _statuses(found)
        shown = [batch_row(batch, counts[batch.pk]) for batch in found]
        return ok({"batches": shown, "nextCursor": cursor})

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        if known := answered_before(request, self.admitted):
            return _replay(known, self.admitted)
        around = recipes.circumstances(body)
        orders = batches.read_items(body.get("items"), self.partner)
        if around["dry_run"]:
            return ok(_price(self.admitted, orders))
        ticket = idempotency.open_ticket(
            partner_id=self.admitted.partner_id,
            environment=self.admitted.environment,
            key=request.headers.get("Idempotency-Key"),
            fingerprint=idempotency.fingerprint(request),
        )
        if isinstance(ticket, idempotency.StoredAnswer):
            return _replay(ticket, self.admitted)
        try:
            response = _accepted(self._ordered(orders, around, ticket))
        except ServiceError as error:
            settle_ticket(ticket, error)
            raise
        except Exception:
            ticket.give_up()
            raise
        ticket.store(response.status_code, response.content)
        return response

    def _ordered(
        self, orders: Sequence[Order], around: Mapping[str, Any], ticket: idempotency.Ticket
    ) -> dict[str, Any]:
        """`data` of the 202. What an item does not say itself the batch says for it."""
        metadata = around["metadata"]
        if self.admitted.test:
            now_ms = int(time.time() * 1000)
            made = testbatches.test_batch(
                orders, metadata, partner_id=self.admitted.partner_id, now_ms=now_ms
            )
            return testbatches.test_accepted(made)
        asked = Asked(
            partner=self.partner,
            api_key_id=self.admitted.key_id,
            monthly_cap=self.admitted.monthly_cap,
            webhook_url=around["webhook_url"],
            correlation_id=correlation.current_id(),
        )
        return accepted_batch(batches.submit(asked, orders, metadata=metadata, ticket=ticket))


class BatchDetail(ApiView):
    """GET /partner/v1/batches/{id}: each item's result or error, in the order of the request."""

    key_kind = "image"
    scope = "images:read"

    def get(self, request: HttpRequest, batch_id: str) -> HttpResponse:
        if self.admitted.test:
            made = testbatches.read_test_batch(batch_id, partner_id=self.admitted.partner_id)
            if made is None:
                raise NotFound(GONE)
            return ok(testbatches.test_batch_detail(made))
        return ok(batch_detail(find_batch(self.admitted, batch_id)))


def find_batch(admitted: Admitted, text: str) -> Batch:
    """The partner's own batch. NotFound for another's, an unknown or an odd id."""
    try:
        wanted = uuid.UUID(text)
    except ValueError:
        raise NotFound(GONE) from None
    found = Batch.objects.filter(partner_id=admitted.partner_id, pk=wanted).first()
    if found is None:
        raise NotFound(GONE)
    return found


def _statuses(found: Sequence[Batch]) -> dict[uuid.UUID, Counter[str]]:
    """How many items of each batch have which status, in one query."""
    counts: dict[uuid.UUID, Counter[str]] = {batch.pk: Counter() for batch in found}
    rows = Generation.objects.filter(batch__in=found).values_list("batch_id", "status")
    for batch_id, status, number in rows.annotate(number=Count("pk")).order_by():
        if batch_id is not None:
            counts[batch_id][status] = number
    return counts


def _price(admitted: Admitted, orders: Sequence[Order]) -> dict[str, Any]:
    """What the batch would cost, item by item, and from which buckets. Nothing is made."""
    if admitted.test:
        return testbatches.test_batch_price(orders)
    wishes = [quoting.Wish(order.operation, order.requested_mode, order.count) for order in orders]
    estimate = quoting.estimate(partner_id=admitted.partner_id, wishes=wishes)
    return {
        "dryRun": True,
        "total": len(orders),
        "pointsRequired": show(estimate.total),
        "balance": show(estimate.available),
        "sufficient": estimate.enough,
        "items": [
            {"index": index, "operation": order.operation, "pointsRequired": show(price)}
            for index, (order, price) in enumerate(zip(orders, estimate.prices, strict=True))
        ],
        "buckets": [
            {"bucketId": str(take.bucket_id), "tier": take.tier, "points": show(take.points)}
            for take in estimate.takes
        ],
    }


def _accepted(data: Mapping[str, Any]) -> HttpResponse:
    return ok(data, message="Accepted", status=202, headers={"Location": data["pollUrl"]})


def _replay(stored: idempotency.StoredAnswer, admitted: Admitted) -> HttpResponse:
    """The first answer again; rebuilt from the batch where its first process died before it."""
    if stored.body is not None:
        return idempotency.replay(stored)
    batch = find_batch(admitted, stored.resource.removeprefix(RESOURCE))
    return idempotency.mark_replayed(_accepted(accepted_batch(batch)))
