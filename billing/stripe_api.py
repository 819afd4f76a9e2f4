"""The one door to Stripe: checkout sessions, saved payment methods, and signed events.

Nothing else imports the library. What comes back is our own small records, so the rest of the
house does not depend on the library's objects. Amounts are in the currency's smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

from accounts.errors import Unavailable


class StripeRefused(Exception):
    """Stripe said no: a declined card, a session that is not there. The reason is safe to show."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class BadSignature(Exception):
    """An event that Stripe did not sign, or signed too long ago."""


@dataclass(frozen=True, slots=True)
class Session:
    """A checkout: where it is paid, and how far that got."""

    id: str
    url: str
    paid: bool
    expired: bool
    amount: int
    currency: str
    payment_id: str
    customer_id: str
    purchase: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment intent, with the receipt of its charge. `method_id` is empty where the payer did
    not have the method kept: it may not, and cannot, be charged again."""

    id: str
    succeeded: bool
    amount: int
    currency: str
    customer_id: str
    method_id: str
    receipt_url: str
    purchase: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payer's bank that asks for its money back. `won`: it was ours after all."""

    id: str
    won: bool
    payment_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event of Stripe's: its kind and the object it is about, as plain JSON."""

    id: str
    type: str
    object: dict[str, Any]


def enabled() -> bool:
    """Whether points can be bought here."""
    return bool(settings.STRIPE_SECRET_KEY)


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    addresses: Any = {"api": base} if base else {}
    return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=2)


def client() -> stripe.StripeClient:
    if not enabled():
        raise Unavailable("Buying points is not set up on this server.")
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


def create_session(
    *,
    purchase: str,
    partner: str,
    title: str,
    amount: int,
    currency: str,
    email: str,
    customer_id: str,
    save_method: bool,
    success_url: str,
    cancel_url: str,
) -> Session:
    """A page to pay on. The purchase's id is the idempotency key: asked twice, there is one."""
    facts: dict[str, Any] = {
        "mode": "payment",
        "success_url": success_url,
        "cancel_url": cancel_url,
        "client_reference_id": partner,
        "metadata": {"purchase": purchase},
        "payment_intent_data": {
            "metadata": {"purchase": purchase},
            **({"setup_future_usage": "off_session"} if save_method else {}),
        },
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": amount,
                    "product_data": {"name": title},
                },
            }
        ],
    }
    if customer_id:
        facts["customer"] = customer_id
    else:
        facts |= {"customer_creation": "always", "customer_email": email}
    return _session(_asked(lambda c: c.v1.checkout.sessions.create(facts, _once(purchase))))


def read_session(session_id: str) -> Session:
    """The checkout as Stripe knows it now. Raises StripeRefused for an unknown one."""
    return _session(_asked(lambda c: c.v1.checkout.sessions.retrieve(session_id)))


def read_payment(payment_id: str) -> Payment:
    """A payment with its charge, for the receipt and the saved method."""
    return _payment(
        _asked(lambda c: c.v1.payment_intents.retrieve(payment_id, {"expand": ["latest_charge"]}))
    )


def read_dispute(told: Mapping[str, Any]) -> Dispute:
    """The dispute of an event as it stands now; as it was told where the key may not read it."""
    try:
        found = _asked(lambda c: c.v1.disputes.retrieve(told["id"])).to_dict()
    except StripeRefused:
        found = told
    payment = found.get("payment_intent")
    return Dispute(
        id=found["id"],
        won=found.get("status") in ("won", "warning_closed"),
        payment_id=str(payment["id"] if isinstance(payment, Mapping) else payment or ""),
    )


def charge_saved(
    *, purchase: str, amount: int, currency: str, customer_id: str, method_id: str, title: str
) -> Payment:
    """Charge a saved method while nobody is looking. Raises StripeRefused when it is declined."""
    facts: dict[str, Any] = {
        "amount": amount,
        "currency": currency.lower(),
        "customer": customer_id,
        "payment_method": method_id,
        "off_session": True,
        "confirm": True,
        "description": title,
        "metadata": {"purchase": purchase},
        "expand": ["latest_charge"],
    }
    return _payment(_asked(lambda c: c.v1.payment_intents.create(facts, _once(purchase))))


def read_event(body: bytes, signature: str) -> Event:
    """An event, once its signature holds. Raises BadSignature."""
    try:
        event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
    except (ValueError, stripe.SignatureVerificationError):
        raise BadSignature from None
    return Event(event.id, event.type, event.data.object.to_dict())


def _once(purchase: str) -> Any:
    return {"idempotency_key": f"purchase-{purchase}"}


def _asked(question: Any) -> Any:
    """What Stripe answers. Its own words reach nobody but for a declined card's reason."""
    try:
        return question(client())
    except stripe.CardError as error:
        raise StripeRefused(error.user_message or "The card was declined.") from None
    except (stripe.InvalidRequestError, stripe.PermissionError):
        raise StripeRefused("Stripe does not know this payment.") from None
    except stripe.StripeError:
        raise Unavailable("The payment service does not answer. Please try again.") from None


def _session(found: Any) -> Session:
    return Session(
        id=found.id,
        url=found.url or "",
        paid=found.payment_status == "paid",
        expired=found.status == "expired",
        amount=found.amount_total or 0,
        currency=(found.currency or "").upper(),
        payment_id=_id_of(found.payment_intent),
        customer_id=_id_of(getattr(found, "customer", None)),
        purchase=_metadata(found),
    )


def _payment(found: Any) -> Payment:
    charge = getattr(found, "latest_charge", None)
    return Payment(
        id=found.id,
        succeeded=found.status == "succeeded",
        amount=found.amount,
        currency=found.currency.upper(),
        customer_id=_id_of(getattr(found, "customer", None)),
        method_id=_id_of(found.payment_method) if _is_kept(found) else "",
        receipt_url=getattr(charge, "receipt_url", "") or "",
        purchase=_metadata(found),
    )


def _is_kept(payment: Any) -> bool:
    return getattr(payment, "setup_future_usage", None) == "off_session"


def _id_of(value: Any) -> str:
    """An id, whether Stripe sent the id or the whole object."""
    return value if isinstance(value, str) else str(getattr(value, "id", "") or "")


def _metadata(found: Any) -> str:
    return str(getattr(getattr(found, "metadata", None), "purchase", "") or "")
