"""The account's own pages: in by a link, out when it is void, and nobody else's to see."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from integrations import autologin, connections, merchants
from integrations.models import Account, Integration
from integrations.storefronts import orders
from tests.integrations.conftest import SARAH
from tests.integrations.store_orders import built, order

pytestmark = pytest.mark.django_db
REFUSED = "This link does not work any more"


@pytest.fixture
def visitor(account: Account) -> Client:
    """Somebody who came in by a good link."""
    client = Client()
    answer = client.get("/chat", {"token": autologin.token_for(account)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/chat")
    return client


def test_the_page_shows_who_you_are_and_what_is_connected(
    visitor: Client, account: Account
) -> None:
    integration = Integration.objects.get(name="shopify")
    connections.connect(account, integration, {"shopDomain": "x", "accessToken": "shpat_secret"})
    page = visitor.get("/chat").content.decode()
    for text in ("Nova Retail", "Sarah Mitchell", SARAH["email"], "Shopify", "no store yet"):
        assert text in page
    assert "shpat_secret" not in page


def test_a_store_is_followed_from_the_first_picture_to_its_address(
    visitor: Client, account: Account
) -> None:
    store = orders.start(account, orders.read_order(order(account.pk)))
    page = visitor.get("/chat").content.decode()
    assert f"0 of {store.products.count()} pictures" in page
    assert 'http-equiv="refresh"' in page

    built(store)
    page = visitor.get("/chat").content.decode()
    assert "Open the store" in page
    assert len(re.findall(r'<li><a href="http://testserver/media/', page)) == store.products.count()
    assert 'http-equiv="refresh"' not in page


def test_without_a_link_there_is_no_way_in() -> None:
    for path in ("/chat", "/chat?token=", "/chat?token=nonsense"):
        answer = Client().get(path)
        assert answer.status_code == 403
        assert REFUSED in answer.content.decode()


def test_a_visit_ends_when_links_are_revoked_or_the_account_is_deleted(
    visitor: Client, account: Account
) -> None:
    token = autologin.token_for(account)
    autologin.revoke(account)
    assert visitor.get("/chat").status_code == 403
    visitor.get("/chat", {"token": autologin.token_for(account)})
    assert visitor.get("/chat").status_code == 200
    merchants.delete(account)
    assert visitor.get("/chat").status_code == 403
    assert REFUSED in visitor.get("/chat", {"token": token}).content.decode()


def test_leaving_ends_the_visit(visitor: Client) -> None:
    assert visitor.post("/chat/leave").status_code == 200
    assert visitor.get("/chat").status_code == 403
    assert visitor.get("/chat/leave").status_code == 405


def test_the_log_in_opens_nothing_else(visitor: Client) -> None:
    assert visitor.get("/admin/").status_code == 302
    assert visitor.get("/partner/v1/generations").status_code == 401


def test_what_the_merchant_wrote_is_text(partner: object, client: Client) -> None:
    evil = "<script>alert(1)</script>"
    body = {**SARAH, "businessName": evil, "firstName": evil}
    account = merchants.create(partner=partner, body=body)  # type: ignore[arg-type]
    client.get("/chat", {"token": autologin.token_for(account)})
    answer = client.get("/chat")
    assert "<script>alert" not in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert "default-src" in answer.headers["Content-Security-Policy"]
