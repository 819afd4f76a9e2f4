"""Stripe's webhook: each event is worked on once, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import purchases, stripe_api
from billing.models import StripeEvent

log = structlog.get_logger("softbox.stripe")

Subject = Mapping[str, Any]


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """POST /stripe/webhook. 400 for a wrong signature; an error of ours is a 500, which Stripe
    answers by sending the event again."""
    try:
        event = stripe_api.read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except stripe_api.BadSignature:
        return HttpResponse("bad signature", status=400, content_type="text/plain")
    known, _ = StripeEvent.objects.get_or_create(
        id=event.id,
        defaults={"type": event.type, "subject": str(event.object.get("id", ""))[:255]},
    )
    if known.done_at is None:
        handle(event)
        StripeEvent.objects.filter(pk=event.id).update(done_at=timezone.now())
    return HttpResponse("ok", content_type="text/plain")


def handle(event: stripe_api.Event) -> None:
    """Look at what the event is about. Handling one twice changes nothing more."""
    handler = _HANDLERS.get(event.type)
    if handler is not None:
        handler(event.object)
        log.info("stripe event", type=event.type, id=event.id)


def _session(subject: Subject) -> None:
    purchases.fulfil_session(subject["id"])


def _session_failed(subject: Subject) -> None:
    purchases.failed(_purchase(subject), "The payment failed.")


def _payment(subject: Subject) -> None:
    if _purchase(subject):
        purchases.fulfil_payment(subject["id"])


def _refund(subject: Subject) -> None:
    purchases.refunded(
        _purchase(subject), _text(subject, "payment_intent"), int(subject.get("amount_refunded", 0))
    )


def _dispute(subject: Subject) -> None:
    purchases.look_at_dispute(subject)


def _purchase(subject: Subject) -> str:
    return str((subject.get("metadata") or {}).get("purchase", ""))


def _text(subject: Subject, name: str) -> str:
    value = subject.get(name)
    return str(value.get("id", "")) if isinstance(value, Mapping) else str(value or "")


_HANDLERS: Mapping[str, Callable[[Subject], None]] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session_failed,
    "checkout.session.expired": _session,
    "payment_intent.succeeded": _payment,
    "charge.refunded": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.closed": _dispute,
}
