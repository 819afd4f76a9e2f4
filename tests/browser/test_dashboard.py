"""The dashboard in a real browser: from the sign-up to a picture, and every page's manners."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import reverse
from playwright.sync_api import expect

from imaging.tiers import Engines
from tests.api.worker import working
from tests.browser.conftest import PHONE, WIDE, Tab
from tests.dashboard.conftest import PASSWORD, Company, catalogue, company
from tests.imaging.conftest import tiny_engines  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    *("dashboard", "dashboard-playground", "dashboard-gallery", "dashboard-start"),
    *("dashboard-keys", "dashboard-key-new", "dashboard-webhooks", "dashboard-webhook-new"),
    *("dashboard-merchants", "dashboard-usage", "dashboard-billing", "dashboard-team"),
    *("dashboard-audit", "dashboard-settings", "dashboard-welcome", "account_email"),
    "dashboard-brand",
    *("dashboard-products", "dashboard-product-new", "dashboard-imports", "dashboard-batches"),
    *("account_change_password", "mfa_index", "usersessions_list"),
)


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def acme(site: str) -> Company:
    made = company("Acme", "acme.example")
    catalogue(made.partner, "acme.example")
    return made


def log_in(tab: Tab, site: str, email: str) -> None:
    tab.page.goto(f"{site}/account/login/")
    tab.page.get_by_label("Email").fill(email)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign In", exact=True).click()
    expect(tab.page.get_by_role("heading", name="Overview")).to_be_visible()


def addresses(acme: Company) -> list[str]:
    """Every page that a log-in opens, with rows of the company's own."""
    assert acme.generation
    assert acme.endpoint
    assert acme.delivery
    assert acme.account
    return [
        *(reverse(name) for name in PAGES),
        reverse("dashboard-generation", args=[acme.generation.pk]),
        reverse("dashboard-product", args=[acme.partner.products.get().pk]),
        reverse("dashboard-batch", args=[acme.partner.batches.get().pk]),
        reverse("dashboard-import", args=[acme.partner.catalogue_imports.get().pk]),
        reverse("dashboard-webhook", args=[acme.endpoint.pk]),
        reverse("dashboard-delivery", args=[acme.delivery.key]),
        reverse("dashboard-merchant", args=[acme.account.pk]),
    ]


@contextmanager
def a_quiet_page(tab: Tab, site: str) -> Iterator[None]:
    """Nothing on the console meanwhile, and nothing asked of another host."""
    yield
    assert tab.console == []
    asked = {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:")}
    assert asked == {urlsplit(site).netloc}


def call(site: str, path: str, key: str, body: Any) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 (this machine)
        f"{site}{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-API-Key": key},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (this machine)
        return dict(json.load(answer)["data"])


def test_from_the_sign_up_to_the_first_picture(
    site: str,
    tab: Tab,
    tiny_engines: Engines,  # noqa: F811 (the fixture)
) -> None:
    page = tab.page
    with a_quiet_page(tab, site):
        page.goto(f"{site}/account/signup/")
        assert tab.violations() == []
        page.get_by_label("Email").fill("Ada@shop.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign Up", exact=True).click()
        expect(page.get_by_text("sent a code")).to_be_visible()
        code = re.search(r"^[A-Z0-9-]{6,9}$", str(mail.outbox[-1].body), re.MULTILINE)
        assert code
        page.get_by_label("Code").fill(code[0])
        page.get_by_role("button", name="Confirm").click()

        page.get_by_label("Company name").fill("Ada's Mugs")
        page.get_by_role("button", name="Create and show my keys").click()
        expect(page.get_by_role("heading", name="Ada's Mugs is ready")).to_be_visible()
        assert tab.violations() == []

        page.get_by_role("link", name="API keys").click()
        page.get_by_role("link", name="New live key").click()
        page.get_by_label("Name").fill("Backend")
        page.get_by_role("button", name="Create and show it").click()
        key = page.locator("#new-key").inner_text()
        assert key.startswith("sq_live_")
        page.reload()
        grant_points("Ada's Mugs")
        with working(tiny_engines):
            call(site, "/partner/v1/image/create", key, {"prompt": "a red mug on white"})

        page.get_by_role("link", name="Gallery").click()
        expect(page.get_by_role("link", name="a red mug on white")).to_be_visible()
        page.get_by_role("link", name="a red mug on white").click()
        expect(page.get_by_text("8 points")).to_be_visible()

        page.get_by_role("link", name="Billing").click()
        charge = page.get_by_role("row").filter(has_text="create (fast)").first
        expect(charge).to_contain_text("8")


