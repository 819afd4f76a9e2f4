"""ProdVisual's webhooks: signed with the API key of the request, which is then forgotten."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import Partner
from accounts.webhooks import endpoints
from accounts.webhooks.models import Delivery
from imaging import jobs
from imaging.models import Batch, Generation
from tests.api.compat.conftest import Customer, Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(mug: str) -> dict[str, Any]:
    return {"image_url": mug, "style": "white_bg"}


def signature(key: str, raw: bytes) -> str:
    """As the document says: HMAC-SHA256 of the raw body with the API key as the secret."""
    return hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()


def test_completion_is_told_and_signed_with_the_key(
    prodvisual: Customer,
    worker: None,
    rich: Partner,
    order: dict[str, Any],
    shop: Shop,
    send_webhooks: Callable[[], int],
) -> None:
    name = prodvisual.post("/generate", {**order, "webhook_url": f"{shop.url}/hook"}).json()["id"]
    body = prodvisual.wait_for(f"/generations/{name}")

    send_webhooks()

    [(headers, raw)] = shop.heard
    assert headers["x-prodvisual-signature"] == signature(prodvisual.key, raw)
    assert headers["webhook-id"]
    told = json.loads(raw)
    assert set(told) == {"event", "data", "timestamp"}
    assert told["event"] == "generation.completed"
    assert told["data"] == {
        "id": name,
        "status": "completed",
        "output_url": body["output_url"],
        "credits_used": 1,
    }
    assert Delivery.objects.get().secret is None


def test_the_key_is_encrypted_until_the_delivery_has_it_and_then_forgotten(
    prodvisual: Customer, rich: Partner, order: dict[str, Any]
) -> None:
    prodvisual.post("/generate", {**order, "webhook_url": "https://yoursite.com/hook"})
    waiting = Generation.objects.get()
    assert waiting.webhook_secret == prodvisual.key
    with connection.cursor() as cursor:
        cursor.execute("SELECT webhook_secret FROM imaging_generation")
        assert prodvisual.key not in cursor.fetchone()[0]

    jobs.cancel(waiting.pk)

    assert Generation.objects.get().webhook_secret is None
    assert Delivery.objects.get().secret == prodvisual.key


def test_without_a_webhook_no_key_is_kept(
    prodvisual: Customer, rich: Partner, order: dict[str, Any]
) -> None:
    prodvisual.post("/generate/batch", {"items": [order]})

    assert Generation.objects.get().webhook_secret is None
    assert Batch.objects.get().webhook_secret is None


def test_failure_is_told_with_its_reason(
    prodvisual: Customer, rich: Partner, order: dict[str, Any]
) -> None:
    prodvisual.post("/generate", {**order, "webhook_url": "https://yoursite.com/hook"})
    jobs.cancel(Generation.objects.get().pk)

    told = json.loads(bytes(Delivery.objects.get().body))
    assert (told["event"], told["data"]["status"]) == ("generation.failed", "failed")
    assert told["data"]["credits_used"] == 0
    assert set(told["data"]["error"]) == {"code", "message", "status"}


def test_the_end_of_a_batch_is_told_once(
    prodvisual: Customer,
    worker: None,
    rich: Partner,
    order: dict[str, Any],
    shop: Shop,
    send_webhooks: Callable[[], int],
) -> None:
    body = {"items": [order, order], "webhook_url": f"{shop.url}/hook"}
    name = prodvisual.post("/generate/batch", body).json()["batch_id"]
    shown = prodvisual.wait_for(f"/generations/{name}")

    send_webhooks()

    [(headers, raw)] = shop.heard
    assert headers["x-prodvisual-signature"] == signature(prodvisual.key, raw)
    told = json.loads(raw)
    assert (told["event"], told["data"]) == ("batch.completed", shown)
    assert Batch.objects.get().webhook_secret is None


def test_an_item_of_a_batch_may_have_a_webhook_of_its_own(
    prodvisual: Customer, rich: Partner, order: dict[str, Any]
) -> None:
    told = {**order, "webhook_url": "https://yoursite.com/one"}
    prodvisual.post("/generate/batch", {"items": [order, told]})
    for job in Generation.objects.all():
        jobs.cancel(job.pk)

    delivery = Delivery.objects.get()
    assert (delivery.url, delivery.secret) == (told["webhook_url"], prodvisual.key)
    assert not Generation.objects.filter(webhook_secret__isnull=False).exists()


def test_registered_endpoints_hear_of_it_in_our_own_words(
    prodvisual: Customer, rich: Partner, order: dict[str, Any]
) -> None:
    endpoints.create(partner=rich, url="https://yoursite.com/all", events=["batch.completed"])
    prodvisual.post("/generate/batch", {"items": [order]})
    jobs.cancel(Generation.objects.get().pk)

    told = json.loads(bytes(Delivery.objects.get().body))
    assert (told["type"], told["data"]["total"]) == ("batch.completed", 1)
