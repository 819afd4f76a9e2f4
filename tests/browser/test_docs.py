"""The API reference in the browser: it works under our content security policy, on its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from accounts import keys
from accounts.models import Partner
from config import openapi
from tests.browser.conftest import PHONE, WIDE, Tab

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("tab", [WIDE, PHONE], indirect=True, ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_call_can_be_read_without_another_host(
    live_server: Any, tab: Tab, scheme: Any
) -> None:
    tab.page.emulate_media(color_scheme=scheme)

    tab.page.goto(f"{live_server.url}/docs", wait_until="networkidle")

    expect(tab.page.get_by_text("/partner/v1/image/create")).to_be_visible()
    operations = sum(len(chapter.operations) for chapter in openapi.CHAPTERS)
    assert tab.page.locator(".opblock:not(.opblock-post .opblock)").count() >= operations
    assert not tab.too_wide()
    assert tab.console == []
    assert {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:")} == {
        urlsplit(live_server.url).netloc
    }


def test_a_call_can_be_tried_with_a_key(
    live_server: Any, settings: Any, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr("config.documentation._document", openapi.encoded_document)
    monkeypatch.setattr("config.documentation._etag", lambda: None)
    key = keys.create_key(partner=Partner.objects.create(name="Acme"), environment="test").key
    tab.page.goto(f"{live_server.url}/docs", wait_until="networkidle")

    tab.page.get_by_role("button", name="Authorize").click()
    tab.page.locator(".auth-container", has_text="imageKey").locator("input").fill(key)
    tab.page.locator(".auth-container", has_text="imageKey").get_by_role(
        "button", name="Apply credentials"
    ).click()
    tab.page.locator(".close-modal").click()
    call = tab.page.locator("#operations-Images-createImage")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    call.get_by_role("button", name="Execute").click()

    expect(call.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    expect(call.locator(".live-responses-table")).to_contain_text("testMode")
    assert tab.console == []
