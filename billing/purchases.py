"""Buying points: an order, a payment, one grant; refunds and disputes take unused points back.

Stripe may tell the same thing twice, late, or in another order than it happened. So nothing here
believes an event: it says what to look at, Stripe's present answer says how it is, and the
purchase's row, locked, says what we have done about it.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts import audit
from accounts.errors import InvalidRequest, NotFound
from accounts.models import Partner
from billing import points, stripe_api
from billing.amounts import show
from billing.models import BalanceWatch, Entry, Package, Purchase

logger = logging.getLogger(__name__)

_QUARTER = Decimal("0.25")


def packages() -> list[Package]:
    """What is on sale, the smallest first."""
    return list(Package.objects.order_by("points"))


def order(
    *, partner: Partner, package_code: str, buyer: str, way: str = Purchase.Way.CHECKOUT
) -> Purchase:
    """An open purchase of a package at its present price. Raises InvalidRequest."""
    package = Package.objects.filter(code=package_code).first()
    if package is None:
        raise InvalidRequest("There is no such package.", param="package")
    return Purchase.objects.create(
        partner=partner,
        way=way,
        package_code=package.code,
        tier=package.tier,
        points=package.points,
        amount=package.amount,
        currency=package.currency,
        buyer=buyer,
    )


def title_of(purchase: Purchase) -> str:
    return f"{show(purchase.points)} {settings.BRAND_NAME} points ({purchase.tier})"


def start_checkout(
    *,
    partner: Partner,
    package_code: str,
    buyer: str,
    success_url: str,
    cancel_url: str,
    save_method: bool = False,
) -> str:
    """Order a package; returns the address of Stripe's page to pay on.

    Raises InvalidRequest for an unknown package, Unavailable without Stripe.
    """
    stripe_api.client()  # refuse before anything is written
    purchase = order(partner=partner, package_code=package_code, buyer=buyer)
    watch = BalanceWatch.objects.filter(partner=partner).first()
    session = stripe_api.create_session(
        purchase=str(purchase.pk),
        partner=str(partner.pk),
        title=title_of(purchase),
        amount=purchase.amount,
        currency=purchase.currency,
        email=buyer,
        customer_id=watch.customer_id if watch else "",
        save_method=save_method,
        success_url=success_url,
        cancel_url=cancel_url,
    )
    Purchase.objects.filter(pk=purchase.pk).update(session_id=session.id)
    return session.url


# --- Paid ----------------------------------------------------------------------------------------


def fulfil_session(session_id: str) -> Purchase | None:
    """Grant what a paid checkout bought, once. Called by the event and by the page after paying.

    None where the session is no purchase of ours. Raises StripeRefused, Unavailable.
    """
    session = stripe_api.read_session(session_id)
    purchase = _named(session.purchase)
    if purchase is None:
        return None
    if not session.paid:
        if session.expired:
            _close(purchase, Purchase.Status.EXPIRED, "Nobody paid in time.")
        return purchase
    _same_money(purchase, session.amount, session.currency)
    payment = stripe_api.read_payment(session.payment_id) if session.payment_id else None
    return _paid(purchase, session.payment_id, payment)


def fulfil_payment(payment_id: str) -> Purchase | None:
    """The same for an automatic top-up, which has no checkout."""
    payment = stripe_api.read_payment(payment_id)
    purchase = _named(payment.purchase)
    if purchase is None or not payment.succeeded:
        return purchase
    _same_money(purchase, payment.amount, payment.currency)
    return _paid(purchase, payment.id, payment)


def _named(purchase_id: str) -> Purchase | None:
    try:
        return Purchase.objects.select_related("partner").get(pk=uuid.UUID(purchase_id))
    except (ValueError, Purchase.DoesNotExist):
        return None


def _same_money(purchase: Purchase, amount: int, currency: str) -> None:
    if (amount, currency) != (purchase.amount, purchase.currency.upper()):
        logger.critical("purchase %s was paid with another amount than ordered", purchase.pk)
        raise ValueError("the payment does not fit the purchase")


@transaction.atomic
def _paid(purchase: Purchase, payment_id: str, payment: stripe_api.Payment | None) -> Purchase:
    locked = Purchase.objects.select_for_update().select_related("partner").get(pk=purchase.pk)
    if locked.status == Purchase.Status.PAID:
        return locked
    locked.bucket = points.grant(
        partner=locked.partner,
        tier=locked.tier,
        points=locked.points,
        reason=f"Purchase {locked.pk}",
        package_code=locked.package_code,
        actor=locked.buyer or audit.SYSTEM,
    )
    locked.status, locked.paid_at, locked.failure = Purchase.Status.PAID, timezone.now(), ""
    locked.payment_id = payment_id
    locked.receipt_url = payment.receipt_url if payment else ""
    locked.save()
    if payment is not None and payment.customer_id:
        _remember(locked.partner, payment)
    _take_back(locked)  # a refund may have been told before the payment
    return locked


def _remember(partner: Partner, payment: stripe_api.Payment) -> None:
    """Who pays, for the next checkout; and with what, for automatic top-ups, where that is kept."""
    method = {"payment_method_id": payment.method_id} if payment.method_id else {}
    BalanceWatch.objects.update_or_create(
        partner=partner, defaults={"customer_id": payment.customer_id, **method}
    )


@transaction.atomic
def _close(purchase: Purchase, status: Purchase.Status, reason: str) -> None:
    """End a purchase that was not paid. One that was stays so."""
    Purchase.objects.filter(pk=purchase.pk, status=Purchase.Status.OPEN).update(
        status=status, failure=reason[:200]
    )


# --- Given back ----------------------------------------------------------------------------------


@transaction.atomic
def refunded(purchase_id: str, payment_id: str, amount: int) -> None:
    """`amount` of the payment in all has been given back: take the unused points of that share."""
    purchase = _locked(purchase_id, payment_id)
    if purchase is None:
        return
    purchase.refunded = max(purchase.refunded, min(amount, purchase.amount))
    purchase.save(update_fields=["refunded"])
    _take_back(purchase)


def look_at_dispute(told: Mapping[str, Any]) -> None:
    """The payer's bank takes the money back (or, won, returns it): so do we with unused points.

    `told` is the dispute as an event has it. Its own metadata is not its payment's, so a purchase
    whose payment is not known yet is the one that the payment names. Raises Unavailable.
    """
    dispute = stripe_api.read_dispute(told)
    known = Purchase.objects.filter(payment_id=dispute.payment_id).exists()
    named = ""
    if dispute.payment_id and not known:
        with contextlib.suppress(stripe_api.StripeRefused):
            named = stripe_api.read_payment(dispute.payment_id).purchase
    _disputed(named, dispute.payment_id, lost_or_open=not dispute.won)


@transaction.atomic
def _disputed(purchase_id: str, payment_id: str, *, lost_or_open: bool) -> None:
    purchase = _locked(purchase_id, payment_id)
    if purchase is None or purchase.disputed == lost_or_open:
        return
    purchase.disputed = lost_or_open
    purchase.save(update_fields=["disputed"])
    _take_back(purchase)
    if not lost_or_open:
        _give_again(purchase)


def _locked(purchase_id: str, payment_id: str) -> Purchase | None:
    """The purchase a charge belongs to, by its metadata or by its payment."""
    rows = Purchase.objects.select_for_update(of=("self",)).select_related("partner", "bucket")
    named = _named(purchase_id)
    if named is not None:
        return rows.get(pk=named.pk)
    return rows.filter(payment_id=payment_id).first() if payment_id else None


def _due_back(purchase: Purchase) -> Decimal:
    """Points of the share that was given back, to the next quarter."""
    if purchase.disputed:
        return Decimal(purchase.points)
    share = purchase.points * purchase.refunded / purchase.amount
    return (share / _QUARTER).to_integral_value(ROUND_UP) * _QUARTER


def _take_back(purchase: Purchase, *, most: Decimal | None = None) -> None:
    """Take what is due and unused, at most `most` points."""
    due = _due_back(purchase) - purchase.taken_back
    due = due if most is None else min(due, most)
    if purchase.bucket is None or due <= 0:
        return
    reason = "Disputed payment" if purchase.disputed else "Refunded payment"
    taken = points.take_back(bucket=purchase.bucket, points=due, reason=reason)
    purchase.taken_back += taken
    purchase.save(update_fields=["taken_back"])
    _recorded("purchase.taken_back", purchase, points=show(taken))


def take_back_what_returned() -> int:
    """Points that jobs held when their payment was given back, and that are unused after all: they
    are taken like the others. The minute's schedule calls it; returns from how many purchases."""
    given_back = Purchase.objects.filter(
        Q(refunded__gt=0) | Q(disputed=True), bucket__remaining__gt=0
    )
    ids = list(given_back.values_list("pk", flat=True))
    return sum(_take_returned(purchase_id) for purchase_id in ids)


