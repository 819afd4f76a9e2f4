"""ProdVisual's documentation, walked line by line: POST /generate/batch."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Partner
from billing import points
from imaging.models import Batch, Generation
from tests.api.compat.conftest import Customer, Shop
from tests.api.compat.prodvisual_customer import BASE, ORDER, refused

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_batch_is_accepted_and_its_results_are_read(
    prodvisual: Customer, worker: None, rich: Partner, mug: str, shop: Shop
) -> None:
    styles = ["lifestyle", "white_bg", "mockup"]
    items = [{"image_url": mug, "style": style} for style in styles]
    items[2]["image_url"] = f"{shop.url}/none.jpg"

    answer = prodvisual.post("/generate/batch", {"items": items})

    body = answer.json()
    assert answer.status_code == 202
    assert set(body) == {
        *("batch_id", "status", "total_items", "credits_used", "credits_remaining"),
        *("estimated_time_ms", "results_url"),
    }
    assert (body["status"], body["total_items"], body["credits_used"]) == ("processing", 3, 3)
    assert body["credits_remaining"] == 9  # 76 points at 8
    path = body["results_url"].removeprefix(f"http://testserver{BASE}")
    assert path == f"/generations/{body['batch_id']}"
    batch = prodvisual.wait_for(path)
    assert (batch["completed_items"], batch["failed_items"], batch["credits_used"]) == (2, 1, 2)
    results = batch["results"]
    assert [row["status"] for row in results] == ["completed", "completed", "failed"]
    assert results[2]["error"]["code"] == "invalid_image"
    assert prodvisual.get(f"/generations/{results[0]['id']}").json() == results[0]
    assert points.balance(partner_id=rich.pk) == 84


def test_fifty_items_are_the_most(prodvisual: Customer, rich: Partner) -> None:
    points.grant(partner=rich, tier="starter", points=Decimal(400))
    item = {"image_url": ORDER["image_url"], "style": "mockup"}

    assert prodvisual.post("/generate/batch", {"items": [item] * 50}).status_code == 202
    answer = prodvisual.post("/generate/batch", {"items": [item] * 51})

    assert refused(answer) == (400, "invalid_request")
    assert Generation.objects.count() == 50


@pytest.mark.parametrize("items", [None, [], "x", [7], [ORDER, {**ORDER, "style": "none"}]])
def test_a_wrong_batch_is_400(prodvisual: Customer, rich: Partner, items: Any) -> None:
    answer = prodvisual.post("/generate/batch", {"items": items})

    assert refused(answer) == (400, "invalid_request")
    assert not Batch.objects.exists()


def test_a_wrong_item_is_named(prodvisual: Customer) -> None:
    answer = prodvisual.post("/generate/batch", {"items": [ORDER, {**ORDER, "quality": 0}]})

    assert answer.json()["error"]["message"].startswith("items[1]: quality")


def test_a_batch_that_the_credits_do_not_cover_is_402_and_leaves_nothing(
    prodvisual: Customer, rich: Partner
) -> None:
    answer = prodvisual.post("/generate/batch", {"items": [ORDER] * 13})

    assert refused(answer) == (402, "insufficient_credits")
    assert "12 credits remaining" in answer.json()["error"]["message"]
    assert not Batch.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100


def test_the_same_idempotency_key_makes_one_batch(prodvisual: Customer, rich: Partner) -> None:
    first, again = (
        prodvisual.post("/generate/batch", {"items": [ORDER]}, Idempotency_Key="a")
        for _ in range(2)
    )

    assert first.content == again.content
    assert Batch.objects.count() == 1
