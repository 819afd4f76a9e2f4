"""API keys in the dashboard: made, shown once, rotated, revoked."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from accounts.models import ApiKey
from tests.dashboard.conftest import Company

pytestmark = pytest.mark.django_db

NEW = {"name": "Backend", "kind": "image"}


def test_a_key_gets_what_the_form_says(acme: Company) -> None:
    client = acme.client("developer")
    answer = client.post(
        reverse("dashboard-key-new"),
        {
            **NEW,
            "image_scopes": ["images:read", "images:write"],
            "networks": "203.0.113.0/28, 2001:db8::1",
            "monthly_cap": "500",
            "expires": "2099-12-31",
        },
    )
    key = ApiKey.objects.get(name="Backend")
    assert key.hint[:8] in answer.content.decode()
    assert key.scopes == ["images:read", "images:write"]
    assert key.networks == ["203.0.113.0/28", "2001:db8::1/128"]
    assert key.monthly_cap == 500
    assert key.expires_at is not None
    assert key.expires_at.isoformat() == "2099-12-31T23:59:59+00:00"
    event = acme.partner.audit_events.get(action="key.created", target=str(key.pk))
    assert (event.actor, event.address) == ("developer@acme.example", "127.0.0.1")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"networks": "not an address"}, "Not an IP address"),
        ({"expires": "2001-01-01"}, "The expiry lies in the past"),
        ({"monthly_cap": "0"}, "Limits and caps must be above zero"),
        ({"kind": "emperor"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_on_the_form(acme: Company, wrong: dict[str, str], words: str) -> None:
    answer = acme.client("owner").post(reverse("dashboard-key-new"), {**NEW, **wrong})
    assert words in answer.content.decode()
    assert not ApiKey.objects.filter(name="Backend").exists()


def test_in_test_mode_keys_are_test_keys(acme: Company) -> None:
    client = acme.client("owner")
    client.post(reverse("dashboard-environment", args=["test"]))
    client.post(reverse("dashboard-key-new"), NEW)
    assert ApiKey.objects.get(name="Backend").environment == "test"
    shown = client.get(reverse("dashboard-keys")).content
    assert b"Backend" in shown
    assert b"Shop backend" not in shown


def test_an_eleventh_key_is_refused_in_words(acme: Company) -> None:
    client = acme.client("owner")
    for _ in range(9):
        client.post(reverse("dashboard-key-new"), NEW)
    answer = client.post(reverse("dashboard-key-new"), NEW)
    assert b"10 active image keys already" in answer.content


def test_a_rotated_key_goes_on_as_long_as_was_said(acme: Company) -> None:
    assert acme.key
    answer = acme.client("developer").post(
        reverse("dashboard-key-rotate", args=[acme.key.pk]), {"overlap": "24"}
    )
    assert re.search(r"sq_live_\w{30,}", answer.content.decode())
    acme.key.refresh_from_db()
    assert acme.key.revoked_at is None
    assert acme.key.expires_at is not None
    assert acme.key.rotated_to.get().name == "Shop backend"


def test_a_revoked_key_works_no_more_and_cannot_be_rotated(acme: Company) -> None:
    assert acme.key
    client = acme.client("developer")
    client.post(reverse("dashboard-key-revoke", args=[acme.key.pk]))
    acme.key.refresh_from_db()
    assert acme.key.revoked_at is not None
    answer = client.post(
        reverse("dashboard-key-rotate", args=[acme.key.pk]), {"overlap": "0"}, follow=True
    )
    assert b"Only an active key can be rotated" in answer.content


def test_the_quick_start_fills_in_a_key_that_is_shown_once(acme: Company) -> None:
    client = acme.client("developer")
    text = client.post(reverse("dashboard-start")).content.decode()
    key = re.search(r"sq_test_\w{30,}", text)
    assert key
    assert key[0] not in client.get(reverse("dashboard-start")).content.decode()
    assert ApiKey.objects.get(name="Quick start").environment == "test"