@transaction.atomic
def _take_returned(purchase_id: uuid.UUID) -> bool:
    rows = Purchase.objects.select_for_update(of=("self",)).select_related("partner", "bucket")
    purchase = rows.get(pk=purchase_id)
    entries = Entry.objects.filter(bucket=purchase.bucket)
    last = entries.filter(kind=Entry.Kind.REFUND).order_by("-id").values_list("id").first()
    since = entries.filter(kind=Entry.Kind.RELEASE, id__gt=last[0] if last else 0)
    returned = since.aggregate(total=Sum("points"))["total"] or Decimal(0)
    before = purchase.taken_back
    _take_back(purchase, most=returned)
    return purchase.taken_back > before


def _give_again(purchase: Purchase) -> None:
    """A dispute was won: what was taken for it, but for what was refunded, comes back."""
    back = purchase.taken_back - _due_back(purchase)
    if purchase.bucket is None or back <= 0:
        return
    given = points.give_again(bucket=purchase.bucket, points=back, reason="Dispute won")
    purchase.taken_back -= back
    purchase.save(update_fields=["taken_back"])
    by_hand = {"wereThere": show(back - given)} if given < back else {}  # staff put them back
    _recorded("purchase.given_again", purchase, points=show(given), **by_hand)


def failed(purchase_id: str, reason: str) -> None:
    """A payment that came to nothing."""
    purchase = _named(purchase_id)
    if purchase is not None:
        _close(purchase, Purchase.Status.FAILED, reason)
        _recorded("purchase.failed", purchase)


def _recorded(action: str, purchase: Purchase, **facts: Any) -> None:
    audit.record(
        action=action, target=str(purchase.pk), partner=purchase.partner, facts=facts or None
    )


def find(partner: Partner, session_id: str) -> Purchase:
    """The partner's purchase of a checkout. Raises NotFound."""
    known = "\0" not in session_id  # no database may be asked for it
    found = partner.purchases.filter(session_id=session_id).first() if known else None
    if found is None:
        raise NotFound("There is no such purchase.")
    return found
