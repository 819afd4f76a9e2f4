"""Qamera's documentation, walked line by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, Partner
from accounts.webhooks import endpoints
from accounts.webhooks.models import Delivery
from billing import points
from imaging import jobs
from imaging.catalog.models import OwnIngredient, Product
from imaging.models import Batch, Generation
from tests.api.compat.conftest import Customer, Shop, picture
from tests.api.conftest import Caller, download

pytestmark = pytest.mark.django_db(transaction=True)

BASE = "/compat/qamera"
LIST = "/api/external/packshots"
IDEAS, UPDATE = f"{LIST}/register-ideas", f"{LIST}/update-packshot"
ORDER = {
    "config": {
        "product": {"id": "prod_abc123"},
        "preset": {"id": "preset_xyz"},
        "scenery": {"id": "scenery_001"},
    },
    "count": 10,
}


@pytest.fixture
def shirt(partner: Partner, shop: Shop) -> Product:
    """The product, preset and scenery of the documented example, under the ids they had there."""
    own = partner.ingredients
    own.create(kind="preset", key="preset_xyz", label="Ours", style="white_bg", aspect_ratio="4:3")
    own.create(kind="scenery", key="scenery_001", label="Oak", scene="on an oak table")
    shop.files["/shirt.jpg"] = picture("JPEG")
    return Product.objects.create(
        partner=partner,
        sku="prod_abc123",
        title="White T-Shirt",
        image_url=f"{shop.url}/shirt.jpg",
    )


@pytest.fixture
def qamera(live: Caller) -> Customer:
    return Customer(BASE, live.key, "X-Api-Key")


@pytest.fixture
def trial(test_key: Caller) -> Customer:
    return Customer(BASE, test_key.key, "X-Api-Key")


def refused(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert body["success"] is False
    assert body["message"]
    assert body["correlationId"] == answer["X-Request-Id"]
    return answer.status_code, body["code"]


def two(**more: Any) -> dict[str, Any]:
    return {"config": {"product": {"id": "prod_abc123"}, **more}, "count": 2}


def register(qamera: Customer, body: Any = None) -> list[str]:
    answer = qamera.post(IDEAS, body or two())
    assert answer.status_code == 200, answer.content
    records: list[str] = answer.json()["createdRecordIds"]
    return records


def listed(qamera: Customer, query: str = "") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in qamera.get(LIST + query).json()["packshots"]}


def finish(qamera: Customer, records: list[str]) -> None:
    """Wait for packshots as the document says: by listing them."""
    until = datetime.now().timestamp() + 20
    while any(listed(qamera)[record]["status"] in ("PENDING", "PROCESSING") for record in records):
        assert datetime.now().timestamp() < until, listed(qamera)


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
    finish(qamera, good + bad)

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


# --- GET /packshots ------------------------------------------------------------------------------


def test_packshots_are_listed_newest_first(
    qamera: Customer, worker: None, rich: Partner, shirt: Product
) -> None:
    [older] = register(qamera, {**two(), "count": 1})
    [newer] = register(qamera, {**two(), "count": 1})
    finish(qamera, [older, newer])

    body = qamera.get(LIST).json()

    assert [row["id"] for row in body["packshots"]] == [newer, older]
    assert (body["count"], body["nextCursor"]) == (2, None)
    row = body["packshots"][0]
    assert {"id", "name", "thumbnail", "status", "voting", "createdAt"} <= set(row)
    assert row["name"] == "White T-Shirt Packshot"
    assert (row["status"], row["voting"]) == ("DONE", None)
    assert datetime.strptime(row["createdAt"], "%Y-%m-%dT%H:%M:%S.%fZ")
    for address in (row["thumbnail"], row["imageUrl"]):
        assert download(address).status_code == 200


def test_one_that_waits_has_no_thumbnail_yet(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    [record] = register(qamera, {**two(), "count": 1})

    row = listed(qamera)[record]
    assert (row["status"], row["thumbnail"], row["imageUrl"]) == ("PENDING", None, None)


def test_listing_costs_nothing(qamera: Customer, rich: Partner) -> None:
    assert qamera.get(LIST).json() == {"packshots": [], "count": 0, "nextCursor": None}
    assert points.balance(partner_id=rich.pk) == 100


def test_a_long_list_comes_in_pages(qamera: Customer, rich: Partner, shirt: Product) -> None:
    records = register(qamera, {**two(), "count": 3})

    first = qamera.get(f"{LIST}?limit=2").json()
    rest = qamera.get(f"{LIST}?limit=2&cursor={first['nextCursor']}").json()

    names = [row["id"] for row in first["packshots"] + rest["packshots"]]
    assert sorted(names) == sorted(records)
    assert (first["count"], rest["count"], rest["nextCursor"]) == (2, 1, None)


@pytest.mark.parametrize("query", ["statusFilter=rejected", "limit=0", "limit=1001", "cursor=x"])
def test_a_wrong_query_is_400(qamera: Customer, partner: Partner, query: str) -> None:
    assert refused(qamera.get(f"{LIST}?{query}")) == (400, "invalid_request")


def test_packshots_of_other_surfaces_and_partners_are_not_listed(
    qamera: Customer,
    live: Caller,
    caller: Callable[..., Caller],
    other_partner: Partner,
    rich: Partner,
    shirt: Product,
) -> None:
    live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    assert listed(qamera) == {}
    [record] = register(qamera, {**two(), "count": 1})

    rival = Customer(BASE, caller(partner=other_partner).key, "X-Api-Key")
    assert listed(rival) == {}
    foreign = rival.post(UPDATE, {"recordId": record, "Voting": "APPROVED"})
    assert refused(foreign) == (404, "not_found")


# --- POST /update-packshot -----------------------------------------------------------------------


@pytest.fixture
def made(qamera: Customer, worker: None, rich: Partner, shirt: Product) -> list[str]:
    """Two finished packshots."""
    records = register(qamera)
    finish(qamera, records)
    return records


def standing(qamera: Customer, record: str) -> tuple[str, str | None]:
    row = listed(qamera)[record]
    return row["status"], row["voting"]


def update(qamera: Customer, record: str, **change: str) -> None:
    answer = qamera.post(UPDATE, {"recordId": record, **change})
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_an_approved_packshot_is_found_by_the_filter(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="APPROVED")

    assert standing(qamera, made[0]) == ("DONE", "APPROVED")
    assert standing(qamera, made[1]) == ("DONE", None)
    assert list(listed(qamera, "?statusFilter=approved")) == [made[0]]
    assert len(listed(qamera, "?statusFilter=all")) == 2


def test_rejecting_archives(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="REJECTED")

    assert standing(qamera, made[0]) == ("ARCHIVE", "REJECTED")
    assert listed(qamera, "?statusFilter=approved") == {}


def test_archiving_leaves_the_vote_as_it_is(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="APPROVED")
    update(qamera, made[0], status="ARCHIVE")
    update(qamera, made[1], status="ARCHIVE")

    assert standing(qamera, made[0]) == ("ARCHIVE", "APPROVED")
    assert standing(qamera, made[1]) == ("ARCHIVE", None)
    assert list(listed(qamera, "?statusFilter=approved")) == [made[0]]


def test_both_may_be_said_at_once(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="APPROVED", status="ARCHIVE")
    update(qamera, made[1], Voting="REJECTED", status="ARCHIVE")

    assert standing(qamera, made[0]) == ("ARCHIVE", "APPROVED")
    assert standing(qamera, made[1]) == ("ARCHIVE", "REJECTED")


def test_the_last_vote_counts(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="REJECTED")
    update(qamera, made[0], Voting="APPROVED")

    assert standing(qamera, made[0]) == ("DONE", "APPROVED")


def test_notes_are_kept_and_stay(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], verificationResult="collar is crooked")
    update(qamera, made[0], Voting="REJECTED")

    assert listed(qamera)[made[0]]["verificationResult"] == "collar is crooked"
    assert standing(qamera, made[0]) == ("ARCHIVE", "REJECTED")
    assert set(
        AuditEvent.objects.filter(action__startswith="generation.").values_list("action", flat=True)
    ) == {"generation.noted", "generation.reject"}


def test_an_update_without_a_change_is_fine_and_costs_nothing(
    qamera: Customer, rich: Partner, made: list[str]
) -> None:
    update(qamera, made[0])

    assert standing(qamera, made[0]) == ("DONE", None)
    assert points.balance(partner_id=rich.pk) == 84


@pytest.mark.parametrize(
    "wrong",
    [
        {"recordId": None},
        {"recordId": ""},
        {"recordId": 7},
        {"Voting": "MAYBE"},
        {"Voting": True},
        {"status": "DONE"},
        {"verificationResult": 7},
        {"verificationResult": "x" * 501},
    ],
)
def test_a_wrong_update_is_400(qamera: Customer, rich: Partner, wrong: dict[str, Any]) -> None:
    body = {"recordId": "ps_" + "0" * 32, "Voting": "APPROVED", **wrong}

    assert refused(qamera.post(UPDATE, body)) == (400, "invalid_request")


def test_an_unknown_packshot_is_404(qamera: Customer, trial: Customer) -> None:
    for name in ("ps_abc123", "ps_" + "0" * 32, "gen_" + "0" * 32, "é' OR 1=1--"):
        for customer in (qamera, trial):
            answer = customer.post(UPDATE, {"recordId": name, "Voting": "APPROVED"})
            assert refused(answer) == (404, "not_found")


def test_one_without_a_picture_cannot_be_judged(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    [record] = register(qamera, {**two(), "count": 1})

    answer = qamera.post(UPDATE, {"recordId": record, "Voting": "APPROVED"})

    assert refused(answer) == (400, "invalid_request")
    assert "queued" in answer.json()["message"]


# --- Webhooks, test keys -------------------------------------------------------------------------


def test_registered_endpoints_hear_of_it_in_our_own_words(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    endpoints.create(partner=rich, url="https://yoursite.com/all", events=["batch.completed"])
    register(qamera)
    for job in Generation.objects.all():
        jobs.cancel(job.pk)

    assert Delivery.objects.get().event == "batch.completed"


def test_a_test_key_stores_nothing(trial: Customer, rich: Partner, shirt: Product) -> None:
    body = trial.post(IDEAS, two()).json()

    assert len(set(body["createdRecordIds"])) == 2
    assert body["creditsReserved"] == 0
    update(trial, body["createdRecordIds"][0], Voting="APPROVED")
    assert trial.get(LIST).json()["packshots"] == []
    assert not Generation.objects.exists()
    assert not Batch.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100


def test_a_test_packshot_belongs_to_its_partner(
    trial: Customer,
    caller: Callable[..., Caller],
    other_partner: Partner,
    shirt: Product,
) -> None:
    [record, _] = register(trial)
    key = caller(partner=other_partner, environment="test").key
    rival = Customer(BASE, key, "X-Api-Key")

    answer = rival.post(UPDATE, {"recordId": record, "Voting": "APPROVED"})

    assert refused(answer) == (404, "not_found")
