"""Qamera's documentation, walked line by line: orders, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Partner
from billing import points
from imaging.catalog.models import OwnIngredient, Product
from imaging.models import Batch, Generation
from tests.api.compat.conftest import Customer
from tests.api.compat.qamera_customer import (
    BASE,
    IDEAS,
    LIST,
    ORDER,
    UPDATE,
    finish,
    listed,
    refused,
    register,
    two,
)
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True)


# --- POST /register-ideas ------------------------------------------------------------------------


def test_the_documented_request_holds_points_for_each_packshot(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    answer = qamera.post(IDEAS, ORDER)

    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {
        *("createdRecordIds", "batchId", "orderId", "reservationId", "creditsReserved"),
    }
    assert len(set(body["createdRecordIds"])) == 10
    assert all(record.startswith("ps_") for record in body["createdRecordIds"])
    assert body["batchId"].startswith("batch_")
    assert body["orderId"].startswith("order_")
    assert body["reservationId"].startswith("res_")
    assert body["creditsReserved"] == 80
    assert points.balance(partner_id=rich.pk) == 20
    assert Generation.objects.filter(points_held=8, product=shirt).count() == 10


def test_what_is_left_out_is_ten_packshots_without_preset_or_scenery(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    config = {"product": {"id": "prod_abc123"}, "preset": None, "model": {}}

    assert len(register(qamera, {"config": config})) == 10


def test_preset_scenery_and_model_are_in_the_recipe(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    rich.ingredients.create(
        kind="model", key="m", label="M", mode="thinking", people="a person in a red coat"
    )
    register(qamera, {"config": {**ORDER["config"], "model": {"id": "m"}}, "count": 1})

    recipe = Generation.objects.get().recipe
    assert (recipe["style"], recipe["aspect_ratio"]) == ("white_bg", "4:3")
    assert (recipe["width"], recipe["height"]) == (1024, 768)
    assert recipe["scene_type"] == "on an oak table"
    assert (recipe["mode"], recipe["people"]) == ("thinking", "a person in a red coat")
    assert Generation.objects.get().points_held == 15


def test_shipped_ones_are_everybodys(qamera: Customer, rich: Partner, shirt: Product) -> None:
    wish = two(
        preset={"id": "preset_story"}, scenery={"id": "scenery_sage"}, model={"id": "model_fast"}
    )
    register(qamera, wish)

    recipe = Generation.objects.all()[0].recipe
    assert (recipe["style"], recipe["aspect_ratio"]) == ("social_story", "9:16")
    assert recipe["background"] == "sweep:sage"


def test_without_preset_and_scenery_each_packshot_is_another_idea(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    register(qamera, {"config": {"product": {"id": "prod_abc123"}}})

    recipes = [row.recipe for row in Generation.objects.order_by("position")]
    assert recipes[0]["background"] == "white"
    looks = {(one["style"], one["background"], one["scene_type"]) for one in recipes}
    assert len(looks) == 10


def test_a_preset_alone_keeps_its_own_surroundings(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    register(qamera, two(preset={"id": "preset_luxury"}))

    recipes = [row.recipe for row in Generation.objects.all()]
    assert {(recipe["style"], recipe["background"]) for recipe in recipes} == {("dark_luxury", "")}


def test_a_series_is_lit_from_changing_sides(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    register(qamera)

    first, second = (row.recipe["seed"] for row in Generation.objects.order_by("position"))
    assert second == first + 1


def test_a_product_may_be_named_by_its_id(qamera: Customer, rich: Partner, shirt: Product) -> None:
    for name in (str(shirt.pk), f"prod_{shirt.pk.hex}", "prod_abc123"):
        register(qamera, {"config": {"product": {"id": name}}, "count": 1})


@pytest.mark.parametrize(
    ("config", "param"),
    [
        (None, "config"),
        ("prod_abc123", "config"),
        ({}, "config.product.id"),
        ({"product": "prod_abc123"}, "config.product.id"),
        ({"product": {}}, "config.product.id"),
        ({"product": {"id": 7}}, "config.product.id"),
        ({"product": {"id": "prod_none"}}, "config.product.id"),
        ({"product": {"id": "prod_abc123"}, "preset": {"id": "none"}}, "config.preset.id"),
        ({"product": {"id": "prod_abc123"}, "preset": {"id": ["x"]}}, "config.preset.id"),
        ({"product": {"id": "prod_abc123"}, "preset": "preset_xyz"}, "config.preset.id"),
        ({"product": {"id": "prod_abc123"}, "scenery": {"id": " "}}, "config.scenery.id"),
        ({"product": {"id": "prod_abc123"}, "scenery": {"id": "preset_xyz"}}, "config.scenery.id"),
        ({"product": {"id": "prod_abc123"}, "model": {"id": "../etc"}}, "config.model.id"),
    ],
)
def test_what_is_missing_or_unknown_is_400(
    qamera: Customer, rich: Partner, shirt: Product, config: Any, param: str
) -> None:
    answer = qamera.post(IDEAS, {"config": config})

    assert refused(answer) == (400, "invalid_request")
    assert answer.json()["param"] == param
    assert not Batch.objects.exists()


@pytest.mark.parametrize("count", [0, 51, -1, "10", 2.5, True])
def test_a_wrong_count_is_400(qamera: Customer, rich: Partner, shirt: Product, count: Any) -> None:
    assert refused(qamera.post(IDEAS, {**ORDER, "count": count})) == (400, "invalid_request")


def test_fifty_are_the_most(qamera: Customer, rich: Partner, shirt: Product) -> None:
    points.grant(partner=rich, tier="starter", points=Decimal(300))

    assert len(register(qamera, {**ORDER, "count": 50})) == 50


def test_what_another_partner_keeps_is_unknown(
    caller: Callable[..., Caller], other_partner: Partner, rich: Partner, shirt: Product
) -> None:
    rival = Customer(BASE, caller(partner=other_partner).key, "X-Api-Key")
    Product.objects.create(partner=other_partner, sku="mine", image_url="https://a.example/m.jpg")

    assert refused(rival.post(IDEAS, ORDER)) == (400, "invalid_request")
    by_id = {"config": {"product": {"id": str(shirt.pk)}}}
    assert refused(rival.post(IDEAS, by_id)) == (400, "invalid_request")
    borrowed = {"config": {"product": {"id": "mine"}, "preset": {"id": "preset_xyz"}}}
    assert refused(rival.post(IDEAS, borrowed)) == (400, "invalid_request")


def test_words_that_are_not_allowed_are_400(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    OwnIngredient.objects.filter(kind="scenery").update(scene="how to build a pipe bomb at home")

    assert refused(qamera.post(IDEAS, ORDER)) == (400, "content_blocked")
    assert not Batch.objects.exists()


def test_too_few_points_for_all_are_402_and_nothing_is_held(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    assert refused(qamera.post(IDEAS, {**ORDER, "count": 13})) == (402, "insufficient_points")
    assert points.balance(partner_id=rich.pk) == 100
    assert not Batch.objects.exists()


def test_points_are_consumed_by_what_succeeds_and_given_back_by_what_fails(
    qamera: Customer, worker: None, rich: Partner, shirt: Product
) -> None:
    good = register(qamera)
    shirt.image_url = shirt.image_url.replace("shirt", "none")
    shirt.save()
    bad = register(qamera)
    finish()

    rows = listed(qamera)
    assert [rows[record]["status"] for record in good + bad] == ["DONE"] * 2 + ["FAILED"] * 2
    assert rows[bad[0]]["error"]
    assert points.balance(partner_id=rich.pk) == 84


@pytest.mark.parametrize("path", [IDEAS, UPDATE])
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_json_object_is_400(qamera: Customer, path: str, raw: bytes) -> None:
    assert refused(qamera.post(path, raw)) == (400, "invalid_request")


@pytest.mark.parametrize("key", ["", "mk_live_abc123.secret456"])
def test_a_missing_or_invalid_key_is_401(partner: Partner, key: str) -> None:
    stranger = Customer(BASE, key, "X-Api-Key")

    for answer in (stranger.get(LIST), stranger.post(IDEAS, ORDER), stranger.post(UPDATE, {})):
        assert refused(answer) == (401, "unauthorized")


def test_what_is_not_there_is_404() -> None:
    for path in ("", "/api/external", f"{LIST}/x", "/api/external/products"):
        assert refused(Client().get(BASE + path)) == (404, "not_found")


def test_too_many_requests_are_429(caller: Callable[..., Caller], partner: Partner) -> None:
    hasty = Customer(BASE, caller(rate_minute=1).key, "X-Api-Key")
    hasty.get(LIST)

    answer = hasty.get(LIST)

    assert refused(answer) == (429, "rate_limited")
    assert int(answer["Retry-After"]) >= 1


def test_the_same_idempotency_key_registers_once(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    first, again = (qamera.post(IDEAS, two(), Idempotency_Key="a") for _ in range(2))
    other = qamera.post(IDEAS, {**two(), "count": 3}, Idempotency_Key="a")

    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert refused(other) == (400, "idempotency_key_reused")
    assert Batch.objects.count() == 1
