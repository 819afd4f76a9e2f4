"""Real answers, compared field by field with the document; `watched` does the comparing.

Every operation is called here with success at least once, every common refusal too. The other
tests of the API are compared in the same way (`answers_as_described` in their conftests).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Partner
from accounts.webhooks.models import Delivery
from tests.api.conftest import Caller, photo
from tests.openapi.conformity import Watch, described, faults, resolved
from tests.openapi.test_document import operations

pytestmark = pytest.mark.django_db(transaction=True)

IMAGE, GENERATIONS = "/partner/v1/image", "/partner/v1/generations"
PRODUCTS = "/partner/v1/products"
BATCHES, ENDPOINTS = "/partner/v1/batches", "/partner/v1/webhook-endpoints"
V2 = "/api/v2/third-party"
SARAH = {
    "email": "sarah@novaretail.example",
    "mobileNumber": {"value": "9876543210", "countryCode": 91},
    "businessName": "Nova Retail",
    "address": {"city": "Mumbai"},
}
SERVICE = {"integrationName": "yourIntegration"}
CREDENTIALS = {"credentials": {"apiKey": "k", "userId": "u"}}


def call(caller: Caller, method: str, path: str, body: Any = None) -> Any:
    return Client().generic(
        method,
        path,
        json.dumps({} if body is None else body),
        content_type="application/json",
        headers={"X-API-Key": caller.key},
    )


def make_pictures(caller: Caller) -> str:
    """Every kind of order and every way to read one; returns the id of a created picture."""
    made: Any = caller.post(f"{IMAGE}/create", {"prompt": "plain", "metadata": {"sku": "1"}})
    own, name = made.json()["data"]["imageUrl"], made.json()["data"]["generationId"]
    sample = f"{settings.PUBLIC_URL}/static/samples/mug.jpg"
    caller.post(f"{IMAGE}/enhance", {"images": [own if "media" in own else sample]})
    caller.post(f"{IMAGE}/packshot", {"productImage": photo(), "count": 2})
    caller.post(f"{IMAGE}/edit", {"image": photo(), "operations": ["relight", "upscale"]})
    caller.post("/partner/v1/render-links", {"operation": "create", "prompt": "plain"})
    caller.post(f"{IMAGE}/create", {"prompt": "plain", "dryRun": True})
    caller.post(f"{GENERATIONS}/{name}/regenerate", {"seed": 7}, Prefer="respond-async")
    for path in (
        IMAGE + "/usage",
        GENERATIONS,
        *(f"{GENERATIONS}/{name}{more}" for more in ("", "/events", "/provenance")),
    ):
        answer: Any = caller.get(path)
        assert answer.status_code == 200, answer.content
        answer.getvalue()
    many: Any = caller.post(BATCHES, {"items": [{"operation": "create", "prompt": "plain"}]})
    caller.post(BATCHES, {"items": [{"operation": "create", "prompt": "plain"}], "dryRun": True})
    caller.get(f"{BATCHES}/{many.json()['data']['id']}")
    caller.get(BATCHES)
    for path in ("styles", "platforms"):
        caller.get(f"/partner/v1/{path}")
    caller.post(f"{GENERATIONS}/{name}/review", {"decision": "approve"})
    return str(name)


def keep_products(caller: Caller) -> None:
    """A product's life."""
    made: Any = caller.post(PRODUCTS, {"sku": "MUG-1", "image": photo()})
    one = f"{PRODUCTS}/{made.json()['data']['id']}"
    caller.get(PRODUCTS)
    caller.get(one)
    call(caller, "PATCH", one, {"title": "A mug"})
    call(caller, "DELETE", one)


def keep_ingredients(caller: Caller) -> None:
    """A preset's life, a scenery's and a model's."""
    for path, said in (
        ("presets", {"style": "marble", "aspectRatio": "16:9"}),
        ("sceneries", {"scene": "on an oak table"}),
        ("models", {"mode": "thinking"}),
    ):
        caller.post(f"/partner/v1/{path}", {"id": "mine", "label": "Mine", **said})
        caller.get(f"/partner/v1/{path}")
        call(caller, "DELETE", f"/partner/v1/{path}/mine")


def keep_endpoints(caller: Caller) -> None:
    """A webhook endpoint's life."""
    made: Any = caller.post(ENDPOINTS, {"url": "https://a.example/hook"})
    one = f"{ENDPOINTS}/{made.json()['data']['id']}"
    call(caller, "PATCH", one, {"description": "mine", "events": ["webhook.test"]})
    caller.post(f"{one}/rotate-secret")
    sent: Any = caller.post(f"{one}/test")
    delivery = sent.json()["data"]["id"]
    Delivery.objects.update(
        status=Delivery.Status.DELIVERED, response_status=204, finished_at=timezone.now()
    )
    for path in (ENDPOINTS, one, f"{one}/deliveries"):
        caller.get(path)
    for place in (f"{one}/deliveries/{delivery}", f"{ENDPOINTS}/deliveries/{delivery}"):
        caller.get(place)
        caller.post(f"{place}/redeliver")
    call(caller, "DELETE", one)


