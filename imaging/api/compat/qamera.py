"""Qamera's API: /compat/qamera/api/external/packshots.

Source: Qamera, "Packshots".
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.api import correlation, pagination
from accounts.api.envelope import error_body, iso, json_response
from accounts.api.idempotency import Ticket
from accounts.errors import InvalidRequest, NotFound, ServiceError
from billing.amounts import show
from imaging import batches, reviews, submitting
from imaging.api import testmode
from imaging.api.compat import ids
from imaging.api.compat.facts import of_row
from imaging.api.compat.qamera_orders import read_change, read_series
from imaging.api.compat.surface import CompatView, NoSuchPath, documented
from imaging.batches import Asked
from imaging.models import Batch, Generation, Review, Status
from imaging.recipes import Order

SURFACE = "qamera"

STATUS_FILTERS = ("all", "approved")
MOST_LISTED = 1000
GONE = "Packshot not found"

_STATUSES = {Status.QUEUED: "PENDING", Status.RUNNING: "PROCESSING", Status.SUCCEEDED: "DONE"}
_VOTES = {Review.APPROVED: "APPROVED", Review.REJECTED: "REJECTED"}
_PUT_AWAY = (Review.REJECTED, Review.ARCHIVED)
_BATCH = "batch:"


class QameraView(CompatView):
    """Errors have our own shape: the document gives none."""

    surface = SURFACE

    def told(self, error: ServiceError) -> tuple[int, dict[str, Any]]:
        return documented(error, {})[0], error_body(error)


class Packshots(QameraView):
    """GET: packshots, newest first; `statusFilter=approved` leaves only those."""

    def get(self, request: HttpRequest) -> HttpResponse:
        page = pagination.read_page(request, default=MOST_LISTED, most=MOST_LISTED)
        wanted = request.GET.get("statusFilter", "all")
        if wanted not in STATUS_FILTERS:
            known = ", ".join(STATUS_FILTERS)
            raise InvalidRequest(f"statusFilter must be one of {known}", param="statusFilter")
        rows = self.rows()
        if wanted == "approved":
            rows = rows.filter(vote=Review.APPROVED)
        found, cursor = pagination.take(rows, page)
        shown = [packshot_body(row) for row in found]
        return json_response({"packshots": shown, "count": len(shown), "nextCursor": cursor})


class RegisterIdeas(QameraView):
    """POST: a series of packshots of one product; points are held for each of them at once."""

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        if known := self.answered_before(request, self._again):
            return known
        orders = read_series(body, self.partner)
        # What differs between them is ours: one look at the words is enough.
        submitting.checked(orders[0], self.partner)

        def make(ticket: Ticket) -> HttpResponse:
            if self.admitted.test:
                return self._tried(orders)
            asked = Asked(
                partner=self.partner,
                api_key_id=self.admitted.key_id,
                monthly_cap=self.admitted.monthly_cap,
                surface=self.surface,
                correlation_id=correlation.current_id(),
            )
            return _registered(batches.submit(asked, orders, ticket=ticket))

        return self.answer_once(request, make, self._again)

    def _tried(self, orders: Sequence[Order]) -> HttpResponse:
        partner_id, now_ms = self.admitted.partner_id, int(time.time() * 1000)
        made = [
            testmode.test_generation(self.marked(order), partner_id=partner_id, now_ms=now_ms)
            for order in orders
        ]
        return _answer(uuid.uuid4(), [one.id for one in made], held=0)

    def _again(self, resource: str) -> HttpResponse:
        mine = Batch.objects.filter(partner=self.partner, surface=self.surface)
        return _registered(mine.get(pk=resource.removeprefix(_BATCH)))


class UpdatePackshot(QameraView):
    """POST: a packshot is approved, rejected or archived. Rejecting archives as well."""

    def post(self, request: HttpRequest) -> HttpResponse:
        change = read_change(self.body(request))
        if self.admitted.test:  # checked and answered, and kept nowhere
            partner_id = self.admitted.partner_id
            if not ids.read_test(
                ids.PACKSHOT, change.record_id, surface=SURFACE, partner_id=partner_id
            ):
                raise NotFound(GONE)
            return json_response({"success": True})
        packshot = self._packshot(change.record_id)
        if change.decisions and packshot.status != Status.SUCCEEDED:
            raise InvalidRequest(f"This packshot has no picture: it is {packshot.status}.")
        note = packshot.review_note if change.note is None else change.note
        with transaction.atomic():
            for decision in change.decisions:
                reviews.review(packshot, decision, note, **self.acting)
            if change.note is not None and not change.decisions:
                reviews.write_note(packshot, note, **self.acting)
        return json_response({"success": True})

    def _packshot(self, record_id: str) -> Generation:
        try:
            return self.row(ids.read(ids.PACKSHOT, record_id))
        except NotFound:
            raise NotFound(GONE) from None


class UnknownPath(NoSuchPath, QameraView):
    """Any other path of this surface."""


# --- Out -----------------------------------------------------------------------------------------


def packshot_body(row: Generation) -> dict[str, Any]:
    """A packshot in the list: the documented fields, and ours behind them."""
    facts = of_row(row)
    state = "ARCHIVE" if row.review in _PUT_AWAY else _STATUSES.get(Status(row.status), "FAILED")
    return {
        "id": ids.written(ids.PACKSHOT, row.pk),
        "name": f"{row.product} Packshot" if row.product else "Packshot",
        "thumbnail": facts.thumbnail_url,
        "status": state,
        "voting": _VOTES.get(Review(row.vote)) if row.vote else None,
        "createdAt": iso(row.created_at),
        "imageUrl": facts.image_url,
        "batchId": ids.written(ids.BATCH, row.batch_id) if row.batch_id else None,
        "verificationResult": row.review_note,
        "error": facts.error.message if facts.error else None,
    }


def _registered(batch: Batch) -> HttpResponse:
    items = list(_items(batch))
    held = sum((item.points_held for item in items), Decimal(0))
    return _answer(batch.pk, [item.pk for item in items], held=show(held))


def _items(batch: Batch) -> QuerySet[Generation]:
    return Generation.objects.filter(batch=batch).only("points_held").order_by("position")


def _answer(batch_id: uuid.UUID, records: Sequence[uuid.UUID | str], *, held: Any) -> HttpResponse:
    """Batch, order and reservation are one thing here, under the names that the document has."""
    return json_response(
        {
            "createdRecordIds": [ids.written(ids.PACKSHOT, record) for record in records],
            "batchId": ids.written(ids.BATCH, batch_id),
            "orderId": ids.written(ids.ORDER, batch_id),
            "reservationId": ids.written(ids.RESERVATION, batch_id),
            "creditsReserved": held,
        }
    )
