"""Webhooks in the dashboard: addresses, secrets, deliveries, sending again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.webhooks.models import Delivery
from tests.dashboard.conftest import Company

pytestmark = pytest.mark.django_db


def test_a_new_address_shows_its_secret_once(acme: Company) -> None:
    client = acme.client("developer")
    answer = client.post(
        reverse("dashboard-webhook-new"),
        {"url": "https://shop.example/new", "events": ["generation.failed"]},
    )
    endpoint = acme.partner.webhook_endpoints.get(url="https://shop.example/new")
    assert endpoint.secret in answer.content.decode().replace("&#x27;", "'")
    assert endpoint.events == ["generation.failed"]
    page = client.get(reverse("dashboard-webhook", args=[endpoint.pk])).content.decode()
    assert endpoint.secret not in page


def test_a_wrong_address_is_refused_on_the_form(acme: Company) -> None:
    answer = acme.client("developer").post(
        reverse("dashboard-webhook-new"), {"url": "ftp://shop.example"}
    )
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert acme.partner.webhook_endpoints.count() == 1


def test_rotating_keeps_the_old_secret_for_a_day(acme: Company) -> None:
    assert acme.endpoint
    old = acme.endpoint.secret
    answer = acme.client("developer").post(
        reverse("dashboard-webhook-rotate", args=[acme.endpoint.pk])
    )
    acme.endpoint.refresh_from_db()
    assert acme.endpoint.secret != old
    assert acme.endpoint.old_secret == old
    assert acme.endpoint.old_secret_until is not None
    assert acme.endpoint.old_secret_until > timezone.now() + timedelta(hours=23)
    assert re.search(r"whsec_[\w+/=]{20,}", answer.content.decode())


def test_an_address_can_be_switched_off_and_on_and_deleted(acme: Company) -> None:
    assert acme.endpoint
    client = acme.client("developer")
    turn = reverse("dashboard-webhook-turn", args=[acme.endpoint.pk])
    for expected in (False, True):
        client.post(turn)
        acme.endpoint.refresh_from_db()
        assert acme.endpoint.enabled is expected
    client.post(reverse("dashboard-webhook-delete", args=[acme.endpoint.pk]))
    assert not acme.partner.webhook_endpoints.exists()


def test_a_delivery_that_ended_can_be_sent_again_and_a_pending_one_not(acme: Company) -> None:
    assert acme.delivery
    client = acme.client("developer")
    again = reverse("dashboard-delivery-again", args=[acme.delivery.key])
    assert b"still being tried" in client.post(again, follow=True).content
    Delivery.objects.filter(pk=acme.delivery.pk).update(status="failed", finished_at=timezone.now())
    client.post(again)
    assert Delivery.objects.get(again=acme.delivery).body == acme.delivery.body


def test_a_delivery_shows_the_very_bytes(acme: Company) -> None:
    assert acme.delivery
    page = acme.client("viewer").get(reverse("dashboard-delivery", args=[acme.delivery.key]))
    assert "It works." in page.content.decode()
