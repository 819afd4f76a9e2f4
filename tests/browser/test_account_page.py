"""The account's own page in the browser, wide and on a phone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from accounts.models import Partner
from integrations import autologin, merchants
from integrations.storefronts import orders
from tests.browser.conftest import PHONE, WIDE, Tab
from tests.integrations.conftest import SARAH
from tests.integrations.store_orders import built, order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("tab", [WIDE, PHONE], indirect=True, ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_link_leads_to_an_accessible_page_and_leaves_no_token(
    live_server: Any, settings: Any, tab: Tab, scheme: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    account = merchants.create(partner=Partner.objects.create(name="Acme"), body=SARAH)
    built(orders.start(account, orders.read_order(order(account.pk))))
    tab.page.emulate_media(color_scheme=scheme)

    tab.page.goto(autologin.url_for(account), wait_until="networkidle")

    expect(tab.page).to_have_url(f"{live_server.url}/chat")
    expect(tab.page.get_by_role("heading", name="Nova Retail")).to_be_visible()
    assert tab.violations() == []
    assert not tab.too_wide()
    assert tab.console == []
    assert {urlsplit(url).netloc for url in tab.requests} == {urlsplit(live_server.url).netloc}

    tab.page.get_by_role("button", name="Leave").click()
    expect(tab.page.get_by_role("heading", name="You have left your account")).to_be_visible()