def keep_accounts(manager: Caller) -> None:
    """A merchant account's life."""
    made: Any = manager.post(f"{V2}/createAccount", SARAH)
    name = made.json()["accountId"]
    owner = {"shopIQAccountId": name, **SERVICE}
    call(manager, "PUT", f"{V2}/updateAccount", {"accountId": name, "firstName": "Sarah"})
    manager.get(f"{V2}/getAccount/{name}")
    manager.get(f"{V2}/isAccountCreated?email={SARAH['email']}")
    manager.post(f"{V2}/generateAutoLoginUrl", {"accountId": name})
    manager.post(f"{V2}/revokeAutoLoginUrls", {"accountId": name})
    manager.post(f"{V2}/connectIntegration", {**owner, **CREDENTIALS})
    manager.get(f"{V2}/integrationStatus?shopIQAccountId={name}")
    manager.get(f"{V2}/integrationStatus?shopIQAccountId={name}&integrationName=yourIntegration")
    manager.post(f"{V2}/disconnectIntegration", owner)
    manager.get(f"{V2}/integrationStatus?shopIQAccountId={name}&integrationName=yourIntegration")
    shop = {"shopIQAccountId": name, "integrationName": "woocommerce"}
    keys = {"storeUrl": "https://a.example", "consumerKey": "k", "consumerSecret": "s"}
    manager.post(f"{V2}/connectIntegration", {**shop, "credentials": keys})
    manager.post(f"{V2}/linkShop", {**shop, "styles": {"hero": "marble", "square": None}})
    manager.get(f"{V2}/shopStatus?shopIQAccountId={name}&integrationName=woocommerce")
    store = {"businessCategory": ["Footwear"], "brandName": "Nova"}
    manager.post(
        f"{V2}/createAndDeploy",
        {"accountId": name, **store, "webhookUrl": "https://a.example/hook"},
    )
    call(manager, "DELETE", f"{V2}/deleteAccount?accountId={name}")


def successes(watch: Watch) -> set[str]:
    return {name for name, status in watch.seen if status < 300}


@pytest.fixture
def manager(caller: Callable[..., Caller]) -> Caller:
    return caller(kind="management")


def test_every_operation_answers_as_described(
    answers_as_described: Watch,
    worker: None,
    live: Caller,
    manager: Caller,
    caller: Callable[..., Caller],
) -> None:
    make_pictures(live)
    slow: Any = live.post(f"{IMAGE}/create", {"prompt": "steps 100 0.1"}, Prefer="respond-async")
    live.post(f"{GENERATIONS}/{slow.json()['data']['id']}/cancel")
    keep_products(live)
    keep_ingredients(live)
    keep_endpoints(live)
    keep_accounts(manager)

    named = {
        op["operationId"] for _, path, op in operations() if path.startswith(("/partner", "/api"))
    }
    assert named - successes(answers_as_described) == set(), "call it above"


def test_a_test_key_is_answered_in_the_same_shape(
    answers_as_described: Watch, test_key: Caller
) -> None:
    name = make_pictures(test_key)
    refused: Any = test_key.post(f"{GENERATIONS}/{name}/cancel")

    assert refused.status_code == 409
    assert {"createImage", "enhanceImages", "makePackshot", "getProvenance"} <= successes(
        answers_as_described
    )


def test_refusals_have_the_described_shape(
    answers_as_described: Watch, partner: Partner, caller: Callable[..., Caller]
) -> None:
    """Each with its status; `watched` compares the bodies."""
    path, body = f"{IMAGE}/create", {"prompt": "plain"}
    live = caller()

    assert Caller("").post(path, body).status_code == 401
    assert live.post(path, body).status_code == 402
    assert caller(kind="management").post(path, body).status_code == 403
    assert caller(scopes=["usage:read"]).post(path, body).status_code == 403
    assert live.get(f"{GENERATIONS}/nothing").status_code == 404
    assert live.post(path, b"{").status_code == 400
    assert live.post(path, b"x" * (25 * 1024 * 1024)).status_code == 413
    assert live.post(path, b"a", content_type="text/plain").status_code == 415
    assert live.post(path, {"prompt": "a naked child"}).status_code == 422
    for status in (400, 401, 402, 403, 413, 415, 422):
        assert ("createImage", status) in answers_as_described.seen


def test_a_full_window_is_refused_as_described(caller: Callable[..., Caller]) -> None:
    hasty = caller(rate_minute=1)
    hasty.get(f"{IMAGE}/usage")

    answer: Any = hasty.get(f"{IMAGE}/usage")

    assert answer.status_code == 429
    assert answer.json()["retryAfter"] >= 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer_as_described(path: str) -> None:
    answer: Any = Client().get(path)

    said = resolved(described()["paths"][path]["get"]["responses"][str(answer.status_code)])
    assert faults(said["content"]["application/json"]["schema"], answer.json()) == []


def test_what_a_webhook_says_is_described(worker: None, live: Caller) -> None:
    live.post(ENDPOINTS, {"url": "https://a.example/hook"})
    live.post(f"{IMAGE}/create", {"prompt": "plain"})
    live.post(f"{IMAGE}/create", {"prompt": "raise"})

    sent = Delivery.objects.filter(event__startswith="generation.")
    assert {delivery.event for delivery in sent} == {"generation.succeeded", "generation.failed"}
    for delivery in sent:
        message = described()["webhooks"][delivery.event]["post"]["requestBody"]["content"]
        schema = message["application/json"]["schema"]
        assert faults(schema, json.loads(bytes(delivery.body))) == []
