"""What the compatible surfaces share: one order, one refusal, each told in its own dialect."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.api import correlation, idempotency
from accounts.api.envelope import json_response
from accounts.api.view import ApiView
from accounts.errors import NotFound, ServiceError
from imaging import submitting
from imaging.api import testmode
from imaging.api.compat import ids
from imaging.api.compat.facts import Facts, of_test, with_estimate
from imaging.api.ordering import answered_before, passes
from imaging.models import Generation
from imaging.recipes import Order

# What the vendors have a status of their own for, by our code; the rest by our status.
_STATUS_OF_CODE: Mapping[str, int] = {
    "image_too_large": 413,
    "unsupported_image": 422,
    "download_failed": 422,
    "invalid_input": 422,
    "content_blocked": 400,
    "idempotency_key_reused": 400,
}
_STATUS: Mapping[int, int] = {415: 400}


def documented(error: ServiceError, codes: Mapping[int, str]) -> tuple[int, str]:
    """The status that the vendors document for a refusal of ours, and a vendor's code for it;
    ours where it documents none."""
    by_status = _STATUS.get(error.status_code, error.status_code)
    status = _STATUS_OF_CODE.get(error.code, by_status)
    return status, codes.get(status, error.code)


class CompatView(ApiView):
    """A view that speaks a vendor's dialect.

    `surface` marks its jobs: one surface does not show what came through another.
    `retention_days` is how long pictures live (None: as the partner has it).
    """

    key_kind = "image"
    scope = "images:write"
    scopes_by_method = {"GET": "images:read", "HEAD": "images:read"}

    surface: ClassVar[str]
    retention_days: ClassVar[int | None] = None

    # --- Refusals --------------------------------------------------------------------------------

    @abstractmethod
    def told(self, error: ServiceError) -> tuple[int, dict[str, Any]]:
        """Status and body of a refusal, as the vendor documents them."""

    def error_response(self, error: ServiceError) -> HttpResponse:
        status, body = self.told(error)
        return json_response(body, status=status, headers=error.headers)

    # --- Orders ----------------------------------------------------------------------------------

    def answer_once(
        self,
        request: HttpRequest,
        make: Callable[[idempotency.Ticket], HttpResponse],
        rebuild: Callable[[str], HttpResponse],
    ) -> HttpResponse:
        """What `make` answers; for a known Idempotency-Key what it answered the first time.

        `rebuild` makes the answer again from the resource that `make` attached, where the first
        process died before it could answer.
        """
        key = request.headers.get("Idempotency-Key")
        ticket = idempotency.open_ticket(
            partner_id=self.admitted.partner_id,
            environment=self.admitted.environment,
            key=key,
            fingerprint="" if key is None else idempotency.fingerprint(request),
        )
        if isinstance(ticket, idempotency.StoredAnswer):
            return _replayed(ticket, rebuild)
        try:
            response = make(ticket)
        except ServiceError as error:
            refused = self.error_response(error)
            if passes(error) or error.status_code >= 500:
                ticket.discard()
            else:
                ticket.store(refused.status_code, refused.content)
            raise
        except Exception:
            ticket.give_up()
            raise
        ticket.store(response.status_code, response.content)
        return response

    def answered_before(
        self, request: HttpRequest, rebuild: Callable[[str], HttpResponse]
    ) -> HttpResponse | None:
        """The first answer again, where there is one: asked before a product is looked up that
        may be gone by now."""
        known = answered_before(request, self.admitted)
        return _replayed(known, rebuild) if known else None

    def submit(
        self,
        order: Order,
        ticket: idempotency.Ticket,
        *,
        patience_seconds: int | None = None,
        webhook_secret: str = "",
    ) -> Generation:
        """Store the job of a checked order. Raises what `submitting.submit` raises."""
        return submitting.submit(
            order,
            partner=self.partner,
            api_key_id=self.admitted.key_id,
            monthly_cap=self.admitted.monthly_cap,
            surface=self.surface,
            patience_seconds=patience_seconds,
            webhook_secret=webhook_secret,
            retention_days=self.retention_days,
            correlation_id=correlation.current_id(),
            ticket=ticket,
        )

    def marked(self, order: Order) -> Order:
        """The order of a test key, with what its answer must say and no row can hold."""
        recipe = order.recipe
        marks = {"surface": self.surface, "style": recipe.style, "platform": recipe.platform}
        return replace(order, metadata={name: mark for name, mark in marks.items() if mark})

    def made_for_test(self, order: Order) -> Facts:
        """What a test key gets: nothing is stored, made or charged."""
        partner_id, now_ms = self.admitted.partner_id, int(time.time() * 1000)
        return of_test(
            testmode.test_generation(self.marked(order), partner_id=partner_id, now_ms=now_ms)
        )

    # --- What was made ---------------------------------------------------------------------------

    def rows(self) -> QuerySet[Generation]:
        """The partner's jobs that came through this surface; none for a test key."""
        rows = Generation.objects.filter(partner_id=self.admitted.partner_id, surface=self.surface)
        rows = rows.select_related("partner", "product").prefetch_related("assets")
        return rows.none() if self.admitted.test else rows

    def row(self, wanted: UUID | str | None) -> Generation:
        """One of them. Raises NotFound."""
        found = self.rows().filter(pk=wanted).first() if wanted else None
        if found is None:
            raise NotFound("There is no generation with this id")
        return found

    def facts(self, prefix: str, text: str) -> Facts:
        """The generation with this id, live or a test key's. Raises NotFound."""
        if self.admitted.test:
            partner_id = self.admitted.partner_id
            made = ids.read_test(prefix, text, surface=self.surface, partner_id=partner_id)
            if made is None:
                raise NotFound("There is no generation with this id")
            return of_test(made)
        return with_estimate(self.row(ids.read(prefix, text)))


def _replayed(
    known: idempotency.StoredAnswer, rebuild: Callable[[str], HttpResponse]
) -> HttpResponse:
    if known.body is not None:
        return idempotency.replay(known)
    return idempotency.mark_replayed(rebuild(known.resource))


class NoSuchPath(CompatView):
    """Below a surface's own paths: what is not there is told in its dialect."""

    authenticated = False

    def _handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        raise NotFound("There is no such endpoint")
