"""Points bought through Stripe: granted once however often it is told, taken back when unused."""

from __future__ import annotations

import itertools
import threading
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from accounts.errors import InvalidRequest, Unavailable
from accounts.models import AuditEvent
from billing import points, purchases
from billing.amounts import show
from billing.models import Bucket, Purchase, StripeEvent
from tests.billing.spending import balance, spend
from tests.billing.stripe_double import StripeDouble

pytestmark = pytest.mark.django_db


def send(told: tuple[str, str]) -> int:
    body, signature = told
    answer = Client().post(
        "/stripe/webhook",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
    )
    return answer.status_code


# --- Buying ---------------------------------------------------------------------------------------


def test_a_paid_checkout_grants_its_points_once(buy, stripe, partner):
    purchase = buy()
    asked = stripe.sessions[purchase.session_id]["asked"]
    assert asked["line_items[0][price_data][unit_amount]"] == "500000"
    assert asked["line_items[0][price_data][currency]"] == "inr"
    stripe.pay(purchase.session_id)
    told = stripe.event("checkout.session.completed", stripe.sessions[purchase.session_id])

    assert [send(told) for _ in range(3)] == [200, 200, 200]
    again = stripe.event("checkout.session.completed", stripe.sessions[purchase.session_id])
    assert send(again) == 200
    purchases.fulfil_session(purchase.session_id)  # the page after paying asks too

    purchase.refresh_from_db()
    assert (purchase.status, balance(partner)) == ("paid", 5000)
    assert purchase.receipt_url.startswith("https://pay.example/receipts/")
    assert Bucket.objects.count() == 1
    assert StripeEvent.objects.filter(done_at__isnull=False).count() == 2


def test_an_event_alone_grants_nothing_when_stripe_says_unpaid(buy, stripe, partner):
    purchase = buy()
    lie = {**stripe.sessions[purchase.session_id], "payment_status": "paid"}
    assert send(stripe.event("checkout.session.completed", lie)) == 200
    assert balance(partner) == 0


def test_a_payment_that_takes_its_time_is_granted_when_it_arrives(buy, stripe, partner):
    purchase = buy()
    session = stripe.sessions[purchase.session_id]
    send(stripe.event("checkout.session.completed", session))
    assert balance(partner) == 0
    stripe.pay(purchase.session_id)
    send(stripe.event("checkout.session.async_payment_succeeded", session))
    assert balance(partner) == 5000


def test_a_failed_and_an_expired_checkout_end_without_points(buy, stripe, partner):
    lost, late = buy(), buy()
    send(stripe.event("checkout.session.async_payment_failed", stripe.sessions[lost.session_id]))
    stripe.sessions[late.session_id]["status"] = "expired"
    send(stripe.event("checkout.session.expired", stripe.sessions[late.session_id]))
    lost.refresh_from_db()
    late.refresh_from_db()
    assert (lost.status, late.status, balance(partner)) == ("failed", "expired", 0)


def test_another_amount_than_ordered_is_never_granted(buy, stripe, partner):
    purchase = buy()
    stripe.pay(purchase.session_id)
    stripe.sessions[purchase.session_id]["amount_total"] = 1
    with pytest.raises(ValueError, match="does not fit"):
        purchases.fulfil_session(purchase.session_id)
    assert balance(partner) == 0


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "nonsense"])
def test_what_stripe_did_not_sign_is_refused(buy, stripe, partner, signature):
    purchase = buy()
    stripe.pay(purchase.session_id)
    body, _ = stripe.event("checkout.session.completed", stripe.sessions[purchase.session_id])
    assert send((body, signature)) == 400
    assert balance(partner) == 0


def test_an_unknown_package_and_a_server_without_stripe_refuse(buy, partner, settings):
    with pytest.raises(InvalidRequest):
        buy("pack_7")
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(Unavailable, match="not set up"):
        buy()
    assert not Purchase.objects.exists()


def test_events_about_other_things_are_taken_and_forgotten(stripe, partner):
    assert send(stripe.event("customer.created", {"id": "cus_9", "object": "customer"})) == 200


# --- Refunds and disputes -------------------------------------------------------------------------


@pytest.fixture
def paid(buy, stripe) -> Purchase:
    purchase = buy()
    stripe.pay(purchase.session_id)
    purchases.fulfil_session(purchase.session_id)
    purchase.refresh_from_db()
    return purchase


def refund(stripe: StripeDouble, purchase: Purchase, amount: int) -> Any:
    charge = stripe.charge(purchase.payment_id, amount_refunded=amount)
    return stripe.event("charge.refunded", charge)


def test_a_refund_takes_back_its_share_once(paid, stripe, partner):
    told = refund(stripe, paid, 250_000)
    for _ in range(3):
        send(told)
    assert balance(partner) == 2500
    send(refund(stripe, paid, 500_000))
    assert balance(partner) == 0
    assert points.reconcile() == []


def test_used_points_stay_used(paid, stripe, partner):
    spend(partner, 600)
    send(refund(stripe, paid, 500_000))
    assert balance(partner) == 0
    paid.refresh_from_db()
    assert paid.taken_back == 200


