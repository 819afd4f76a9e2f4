"""/partner/v1/webhook-endpoints as a partner's developer meets it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import keys
from accounts.models import IdempotencyRecord, Partner
from accounts.webhooks import endpoints, outbox, sending
from accounts.webhooks.models import Endpoint
from tests.accounts.webhooks.conftest import Receiver

BASE = "/partner/v1/webhook-endpoints"
pytestmark = pytest.mark.django_db


class Caller:
    def __init__(self, partner: Partner, **wishes: Any) -> None:
        self.key = keys.create_key(partner=partner, **wishes).key

    def __call__(self, method: str, path: str = "", body: Any = None, **headers: str) -> Any:
        answer: HttpResponse = Client().generic(  # type: ignore[assignment]
            method,
            BASE + path,
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"X-API-Key": self.key, **headers},
        )
        return answer


@pytest.fixture
def call(partner: Partner) -> Caller:
    return Caller(partner)


def test_an_endpoint_s_life(call: Caller, receiver: Receiver) -> None:
    made = call("POST", "", {"url": receiver.url, "events": ["generation.succeeded"]})
    assert made.status_code == 201
    data = made.json()["data"]
    assert data["secret"].startswith("whsec_")

    path = f"/{data['id']}"
    assert "secret" not in call("GET", path).json()["data"]
    listed = call("GET").json()["data"]["endpoints"]
    assert [row["id"] for row in listed] == [data["id"]]
    changed = call("PATCH", path, {"enabled": False, "description": "the shop"})
    assert changed.json()["data"]["enabled"] is False
    rotated = call("POST", f"{path}/rotate-secret").json()["data"]
    assert rotated["secret"] != data["secret"]
    assert call("DELETE", path).json()["data"] == {"id": data["id"], "deleted": True}
    assert call("GET", path).status_code == 404


def test_a_delivery_can_be_seen_and_sent_again(
    call: Caller, endpoint: Endpoint, receiver: Receiver
) -> None:
    sent = call("POST", f"/{endpoint.id}/test")
    assert sent.status_code == 202
    sending.send_due()

    [row] = call("GET", f"/{endpoint.id}/deliveries?status=delivered").json()["data"]["deliveries"]
    seen = call("GET", f"/deliveries/{row['id']}").json()["data"]
    assert seen["tries"][0]["responseStatus"] == 200
    assert "webhook.test" in seen["body"]

    again = call("POST", f"/deliveries/{row['id']}/redeliver")
    assert again.status_code == 202
    sending.send_due()
    assert len(receiver.got) == 2
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_what_is_still_tried_is_not_sent_again(call: Caller, endpoint: Endpoint) -> None:
    delivery = outbox.send_test(endpoint)
    answer = call("POST", f"/{endpoint.id}/deliveries/{delivery.key}/redeliver")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "url", ["", None, 7, "ftp://x.example", "http://x.example", "https://u:p@x.example", "x" * 3000]
)
def test_an_address_that_cannot_be_used_is_refused(call: Caller, url: Any) -> None:
    answer = call("POST", "", {"url": url})
    assert answer.status_code == 400
    assert answer.json()["param"] == "url"


@pytest.mark.parametrize("events", ["all", "", False, ["unknown"], [7], {"a": 1}])
def test_unknown_events_are_refused(call: Caller, receiver: Receiver, events: Any) -> None:
    answer = call("POST", "", {"url": receiver.url, "events": events})
    assert (answer.status_code, answer.json()["param"]) == (400, "events")


def test_the_same_key_makes_one_endpoint_and_its_secret_is_not_kept_in_clear(
    call: Caller, receiver: Receiver
) -> None:
    header = {"Idempotency-Key": "abc"}
    first = call("POST", "", {"url": receiver.url}, **header)
    second = call("POST", "", {"url": receiver.url}, **header)
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Endpoint.objects.count() == 1
    kept = bytes(IdempotencyRecord.objects.get().body or b"").decode()
    assert first.json()["data"]["secret"] not in kept


def test_a_refusal_is_replayed_too(call: Caller) -> None:
    header = {"Idempotency-Key": "abc"}
    first = call("POST", "", {"url": "x"}, **header)
    second = call("POST", "", {"url": "x"}, **header)
    assert (first.status_code, second.status_code) == (400, 400)
    assert second.headers["Idempotent-Replayed"] == "true"


def test_there_is_an_end_to_how_many(call: Caller, receiver: Receiver, monkeypatch: Any) -> None:
    monkeypatch.setattr(endpoints, "MOST", 1)
    assert call("POST", "", {"url": receiver.url}).status_code == 201
    assert call("POST", "", {"url": receiver.url}).status_code == 409


def test_nobody_reaches_another_partner_s(endpoint: Endpoint, receiver: Receiver) -> None:
    delivery = outbox.send_test(endpoint)
    rival = Caller(Partner.objects.create(name="Rival"))
    for method, path in [
        ("GET", f"/{endpoint.id}"),
        ("PATCH", f"/{endpoint.id}"),
        ("DELETE", f"/{endpoint.id}"),
        ("POST", f"/{endpoint.id}/test"),
        ("POST", f"/{endpoint.id}/rotate-secret"),
        ("GET", f"/{endpoint.id}/deliveries"),
        ("GET", f"/deliveries/{delivery.key}"),
        ("POST", f"/deliveries/{delivery.key}/redeliver"),
        ("GET", "/nonsense"),
    ]:
        assert rival(method, path, {} if method != "GET" else None).status_code == 404


def test_reading_and_writing_are_scopes_of_their_own(partner: Partner, receiver: Receiver) -> None:
    reader = Caller(partner, scopes=["webhooks:read"])
    assert reader("GET").status_code == 200
    assert reader("POST", "", {"url": receiver.url}).status_code == 403