def grant_points(name: str) -> None:
    from decimal import Decimal

    from accounts.models import Partner
    from billing import points

    points.grant(partner=Partner.objects.get(name=name), tier="starter", points=Decimal(100))


def test_the_playground_shows_price_progress_and_the_picture(
    site: str,
    acme: Company,
    tab: Tab,
    tiny_engines: Engines,  # noqa: F811 (the fixture)
) -> None:
    page = tab.page
    with a_quiet_page(tab, site), working(tiny_engines):
        log_in(tab, site, "developer@acme.example")
        page.goto(f"{site}/dashboard/playground/")
        expect(page.get_by_text("8 points", exact=True)).to_be_visible()
        page.get_by_role("radio", name=re.compile("Create")).check()
        page.get_by_label("In words").fill("steps 3 0.4")
        expect(page.locator("#do-text-curl")).to_contain_text("/partner/v1/image/create")
        expect(page.locator("#do-text-curl")).to_contain_text("steps 3 0.4")
        page.get_by_role("tab", name="Python").click()
        expect(page.locator("#do-text-python")).to_be_visible()
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=20_000)
        assert tab.violations() == []


def test_in_test_mode_the_playground_costs_nothing(site: str, acme: Company, tab: Tab) -> None:
    with a_quiet_page(tab, site):
        log_in(tab, site, "developer@acme.example")
        tab.page.goto(f"{site}/dashboard/playground/")
        tab.page.get_by_role("button", name="Test", exact=True).click()
        expect(tab.page.get_by_text("free in test mode")).to_be_visible()
        tab.page.get_by_role("button", name="Make it").click()
        expect(tab.page.get_by_alt_text("Placeholder picture")).to_be_visible()


@pytest.mark.parametrize(
    ("tab", "scheme"),
    # Contrast hangs on the colours alone and overflow on the size alone: two visits see both.
    [(WIDE, "light"), (PHONE, "dark")],
    indirect=["tab"],
    ids=["wide-light", "phone-dark"],
)
def test_every_page_is_accessible_fits_and_stays_on_its_host(
    site: str, acme: Company, tab: Tab, scheme: Any
) -> None:
    tab.page.emulate_media(color_scheme=scheme)
    with a_quiet_page(tab, site):
        log_in(tab, site, "owner@acme.example")
        for address in addresses(acme):
            tab.page.goto(f"{site}{address}", wait_until="load")
            assert tab.violations() == [], address
            assert not tab.too_wide(), address


def test_the_frame_can_be_used_with_the_keyboard(site: str, acme: Company, tab: Tab) -> None:
    log_in(tab, site, "owner@acme.example")
    tab.page.goto(f"{site}/dashboard/keys/")
    tab.page.keyboard.press("Tab")
    expect(tab.page.get_by_role("link", name="Skip to content")).to_be_focused()
    tab.page.get_by_role("button", name=re.compile("Revoke")).first.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("dialog", name=re.compile("^Revoke"))).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)


def test_a_viewer_finds_no_button_that_would_be_refused(site: str, acme: Company, tab: Tab) -> None:
    log_in(tab, site, "viewer@acme.example")
    expect(tab.page.get_by_role("link", name="Make a picture")).to_have_count(0)
    for name in ("dashboard-keys", "dashboard-team", "dashboard-webhooks"):
        tab.page.goto(f"{site}{reverse(name)}")
        stage = tab.page.locator("main")
        assert stage.locator("form[method=post]:not(.switch form)").count() == 0, name


@pytest.mark.parametrize("tab", [PHONE], indirect=True, ids=["phone"])
def test_on_a_phone_the_side_bar_opens_as_a_menu(site: str, acme: Company, tab: Tab) -> None:
    log_in(tab, site, "owner@acme.example")
    expect(tab.page.get_by_role("link", name="Gallery", exact=True)).to_be_hidden()
    tab.page.get_by_role("button", name="Menu").click()
    tab.page.get_by_role("link", name="Gallery", exact=True).click()
    expect(tab.page.get_by_role("heading", name="Gallery")).to_be_visible()