def test_points_that_jobs_held_at_a_refund_are_taken_when_they_come_back(paid, stripe, partner):
    spend(partner, 25)
    held = [uuid4(), uuid4()]
    for hold_id, count in zip(held, (100, 500), strict=True):
        points.hold(
            partner_id=partner.pk, hold_id=hold_id, operation="create", mode="fast", count=count
        )
    send(refund(stripe, paid, 500_000))
    assert (balance(partner), purchases.take_back_what_returned()) == (0, 0)

    points.capture(hold_id=held[0])
    points.release(hold_id=held[1])
    assert balance(partner) == 4000

    assert [purchases.take_back_what_returned() for _ in range(2)] == [1, 0]
    assert balance(partner) == 0
    paid.refresh_from_db()
    assert paid.taken_back == 4000
    assert points.reconcile() == []


def test_points_that_staff_put_back_after_a_refund_stay(paid, stripe, partner):
    send(refund(stripe, paid, 500_000))
    points.correct(bucket=paid.bucket, points=Decimal(100), reason="Goodwill")
    assert purchases.take_back_what_returned() == 0
    assert balance(partner) == 100


def test_a_refund_that_is_told_before_the_payment_counts(buy, stripe, partner):
    purchase = buy()
    payment = stripe.pay(purchase.session_id)
    charge = stripe.charge(payment, amount_refunded=500_000)
    send(stripe.event("charge.refunded", charge))
    send(stripe.event("checkout.session.completed", stripe.sessions[purchase.session_id]))
    assert balance(partner) == 0


def test_a_dispute_takes_all_and_returns_it_when_won(paid, stripe, partner):
    spend(partner, 10)
    begun = stripe.dispute(paid.payment_id, "needs_response")
    for _ in range(2):
        send(stripe.event("charge.dispute.created", begun))
    assert balance(partner) == 0
    decided = stripe.dispute(paid.payment_id, "won")
    for _ in range(2):
        send(stripe.event("charge.dispute.closed", decided))
    assert balance(partner) == 4920
    send(stripe.event("charge.dispute.created", begun))  # late: Stripe had sent it in vain
    assert balance(partner) == 4920
    assert points.reconcile() == []


@pytest.mark.parametrize(("by_hand", "given"), [(1000, 4000), (5000, 0)])
def test_a_dispute_that_is_won_gives_what_staff_did_not(paid, stripe, partner, by_hand, given):
    spend(partner, 10)
    begun = stripe.dispute(paid.payment_id, "needs_response")
    send(stripe.event("charge.dispute.created", begun))
    points.correct(bucket=paid.bucket, points=Decimal(by_hand), reason="Trusted customer")
    decided = stripe.dispute(paid.payment_id, "won")
    assert send(stripe.event("charge.dispute.closed", decided)) == 200
    assert balance(partner) == by_hand + given
    told = AuditEvent.objects.get(action="purchase.given_again").facts
    assert told == {"points": show(Decimal(given)), "wereThere": show(Decimal(4920 - given))}
    paid.refresh_from_db()
    assert (paid.disputed, paid.taken_back) == (False, 0)
    assert points.reconcile() == []


def test_a_lost_dispute_keeps_what_it_took(paid, stripe, partner):
    send(stripe.event("charge.dispute.closed", stripe.dispute(paid.payment_id, "lost")))
    assert balance(partner) == 0


def test_a_dispute_that_is_told_before_the_payment_counts(buy, stripe, partner):
    purchase = buy()
    payment = stripe.pay(purchase.session_id)
    send(stripe.event("charge.dispute.created", stripe.dispute(payment, "needs_response")))
    send(stripe.event("checkout.session.completed", stripe.sessions[purchase.session_id]))
    assert balance(partner) == 0


def test_where_the_key_may_not_read_disputes_the_event_is_believed(paid, stripe, partner):
    told = stripe.dispute(paid.payment_id, "needs_response")
    stripe.disputes.clear()
    assert send(stripe.event("charge.dispute.created", told)) == 200
    assert balance(partner) == 0


def test_a_dispute_about_something_else_is_nothing_to_us(paid, stripe, partner):
    other = stripe._payment(100, "inr", {})["id"]
    assert send(stripe.event("charge.dispute.created", stripe.dispute(other, "lost"))) == 200
    assert balance(partner) == 5000


def test_in_whatever_order_it_is_told_the_end_is_the_same(buy, stripe, partner):
    outcomes = set()
    for order in itertools.permutations(range(3)):
        purchase = buy()
        payment = stripe.pay(purchase.session_id)
        session = stripe.sessions[purchase.session_id]
        told = [
            stripe.event("checkout.session.completed", session),
            stripe.event("charge.refunded", stripe.charge(payment, amount_refunded=100_000)),
            stripe.event("payment_intent.succeeded", stripe.payments[payment]),
        ]
        for index in order:
            send(told[index])
        purchase.refresh_from_db()
        outcomes.add((purchase.status, purchase.taken_back, purchase.bucket.remaining))
    assert outcomes == {("paid", Decimal(1000), Decimal(4000))}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_grants(buy, stripe, partner):
    purchase = buy()
    stripe.pay(purchase.session_id)

    def fulfil() -> None:
        purchases.fulfil_session(purchase.session_id)
        connections.close_all()

    threads = [threading.Thread(target=fulfil) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance(partner) == 5000
