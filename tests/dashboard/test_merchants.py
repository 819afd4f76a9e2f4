"""Merchant accounts and stores in the dashboard."""

from __future__ import annotations

import pytest
from django.urls import reverse

from integrations.storefronts import publishing
from integrations.storefronts.models import Storefront
from tests.dashboard.conftest import Company

pytestmark = pytest.mark.django_db


def test_the_list_shows_no_contact_and_the_account_s_page_does(acme: Company) -> None:
    assert acme.account
    client = acme.client("developer")
    assert b"sarah@acme.example" not in client.get(reverse("dashboard-merchants")).content
    page = client.get(reverse("dashboard-merchant", args=[acme.account.pk])).content
    assert b"sarah@acme.example" in page


def test_opening_as_its_owner_stands_in_the_audit_log(acme: Company) -> None:
    assert acme.account
    client = acme.client("developer")
    answer = client.post(reverse("dashboard-merchant-open", args=[acme.account.pk]))
    assert "/chat?token=" in answer["Location"]
    event = acme.partner.audit_events.get(action="account.login_link")
    assert event.actor == "developer@acme.example"


def test_voided_links_open_nothing(acme: Company) -> None:
    assert acme.account
    client = acme.client("developer")
    link = client.post(reverse("dashboard-merchant-open", args=[acme.account.pk]))["Location"]
    client.post(reverse("dashboard-merchant-revoke", args=[acme.account.pk]))
    assert client.get(link.removeprefix("http://testserver")).status_code == 403


def test_an_earlier_release_can_be_shown_again(acme: Company) -> None:
    assert acme.account
    store = Storefront.objects.get(account=acme.account)
    publishing.publish(store, publishing.store(store, {"index.html": b"<h1>Two</h1>"}))
    address = reverse("dashboard-merchant-roll-back", args=[acme.account.pk, 1])
    acme.client("developer").post(address)
    store.refresh_from_db()
    assert store.published
    assert store.published.number == 1
    assert acme.partner.audit_events.get(action="store.rolled_back").facts == {"release": 1}


def test_a_release_that_is_not_kept_is_not_found(acme: Company) -> None:
    assert acme.account
    address = reverse("dashboard-merchant-roll-back", args=[acme.account.pk, 99])
    assert acme.client("developer").post(address).status_code == 404
