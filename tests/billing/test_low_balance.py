"""Points that run low: owners are told, and a package is bought where they wished it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import resolve
from django.utils import timezone

from accounts.models import Membership, User
from billing import low_balance, points, purchases
from billing.models import BalanceWatch, Purchase
from tests.billing.spending import balance, spend

pytestmark = pytest.mark.django_db

NO_MAIL_SERVER = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def watch(buy, stripe, partner) -> BalanceWatch:
    """A partner whose card is kept, with 5,000 points."""
    payment = stripe.pay(buy(save_method=True).session_id)
    purchases.fulfil_payment(payment)
    owner = User.objects.create_user("owner@acme.example", "pw")
    Membership.objects.create(user=owner, partner=partner, role="owner")
    found = BalanceWatch.objects.get(partner=partner)
    assert (found.customer_id, found.payment_method_id) == ("cus_1", f"pm_{payment}")
    return found


def test_a_card_is_kept_only_where_its_owner_says_so(buy, stripe, partner):
    known = []
    for save in (False, True, False):
        purchases.fulfil_payment(stripe.pay(buy(save_method=save).session_id))
        known.append(BalanceWatch.objects.get(partner=partner).payment_method_id)

    assert known[0] == ""
    assert known[1].startswith("pm_")
    assert known[2] == known[1]


def test_one_mail_is_sent_each_time_the_points_run_low(watch, partner):
    BalanceWatch.objects.update(mail_below=4000)
    low_balance.look()
    assert mail.outbox == []
    spend(partner, 200)
    low_balance.look()
    low_balance.look()
    assert [letter.to for letter in mail.outbox] == [["owner@acme.example"]]
    [link] = re.findall(r"http://\S+", str(mail.outbox[0].body))
    assert resolve(urlsplit(link).path).url_name == "dashboard-billing"

    points.grant(partner=partner, tier="starter", points=Decimal(1000))
    low_balance.look()
    spend(partner, 200)
    low_balance.look()
    assert len(mail.outbox) == 2


def test_a_mail_that_cannot_be_sent_is_sent_later_and_holds_up_nobody(watch, partner, settings):
    BalanceWatch.objects.update(mail_below=4000, top_up_below=4000, top_up_package="pack_5000")
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, NO_MAIL_SERVER
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    spend(partner, 200)
    low_balance.look()
    assert balance(partner) == 3400 + 5000

    spend(partner, 600)
    settings.EMAIL_BACKEND = working
    low_balance.look()
    assert len(mail.outbox) == 1


def test_the_chosen_package_is_bought_once_when_points_run_low(watch, partner):
    BalanceWatch.objects.update(top_up_below=4000, top_up_package="pack_25000")
    low_balance.look()
    assert balance(partner) == 5000
    spend(partner, 200)
    low_balance.look()
    low_balance.look()
    assert balance(partner) == 3400 + 25_000
    assert Purchase.objects.filter(way="top_up", status="paid").count() == 1


def test_a_declined_card_is_said_and_not_tried_again_at_once(watch, stripe, partner):
    BalanceWatch.objects.update(top_up_below=6000, top_up_package="pack_5000")
    stripe.decline = True
    low_balance.look()
    low_balance.look()
    watch.refresh_from_db()
    assert watch.failure
    assert Purchase.objects.filter(way="top_up", status="failed").count() == 1

    stripe.decline = False
    BalanceWatch.objects.update(tried_at=timezone.now() - low_balance.PAUSE - timedelta(seconds=1))
    low_balance.look()
    watch.refresh_from_db()
    assert (watch.failure, balance(partner)) == ("", 10_000)
