"""A second partner walks every address with the first one's ids, and finds nothing.

The addresses come from the URL configuration: one that is added with a new kind of id fails here
until the `treasures` fixture holds one of that kind.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.api.view import ApiView
from accounts.models import Partner
from accounts.webhooks.models import Delivery, Endpoint
from imaging.catalog.models import OwnIngredient, Product
from imaging.models import Batch, Generation
from tests.api.conftest import Caller, photo

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
Addresses = Iterator[tuple[str, URLPattern]]


def addresses(resolver: URLResolver, prefix: str = "") -> Addresses:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def api_addresses() -> list[tuple[str, str, str]]:
    """(method, path with <converter:name> parts, kind of key) of every API view with an id."""
    found = []
    for path, entry in addresses(get_resolver()):
        view: Any = getattr(entry.callback, "view_class", None)
        if entry.pattern.converters and view is not None and issubclass(view, ApiView):
            found += [(method, path, view.key_kind) for method in METHODS if hasattr(view, method)]
    return found


@pytest.fixture
def treasures(rich: Partner, live: Caller, caller: Callable[..., Caller]) -> dict[str, str]:
    """One id of the first partner for each name in the addresses."""
    made = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    shot = {"product_image": photo(), "style": "mockup"}
    paqshot = live.post("/compat/paqshot/v1/generate", shot)
    hook = {"webhook_url": "https://a.example/hook"}
    wish = {"image_url": "https://a.example/m.jpg", "style": "mockup", **hook}
    prodvisual = live.post("/compat/prodvisual/v1/generate", wish)
    endpoint = Endpoint.objects.create(partner=rich, url="https://a.example/hook", secret="s")
    delivery = Delivery.objects.create(
        partner=rich, endpoint=endpoint, event="generation.completed", url=endpoint.url
    )
    account = caller(kind="management").post(
        "/api/v2/third-party/createAccount",
        {"email": "a@a.example", "mobileNumber": {"value": "9876543210", "countryCode": 91}},
    )
    return {
        "account_id": account.json().get("accountId", ""),
        "generation_id": made.json()["data"]["id"],
        "paqshot_id": paqshot.json()["id"],
        "prodvisual_id": prodvisual.json()["id"],
        "batch_id": str(Batch.objects.create(partner=rich, total=1).pk),
        "product_id": str(
            Product.objects.create(
                partner=rich, sku="MUG-1", image_url="https://a.example/m.jpg"
            ).pk
        ),
        "ingredient_id": OwnIngredient.objects.create(
            partner=rich, kind="preset", key="preset_xyz", label="Ours", style="marble"
        ).key,
        "endpoint_id": str(endpoint.id),
        "delivery_id": str(delivery.key),
    }


def filled(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = path.replace(f"<str:{name}>", value)
    return f"/{path}"


def ask(key: str, method: str, path: str) -> tuple[int, dict[str, Any]]:
    answer: Any = Client().generic(
        method.upper(), path, b"{}", content_type="application/json", headers={"X-API-Key": key}
    )
    body = json.loads(answer.content)
    for name in ("timestamp", "correlationId"):
        body.pop(name, None)
    return answer.status_code, body


@pytest.mark.parametrize(("method", "path", "kind"), api_addresses())
@pytest.mark.parametrize("environment", ["live", "test"])
def test_a_foreign_id_is_answered_exactly_like_one_that_does_not_exist(
    treasures: dict[str, str],
    caller: Callable[..., Caller],
    other_partner: Partner,
    method: str,
    path: str,
    kind: str,
    environment: str,
) -> None:
    if kind == "management":
        environment = "live"  # these keys have no other
    rival = caller(partner=other_partner, kind=kind, environment=environment).key
    stranger = {name: str(uuid.uuid4()) for name in treasures} | {"account_id": "0" * 24}
    assert "<" not in filled(path, treasures), "treasures has no id of this kind: add one"

    foreign = ask(rival, method, filled(path, treasures))
    missing = ask(rival, method, filled(path, stranger))
    odd = ask(rival, method, filled(path, dict.fromkeys(treasures, "é' OR 1=1--%00")))

    assert foreign == missing == odd
    assert foreign[0] == 404
    assert {job.status for job in Generation.objects.all()} == {"queued"}
    assert Endpoint.objects.count() == Delivery.objects.count() == 1
    assert Product.objects.get().sku == "MUG-1"
    assert OwnIngredient.objects.get().key == "preset_xyz"


def test_the_walk_covers_what_there_is() -> None:
    paths = [path for _, path, _ in api_addresses()]

    assert "partner/v1/generations/<str:generation_id>/cancel" in paths
    assert len(paths) >= 5


@pytest.mark.parametrize(
    "path", ["generations", "webhook-endpoints", "batches", "products", "presets"]
)
def test_lists_hold_nothing_of_another(
    treasures: dict[str, str], caller: Callable[..., Caller], other_partner: Partner, path: str
) -> None:
    answer = caller(partner=other_partner).get(f"/partner/v1/{path}")

    assert answer.status_code == 200
    assert not any(treasure in answer.content.decode() for treasure in treasures.values())


def test_a_cursor_of_another_shows_only_ones_own(
    treasures: dict[str, str], live: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    cursor = live.get("/partner/v1/generations?limit=1").json()["data"]["nextCursor"]
    assert cursor

    rival = caller(partner=other_partner)
    data = rival.get(f"/partner/v1/generations?limit=1&cursor={cursor}").json()["data"]

    assert data == {"generations": [], "nextCursor": None}


def test_an_idempotency_key_is_ones_own(
    treasures: dict[str, str], live: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    path, body = "/partner/v1/image/create", {"prompt": "a mug"}
    headers = {"Idempotency_Key": "the-same", "Prefer": "respond-async"}
    mine = live.post(path, body, **headers)

    theirs = caller(partner=other_partner).post(path, body, **headers)

    assert mine.status_code == 202
    assert (theirs.status_code, theirs.json()["code"]) == (402, "insufficient_points")
