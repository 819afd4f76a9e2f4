"""A store in the browser: it reads well, keeps its cart, and asks nobody else for anything."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect

from accounts.models import Partner
from integrations import merchants
from integrations.storefronts import orders
from integrations.storefronts.addresses import production_url
from integrations.storefronts.models import Storefront
from tests.browser.conftest import PHONE, WIDE, Tab
from tests.integrations.conftest import SARAH
from tests.integrations.store_orders import built, order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(live_server: Any, settings: Any) -> Storefront:
    """A finished store on the live server."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.STOREFRONT_DOMAIN = f"localhost:{urlsplit(live_server.url).port}"
    partner = Partner.objects.create(name="Acme")
    account = merchants.create(partner=partner, body=SARAH)
    return built(orders.start(account, orders.read_order(order(account.pk))))


def addresses(store: Storefront) -> list[str]:
    product = store.products.first()
    assert product is not None
    paths = ("/", "/categories/footwear", f"/products/{product.slug}", "/search", "/cart")
    return [production_url(store.identifier) + path for path in (*paths, "/about", "/contact")]


@pytest.mark.parametrize("tab", [WIDE, PHONE], indirect=True, ids=["wide", "phone"])
def test_every_page_is_accessible_and_stays_on_its_host(store: Storefront, tab: Tab) -> None:
    host = (
        f"{store.identifier}.{urlsplit(production_url(store.identifier)).netloc.split('.', 1)[1]}"
    )
    for address in addresses(store):
        tab.page.goto(address, wait_until="networkidle")
        assert tab.violations() == [], address
        assert not tab.too_wide(), address
    assert tab.console == []
    assert {urlsplit(url).netloc for url in tab.requests} == {host}


def test_the_cart_survives_a_reload_and_becomes_a_letter(store: Storefront, tab: Tab) -> None:
    first, second = store.products.all()[:2]
    base = production_url(store.identifier)
    for product, count in ((first, "2"), (second, "1")):
        tab.page.goto(f"{base}/products/{product.slug}")
        tab.page.get_by_label("Quantity").fill(count)
        tab.page.get_by_role("button", name="Add to cart").click()
        expect(tab.page.get_by_role("status")).to_have_text("It is in your cart.")

    tab.page.goto(f"{base}/cart")
    tab.page.reload()
    expect(tab.page.get_by_role("link", name="Cart")).to_contain_text("3")
    expect(tab.page.locator("[data-lines] li")).to_have_count(2)
    total = first.price * 2 + second.price
    expect(tab.page.locator("[data-total]")).to_have_text(f"₹{total:,.0f}")
    letter = unquote(
        tab.page.get_by_role("link", name="Order by e-mail").get_attribute("href") or ""
    )
    assert f"2 x {first.name}" in letter
    assert letter.startswith(f"mailto:{SARAH['email']}")

    tab.page.get_by_role("button", name=f"Remove {first.name}").click()
    expect(tab.page.locator("[data-lines] li")).to_have_count(1)
    tab.page.get_by_label(f"Quantity of {second.name}").fill("0")
    tab.page.get_by_label(f"Quantity of {second.name}").blur()
    expect(tab.page.get_by_text("There is nothing in it yet.")).to_be_visible()


def test_search_finds_by_words_as_they_are_typed(store: Storefront, tab: Tab) -> None:
    product = store.products.last()
    assert product is not None
    tab.page.goto(f"{production_url(store.identifier)}/search")
    expect(tab.page.locator("[data-results] li")).to_have_count(store.products.count())
    tab.page.get_by_label("What are you looking for?").fill(product.name.lower())
    expect(tab.page.get_by_role("link", name=product.name)).to_be_visible()
    tab.page.get_by_label("What are you looking for?").fill("zzz")
    expect(tab.page.get_by_text(re.compile("0 products"))).to_be_visible()


def test_a_page_that_is_not_there_leads_back(store: Storefront, tab: Tab) -> None:
    tab.page.goto(f"{production_url(store.identifier)}/nothing")
    tab.page.get_by_role("link", name="Back to the shop").click()
    expect(tab.page).to_have_url(f"{production_url(store.identifier)}/")
