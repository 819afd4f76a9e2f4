"""Points are bought in a real browser: to Stripe's page and back, with the receipt."""

from __future__ import annotations

import copy
import html
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from accounts.models import Partner
from billing import points
from tests.billing.conftest import stripe as stripe  # (a fixture)
from tests.billing.stripe_double import StripeDouble
from tests.browser.conftest import Tab
from tests.browser.test_dashboard import log_in
from tests.browser.test_dashboard import site as site  # (a fixture)
from tests.dashboard.conftest import Company, company

pytestmark = pytest.mark.django_db(transaction=True)

STRIPE = "https://checkout.stripe.com"


@pytest.fixture
def acme(site: str) -> Company:
    return company("Acme", "acme.example")


@pytest.fixture
def may_leave_for_stripe(settings: Any) -> None:
    """What the settings allow where a Stripe key is set when the process starts."""
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(STRIPE)
    settings.CONTENT_SECURITY_POLICY = policy


@pytest.mark.usefixtures("may_leave_for_stripe")
def test_an_owner_buys_points_and_finds_the_receipt(
    site: str, acme: Company, tab: Tab, stripe: StripeDouble
) -> None:
    before = points.balance(partner_id=acme.partner.pk)

    def checkout(route: Route) -> None:
        """The page of Stripe's that the double does not have: one button that pays."""
        session = route.request.url.rpartition("/")[2]
        stripe.pay(session)
        back = stripe.sessions[session]["asked"]["success_url"]
        address = html.escape(back.replace("{CHECKOUT_SESSION_ID}", session))
        route.fulfill(body=f'<a href="{address}">Pay</a>', content_type="text/html")

    page = tab.page
    page.route(f"{STRIPE}/**", checkout)
    log_in(tab, site, "owner@acme.example")
    page.get_by_role("link", name="Billing").click()
    page.locator("form.offer").first.get_by_role("button", name="Buy").click()
    page.get_by_role("link", name="Pay").click()

    expect(page.get_by_text("points are yours")).to_be_visible()
    partner = Partner.objects.get(pk=acme.partner.pk)
    bought = partner.purchases.get()
    assert bought.status == "paid"
    assert points.balance(partner_id=partner.pk) == before + bought.points
    assert tab.violations() == []

    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_text(f"{bought.points:,.0f}").first).to_be_visible()
    assert tab.console == []


def test_who_may_not_buy_finds_no_button(site: str, acme: Company, tab: Tab, stripe: Any) -> None:
    log_in(tab, site, "developer@acme.example")
    tab.page.get_by_role("link", name="Billing").click()
    expect(tab.page.get_by_role("heading", name="Packages")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Buy")).to_have_count(0)
