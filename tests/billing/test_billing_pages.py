"""/dashboard/billing/: what is left, what was bought, what moved, and who may buy."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Membership, Partner, User
from billing import points, purchases
from billing.models import BalanceWatch, Entry, Purchase

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/billing/"


@pytest.fixture
def partner(db: None) -> Partner:
    found = Partner.objects.create(name="Acme")
    points.grant(partner=found, tier="starter", points=Decimal(100), reason="=Welcome()")
    return found


@pytest.fixture
def visitor(partner: Partner) -> Any:
    """Makes a logged-in member with a role."""

    def make(role: str = "owner", of: Partner | None = None) -> Client:
        user = User.objects.create_user(f"{uuid4().hex}@acme.example", "pw")
        Membership.objects.create(user=user, partner=of or partner, role=role)
        client = Client()
        client.force_login(user)
        return client

    return make


def spend(partner: Partner, *, release: bool = False) -> None:
    hold_id = uuid4()
    points.hold(partner_id=partner.pk, hold_id=hold_id, operation="create", mode="fast")
    (points.release if release else points.capture)(hold_id=hold_id)


def test_the_page_shows_what_is_left_and_what_moved(visitor, partner):
    spend(partner)
    spend(partner, release=True)
    text = visitor().get(PAGE).content.decode()
    for words in ("92 points", "92 of 100", "pays next", "create (fast)", "+8", "-8"):
        assert words in text
    assert "Buying is not set up" in text


def test_each_line_says_the_balance_after_it(visitor, partner):
    for _ in range(3):
        spend(partner)
    answer = visitor().get(f"{PAGE}ledger.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["balance"] for row in rows] == ["100.00", "92.00", "84.00", "76.00"]
    assert rows[0]["reason"] == "'=Welcome()"


def test_older_lines_go_on_where_the_page_ended(visitor, partner, monkeypatch):
    from billing.dashboard import ledger

    monkeypatch.setattr(ledger, "PAGE", 2)
    for _ in range(4):
        spend(partner)
    lines, further = ledger.page(partner)
    older, last = ledger.page(partner, before=further)
    assert [line.balance for line in [*lines, *older]] == [68, 76, 84, 92]
    assert visitor().get(f"{PAGE}ledger/?before={further}").status_code == 200
    assert visitor().get(f"{PAGE}ledger/?before=x").status_code == 400
    assert ledger.page(partner, before=last)[0][0].balance == 100


def test_a_page_takes_the_newest_lines_of_all_buckets(partner, monkeypatch):
    """Two buckets in turns, one with more lines than a page and one with fewer."""
    from billing.dashboard import ledger

    monkeypatch.setattr(ledger, "PAGE", 3)
    first = partner.buckets.get()
    second = points.grant(partner=partner, tier="growth", points=Decimal(50))
    for bucket in (second, first, second, second, second, first):
        points.take_back(bucket=bucket, points=Decimal(1), reason="again")
    shown, before = [], None
    while True:
        lines, before = ledger.page(partner, before=before)
        shown += lines
        if before is None:
            break
    assert [line.id for line in shown] == list(
        Entry.objects.filter(bucket__partner=partner).order_by("-id").values_list("id", flat=True)
    )
    assert [line.balance for line in shown] == [144, 145, 146, 147, 148, 149, 150, 100]


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_only_owners_buy(visitor, stripe, role):
    client = visitor(role)
    assert client.get(PAGE).status_code == 200
    assert client.post(f"{PAGE}buy/", {"package": "pack_5000"}).status_code == 403
    assert client.post(PAGE, {"mail_below": "5"}).status_code == 403
    assert not Purchase.objects.exists()


def test_buying_leads_to_the_payment_and_back_to_the_points(visitor, stripe, partner):
    client = visitor()
    answer = client.post(f"{PAGE}buy/", {"package": "pack_5000", "save": "1"})
    assert answer.headers["Location"].startswith("https://checkout.stripe.com/")
    purchase = Purchase.objects.get()
    asked = stripe.sessions[purchase.session_id]["asked"]
    assert asked["payment_intent_data[setup_future_usage]"] == "off_session"

    back = f"{PAGE}paid/?session={purchase.session_id}"
    assert "as soon as the payment arrives" in client.get(back, follow=True).content.decode()
    stripe.pay(purchase.session_id)
    assert "points are yours" in client.get(back, follow=True).content.decode()
    assert points.balance(partner_id=partner.pk) == 5100
    text = client.get(f"{PAGE}receipts/{purchase.pk}/").content.decode()
    assert "5,000.00 INR" in text


def test_another_partner_s_purchase_is_not_there(visitor, buy, stripe):
    purchase = buy()
    stripe.pay(purchase.session_id)
    purchases.fulfil_session(purchase.session_id)
    rival = visitor(of=Partner.objects.create(name="Rival"))
    assert rival.get(f"{PAGE}paid/?session={purchase.session_id}").status_code == 404
    assert rival.get(f"{PAGE}receipts/{purchase.pk}/").status_code == 404


def test_what_happens_when_points_run_low_is_set_here(visitor, partner):
    client = visitor()
    wrong = client.post(PAGE, {"top_up_below": "50"})
    assert "Choose the package to buy." in wrong.content.decode()
    right = {"mail_below": "40", "top_up_below": "50", "top_up_package": "pack_5000"}
    assert client.post(PAGE, right).status_code == 302
    watch = BalanceWatch.objects.get(partner=partner)
    assert (watch.mail_below, watch.top_up_below) == (40, 50)
