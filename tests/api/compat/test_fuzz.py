"""Whatever is sent to a compatible surface, it answers in its dialect: never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Partner
from billing import points
from imaging.catalog.models import Product
from tests.api.compat.conftest import Customer
from tests.api.conftest import Caller
from tests.api.test_fuzz import QUICK, VALUES, without_limits  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

PHOTO = "https://a.example/1.jpg"
PRODUCT = {"config": {"product": {"id": "prod_abc123"}}}
GOOD: dict[str, dict[str, Any]] = {
    "/compat/paqshot/v1/generate": {"product_image": PHOTO, "style": "mockup"},
    "/compat/prodvisual/v1/generate": {"image_url": PHOTO, "style": "mockup"},
    "/compat/prodvisual/v1/generate/batch": {"items": [{"image_url": PHOTO, "style": "mockup"}]},
    "/compat/qamera/api/external/packshots/register-ideas": {**PRODUCT, "count": 1},
    "/compat/qamera/api/external/packshots/update-packshot": {"recordId": "ps_1"},
    "/partner/v1/presets": {"id": "p", "label": "P"},
    "/partner/v1/sceneries": {"id": "s", "label": "S"},
    "/partner/v1/models": {"id": "m", "label": "M"},
}
FIELDS = [
    *("product_image", "style", "scene_type", "background", "aspect_ratio", "people", "location"),
    *("prompt", "webhook_url", "image_url", "platform", "dimensions", "format", "quality", "items"),
    *("config", "count", "recordId", "Voting", "verificationResult", "status"),
    *("id", "label", "scene", "mode", "shadow", "aspectRatio"),
]
PARTS = st.dictionaries(st.sampled_from(["product", "preset", "scenery", "model"]), VALUES)
FEW = settings(QUICK, max_examples=12)
DOCUMENTED = (200, 201, 202, 400, 404, 409, 413, 422)


@pytest.fixture
def shirt(partner: Partner) -> Product:
    return Product.objects.create(partner=partner, sku="prod_abc123", image_url=PHOTO)


def assert_documented(answer: Any) -> None:
    assert answer.status_code in DOCUMENTED, answer.content
    assert isinstance(json.loads(answer.content), dict)
    assert answer["X-Request-Id"]
    assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("path", GOOD)
@FEW
@given(change=st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=1, max_size=3))
def test_wild_values_in_known_fields(
    rich: Partner, shirt: Product, test_key: Caller, path: str, change: dict[str, Any]
) -> None:
    body = json.dumps({**GOOD[path], **change}).encode()

    assert_documented(Customer(path, test_key.key).post("", body))

    assert points.balance(partner_id=rich.pk) == 100


@pytest.mark.parametrize("path", GOOD)
@FEW
@given(raw=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_wild_bodies(rich: Partner, live: Caller, path: str, raw: bytes) -> None:
    answer = Customer(path, live.key).post("", raw)

    assert_documented(answer)
    assert answer.status_code == 400


@FEW
@given(config=PARTS, count=VALUES)
def test_wild_orders_of_ideas(
    rich: Partner, shirt: Product, qamera_trial: Customer, config: dict[str, Any], count: Any
) -> None:
    body = {"config": {"product": {"id": "prod_abc123"}, **config}, "count": count}
    raw = json.dumps(body).encode()

    assert_documented(qamera_trial.post("/api/external/packshots/register-ideas", raw))


@FEW
@given(name=st.text(max_size=60))
def test_wild_records(rich: Partner, qamera: Customer, qamera_trial: Customer, name: str) -> None:
    for customer in (qamera, qamera_trial):
        for text in (name, f"ps_{name}", f"ps_test_{name}"):
            raw = json.dumps({"recordId": text, "Voting": "APPROVED"}).encode()
            answer = customer.post("/api/external/packshots/update-packshot", raw)
            assert answer.status_code in (400, 404), answer.content
