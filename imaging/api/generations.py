"""/partner/v1/generations: list, read, cancel, make again."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.api import pagination
from accounts.api.envelope import ok
from accounts.api.gate import Admitted
from accounts.api.view import ApiView
from accounts.errors import Conflict, InvalidRequest, NotFound
from imaging import jobs
from imaging.api import testmode
from imaging.api.answers import generation_detail, generation_row
from imaging.api.ordering import answer_order
from imaging.engines.base import OPERATIONS
from imaging.models import Generation, Review, Status
from imaging.regeneration import order_again

GONE = "Generation not found."
_OFFSET_AFTER_SPACE = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$", re.ASCII)


def find_generation(admitted: Admitted, text: str) -> Generation:
    """The partner's own live generation. NotFound for another's, an unknown or an odd id."""
    try:
        wanted = uuid.UUID(text)
    except ValueError:
        raise NotFound(GONE) from None
    found = (
        Generation.objects.filter(partner_id=admitted.partner_id, id=wanted)
        .select_related("partner")
        .prefetch_related("assets")
        .first()
    )
    if found is None or admitted.test:
        raise NotFound(GONE)
    return found


def find_test_generation(admitted: Admitted, text: str) -> testmode.TestGeneration:
    found = testmode.read_test_generation(text, partner_id=admitted.partner_id)
    if found is None:
        raise NotFound(GONE)
    return found


class Generations(ApiView):
    """GET /partner/v1/generations: newest first, a page at a time.

    Filters: `status`, `operation`, `batch`, `product`, `review`, `date` (a day in UTC),
    `createdAfter` (that moment included) and `createdBefore` (excluded).
    """

    key_kind = "image"
    scope = "images:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = pagination.read_page(request)
        rows = _filtered(self.admitted, request)
        if self.admitted.test:  # test generations are not stored
            rows = rows.none()
        found, cursor = pagination.take(rows, page)
        data = [generation_row(generation) for generation in found]
        return ok({"generations": data, "nextCursor": cursor})


def _filtered(admitted: Admitted, request: HttpRequest) -> QuerySet[Generation]:
    rows = Generation.objects.filter(partner_id=admitted.partner_id)
    rows = rows.select_related("partner").prefetch_related("assets")
    status, operation = request.GET.get("status"), request.GET.get("operation")
    if status:
        _must_be_one_of("status", status, Status.values)
        rows = rows.filter(status=status)
    if operation:
        _must_be_one_of("operation", operation, list(OPERATIONS))
        rows = rows.filter(operation=operation)
    rows = _of_batch_and_product(rows, request)
    if request.GET.get("date"):
        day = _day("date", request.GET["date"])
        rows = rows.filter(created_at__gte=day, created_at__lt=day + timedelta(days=1))
    for name, lookup in (("createdAfter", "created_at__gte"), ("createdBefore", "created_at__lt")):
        if request.GET.get(name):
            rows = rows.filter(**{lookup: _moment(name, request.GET[name])})
    return rows


def _of_batch_and_product(rows: QuerySet[Generation], request: HttpRequest) -> QuerySet[Generation]:
    """Filters `batch`, `product` and `review`. Ids of others, and odd ones, find nothing."""
    review = request.GET.get("review")
    if review:
        _must_be_one_of("review", review, [*Review.values, "open"])
        rows = rows.filter(review="" if review == "open" else review)
        if review == "open":
            rows = rows.filter(status=Status.SUCCEEDED)
    for name in ("batch", "product"):
        if text := request.GET.get(name):
            try:
                rows = rows.filter(**{f"{name}_id": uuid.UUID(text)})
            except ValueError:
                return rows.none()
    return rows


def _must_be_one_of(name: str, value: str, allowed: list[str]) -> None:
    if value not in allowed:
        raise InvalidRequest(f"Invalid {name}. Supported: {', '.join(allowed)}", param=name)


def _day(name: str, value: str) -> datetime:
    """The first moment of an ISO 8601 day in UTC."""
    try:
        day = date.fromisoformat(value)
        if day == date.max:  # it has no next one
            raise ValueError
    except ValueError:
        raise InvalidRequest(f"{name} must be an ISO 8601 date", param=name) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(name: str, value: str) -> datetime:
    """An ISO 8601 date or time, UTC where it names no zone. A `+` that the query string made a
    space is taken for what it was."""
    try:
        moment = datetime.fromisoformat(_OFFSET_AFTER_SPACE.sub(r"\1+\2", value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the second: the first hours of year 1, west of here
        raise InvalidRequest(f"{name} must be an ISO 8601 date or time", param=name) from None


class GenerationDetail(ApiView):
    """GET /partner/v1/generations/{id}: the generation, its recipe and its result."""

    key_kind = "image"
    scope = "images:read"

    def get(self, request: HttpRequest, generation_id: str) -> HttpResponse:
        if self.admitted.test:
            return ok(testmode.test_detail(find_test_generation(self.admitted, generation_id)))
        return ok(generation_detail(find_generation(self.admitted, generation_id)))


class CancelGeneration(ApiView):
    """POST /partner/v1/generations/{id}/cancel: free, queued or running.

    Its worker stops within a step. One that has ended is answered 409.
    """

    key_kind = "image"
    scope = "images:write"

    def post(self, request: HttpRequest, generation_id: str) -> HttpResponse:
        if self.admitted.test:
            find_test_generation(self.admitted, generation_id)
            raise Conflict("This generation has already ended: succeeded.")
        generation = find_generation(self.admitted, generation_id)
        if not jobs.cancel(generation.id):
            generation.refresh_from_db()
            raise Conflict(f"This generation has already ended: {generation.status}.")
        generation.refresh_from_db()
        return ok({"id": str(generation.id), "status": generation.status})


class RegenerateGeneration(ApiView):
    """POST /partner/v1/generations/{id}/regenerate: the stored recipe once more.

    Without a body the result is the same picture; `seed` in the body makes it another one.
    `metadata`, `dryRun` and `startWithin` work as they do in the first order.
    """

    key_kind = "image"
    scope = "images:write"

    def post(self, request: HttpRequest, generation_id: str) -> HttpResponse:
        if self.admitted.test:
            made = find_test_generation(self.admitted, generation_id)
            order = testmode.order_again(made, self.body(request, optional=True))
        else:
            generation = find_generation(self.admitted, generation_id)
            order = order_again(generation, self.body(request, optional=True))
        return answer_order(request, self.admitted, order)
