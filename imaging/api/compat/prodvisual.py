"""ProdVisual's API: /compat/prodvisual/v1.

Source: ProdVisual, "API Documentation" (v1.2.0).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.api import correlation
from accounts.api.envelope import json_response
from accounts.api.gate import presented_key
from accounts.api.idempotency import Ticket, in_progress
from accounts.errors import NotFound, ServiceError
from billing.errors import InsufficientPoints
from imaging import batches, submitting
from imaging.api import testbatches
from imaging.api.compat import ids
from imaging.api.compat import prodvisual_answers as answers
from imaging.api.compat import prodvisual_credits as purse
from imaging.api.compat.facts import KEPT_DAYS, Facts, of_row, of_test, to_the_second, with_estimate
from imaging.api.compat.prodvisual_orders import read_items, read_order, read_webhook_url
from imaging.api.compat.surface import CompatView, NoSuchPath
from imaging.api.ordering import wait_for_end
from imaging.api.placeholder import drawn
from imaging.batches import Asked
from imaging.engines import presets
from imaging.estimates import estimated_seconds
from imaging.models import Batch, Generation
from imaging.recipes import Order

_BATCH = "batch:"
GONE = "There is no generation or batch with this id"


class ProdVisualView(CompatView):
    """Errors are `{"error": {"code", "message", "status"}}`."""

    surface = answers.SURFACE
    retention_days = KEPT_DAYS

    def told(self, error: ServiceError) -> tuple[int, dict[str, Any]]:
        said = answers.why(error)
        if isinstance(error, InsufficientPoints):
            left = purse.remaining(self.partner)
            needs_more = " This request needs more." if left else ""
            said["message"] = (
                f"Your account has {left} credits remaining.{needs_more} "
                "Please purchase more credits to continue."
            )
        return said["status"], {"error": said}

    def secret_for(self, request: HttpRequest, *, told: bool) -> str:
        """The key that signs webhooks of this request, where it asks to be told."""
        return presented_key(request.META) if told else ""


class Generate(ProdVisualView):
    """POST /generate: one picture, waited for; with a `webhook_url` accepted at once."""

    def post(self, request: HttpRequest) -> HttpResponse:
        order = submitting.checked(read_order(self.body(request)), self.partner)

        def make(ticket: Ticket) -> HttpResponse:
            if self.admitted.test:
                return self._tried(order)
            if not order.webhook_url:
                patience = settings.IMAGE_WAIT_SECONDS
                made = self.submit(order, ticket, patience_seconds=patience)
                return self._made(wait_for_end(made.pk))
            secret = self.secret_for(request, told=True)
            return self._accepted(self.submit(order, ticket, webhook_secret=secret))

        return self.answer_once(request, make, self._again)

    def _tried(self, order: Order) -> HttpResponse:
        facts, left = self.made_for_test(order), purse.remaining(self.partner)
        if order.webhook_url:
            return json_response(answers.accepted_body(facts, held=0, remaining=left), status=202)
        body = answers.made_body(facts, remaining=left)
        size = len(drawn(order.operation, facts.width, facts.height))
        return json_response({**body, "file_size": size})

    def _made(self, generation: Generation) -> HttpResponse:
        facts = of_row(generation)
        if facts.error is not None:
            raise facts.error
        return json_response(answers.made_body(facts, remaining=purse.remaining(self.partner)))

    def _accepted(self, generation: Generation) -> HttpResponse:
        facts, left = with_estimate(generation), purse.remaining(self.partner)
        return json_response(answers.accepted_body(facts, held=1, remaining=left), status=202)

    def _again(self, resource: str) -> HttpResponse:
        generation = self.row(resource)
        if generation.webhook_url:
            return self._accepted(generation)
        if not generation.ended:
            raise in_progress()
        return self._made(generation)


class GenerateBatch(ProdVisualView):
    """POST /generate/batch: up to fifty pictures, all accepted or none."""

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        orders = [submitting.checked(order, self.partner) for order in read_items(body)]
        address = read_webhook_url(body)

        def make(ticket: Ticket) -> HttpResponse:
            if self.admitted.test:
                return self._tried(orders)
            told = bool(address) or any(order.webhook_url for order in orders)
            asked = Asked(
                partner=self.partner,
                api_key_id=self.admitted.key_id,
                monthly_cap=self.admitted.monthly_cap,
                surface=self.surface,
                webhook_url=address,
                webhook_secret=self.secret_for(request, told=told),
                retention_days=self.retention_days,
                correlation_id=correlation.current_id(),
            )
            return self._accepted(batches.submit(asked, orders, ticket=ticket))

        return self.answer_once(
            request, make, lambda resource: self._accepted(self.batch(resource))
        )

    def _tried(self, orders: Sequence[Order]) -> HttpResponse:
        made = testbatches.test_batch(
            [self.marked(order) for order in orders],
            {"surface": self.surface},
            partner_id=self.admitted.partner_id,
            now_ms=int(time.time() * 1000),
        )
        return self._answer(made.id, total=len(orders), held=0, seconds=1)

    def _accepted(self, batch: Batch) -> HttpResponse:
        last = Generation.objects.filter(batch=batch).order_by("-position")[0]
        seconds = estimated_seconds(last)
        return self._answer(batch.pk, total=batch.total, held=batch.total, seconds=seconds)

    def _answer(self, batch_id: Any, **figures: int) -> HttpResponse:
        left = purse.remaining(self.partner)
        body = answers.batch_accepted_body(batch_id, remaining=left, **figures)
        return json_response(body, status=202)

    def batch(self, resource: str) -> Batch:
        return Batch.objects.get(partner=self.partner, pk=resource.removeprefix(_BATCH))


class GenerationStatus(ProdVisualView):
    """GET /generations/{id}: a generation, or a batch with its results."""

    def get(self, request: HttpRequest, prodvisual_id: str) -> HttpResponse:
        if prodvisual_id.startswith(ids.BATCH):
            return json_response(self._batch(prodvisual_id))
        return json_response(answers.status_body(self.facts(ids.GENERATION, prodvisual_id)))

    def _batch(self, text: str) -> dict[str, Any]:
        if self.admitted.test:
            return self._test_batch(text)
        wanted = ids.read(ids.BATCH, text)
        mine = Batch.objects.filter(partner_id=self.admitted.partner_id, surface=self.surface)
        batch = mine.filter(pk=wanted).first() if wanted else None
        if batch is None:
            raise NotFound(GONE)
        return answers.batch_body(batch.pk, answers.items_of(batch), created_at=batch.created_at)

    def _test_batch(self, text: str) -> dict[str, Any]:
        partner_id = self.admitted.partner_id
        made = ids.read_test_batch(text, surface=self.surface, partner_id=partner_id)
        if made is None:
            raise NotFound(GONE)
        items: list[Facts] = [of_test(item) for item in made.items]
        created = datetime.fromtimestamp(made.created_ms / 1000, UTC)
        return answers.batch_body(made.id, items, created_at=created)


class Styles(ProdVisualView):
    """GET /styles: every style. No key needed."""

    authenticated = False

    def get(self, request: HttpRequest) -> HttpResponse:
        styles = [
            {"id": style.name, "name": style.label, "description": style.description}
            for style in presets.styles().values()
        ]
        return json_response({"styles": styles, "total": len(styles)})


class AccountCredits(ProdVisualView):
    """GET /account/credits: what is left, and what was used."""

    scopes_by_method = {"GET": "usage:read", "HEAD": "usage:read"}

    def get(self, request: HttpRequest) -> HttpResponse:
        account = purse.credits_of(self.partner, surface=self.surface)
        bought_at = account.bought_at
        return json_response(
            {
                "credits_remaining": account.remaining,
                "credits_used_total": account.used_total,
                "credits_used_today": account.used_today,
                "last_purchase": bought_at
                and {"amount": account.bought, "date": to_the_second(bought_at)},
            }
        )


class UnknownPath(NoSuchPath, ProdVisualView):
    """Any other path of this surface."""
