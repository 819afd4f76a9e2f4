"""ProdVisual's documentation, walked line by line: pictures, styles and credits."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import Partner
from billing import points
from imaging.models import Generation
from tests.api.compat.conftest import Customer, Shop, picture
from tests.api.compat.prodvisual_customer import BASE, HOOK, ORDER, refused
from tests.api.conftest import Caller, download

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trial(test_key: Caller) -> Customer:
    return Customer(BASE, test_key.key)


# --- POST /generate ------------------------------------------------------------------------------


def test_a_picture_is_waited_for(
    prodvisual: Customer, worker: None, rich: Partner, mug: str
) -> None:
    answer = prodvisual.post("/generate", {**ORDER, "image_url": mug})

    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {
        *("id", "status", "output_url", "style", "platform", "dimensions", "format", "file_size"),
        *("credits_used", "credits_remaining", "generation_time_ms", "created_at", "expires_at"),
    }
    assert body["id"].startswith("gen_")
    assert (body["status"], body["style"], body["platform"]) == ("completed", "lifestyle", "amazon")
    assert (body["credits_used"], body["credits_remaining"]) == (1, 11)  # 92 points at 8
    shown = download(body["output_url"])
    assert (shown["Content-Type"], len(shown.body)) == ("image/png", body["file_size"])
    width, height = Image.open(io.BytesIO(shown.body)).size
    assert body["dimensions"] == f"{width}x{height}"
    lives = datetime.fromisoformat(body["expires_at"]) - datetime.fromisoformat(body["created_at"])
    assert lives == timedelta(days=7)
    assert points.balance(partner_id=rich.pk) == 92


def test_every_answer_tells_the_limits(prodvisual: Customer, partner: Partner) -> None:
    for answer in (prodvisual.get("/account/credits"), prodvisual.post("/generate", {})):
        assert answer["X-RateLimit-Limit"] == "60"
        assert answer["X-RateLimit-Remaining"].isdecimal()
        assert answer["X-RateLimit-Reset"].isdecimal()


def test_what_is_left_out_has_the_documented_default(trial: Customer) -> None:
    body = trial.post("/generate", {"image_url": ORDER["image_url"], "style": "white_bg"}).json()

    assert (body["platform"], body["format"], body["dimensions"]) == ("generic", "png", "1500x1500")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("platform", ["amazon", "ebay", "etsy", "shopify", "generic", "woocommerce"]),
        ("platform", ["mercado_libre"]),
        ("dimensions", ["1500x1500", "64x4096", None]),
        ("background", ["#ffffff", "#AbCdEf", "transparent", None]),
        ("format", ["png", "jpeg", "webp", None]),
        ("quality", [1, 90, 100, None]),
        ("webhook_url", ["https://yoursite.com/hook", None]),
    ],
)
def test_each_documented_value_is_taken(trial: Customer, field: str, values: list[Any]) -> None:
    for value in values:
        answer = trial.post("/generate", {**ORDER, field: value})
        assert answer.status_code in (200, 202), (value, answer.content)


def test_dimensions_and_format_are_kept(
    prodvisual: Customer, worker: None, rich: Partner, mug: str
) -> None:
    wish = {"image_url": mug, "style": "white_bg", "dimensions": "320x200", "format": "webp"}

    body = prodvisual.post("/generate", {**wish, "quality": 40}).json()

    assert (body["dimensions"], body["format"]) == ("320x200", "webp")
    shown = Image.open(io.BytesIO(download(body["output_url"]).body))
    assert (shown.size, shown.format) == ((320, 200), "WEBP")


@pytest.mark.parametrize(
    "wrong",
    [
        {"image_url": None},
        {"image_url": "my-product.jpg"},
        {"image_url": "iVBORw0KGgo="},
        {"image_url": 7},
        {"style": None},
        {"style": "no such style"},
        {"platform": "bazaar"},
        {"dimensions": "1500"},
        {"dimensions": "63x100"},
        {"dimensions": "5000x100"},
        {"dimensions": 1500},
        {"background": "red"},
        {"background": "#fff"},
        {"format": "gif"},
        {"quality": 0},
        {"quality": 101},
        {"quality": "90"},
        {"webhook_url": "ftp://yoursite.com"},
    ],
)
def test_a_missing_or_invalid_parameter_is_400(
    prodvisual: Customer, rich: Partner, wrong: dict[str, Any]
) -> None:
    assert refused(prodvisual.post("/generate", {**ORDER, **wrong})) == (400, "invalid_request")
    assert not Generation.objects.exists()


def test_what_is_no_json_is_400(prodvisual: Customer) -> None:
    assert refused(prodvisual.post("/generate", b"{")) == (400, "invalid_request")


def test_a_missing_or_invalid_key_is_401() -> None:
    for key in ("", "pv_live_a1b2c3d4"):
        assert refused(Customer(BASE, key).get("/account/credits")) == (401, "unauthorized")


def test_without_credits_it_is_402_and_says_how_many_are_left(
    prodvisual: Customer, partner: Partner
) -> None:
    answer = prodvisual.post("/generate", {**ORDER, **HOOK})

    assert refused(answer) == (402, "insufficient_credits")
    assert answer.json()["error"]["message"] == (
        "Your account has 0 credits remaining. Please purchase more credits to continue."
    )


def test_an_unknown_id_is_404(prodvisual: Customer, trial: Customer) -> None:
    none = "0" * 32
    for name in ("gen_7kX2mP9qR4", f"gen_{none}", f"batch_{none}", "batch_x", "x", "%00"):
        assert refused(prodvisual.get(f"/generations/{name}")) == (404, "not_found")
        assert refused(trial.get(f"/generations/{name}")) == (404, "not_found")


def test_what_is_not_there_is_told_in_this_dialect() -> None:
    for path in ("/compat/prodvisual", f"{BASE}/nothing"):
        assert refused(Client().get(path)) == (404, "not_found")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), (413, "file_too_large")),
        (picture("GIF"), (422, "invalid_image")),
        (b"\x89PNG\r\n\x1a\n broken", (422, "invalid_image")),
        (None, (422, "invalid_image")),
    ],
)
def test_a_wrong_file_is_told_while_one_waits(
    prodvisual: Customer,
    worker: None,
    rich: Partner,
    shop: Shop,
    file: bytes | None,
    expected: tuple[int, str],
) -> None:
    if file is not None:
        shop.files["/p.jpg"] = file

    answer = prodvisual.post("/generate", {**ORDER, "image_url": f"{shop.url}/p.jpg"})

    assert refused(answer) == expected
    assert points.balance(partner_id=rich.pk) == 100


def test_too_many_requests_are_429(caller: Callable[..., Caller], partner: Partner) -> None:
    hasty = Customer(BASE, caller(rate_minute=1).key)
    hasty.get("/account/credits")

    assert refused(hasty.get("/account/credits")) == (429, "rate_limited")


def test_a_picture_that_takes_too_long_is_a_server_error_and_free(
    prodvisual: Customer, rich: Partner, settings: Any
) -> None:
    settings.IMAGE_WAIT_SECONDS = 0

    assert refused(prodvisual.post("/generate", ORDER)) == (503, "server_error")
    assert points.balance(partner_id=rich.pk) == 100


def test_with_a_webhook_it_is_accepted_at_once(prodvisual: Customer, rich: Partner) -> None:
    answer = prodvisual.post("/generate", {**ORDER, **HOOK})

    body = answer.json()
    assert (answer.status_code, body["status"]) == (202, "processing")
    assert (body["credits_used"], body["credits_remaining"]) == (1, 11)
    pending = prodvisual.get(f"/generations/{body['id']}").json()
    assert pending["status"] == "pending"
    assert pending["output_url"] is pending["generation_time_ms"] is pending["expires_at"] is None


# --- GET /generations/{id} -----------------------------------------------------------------------


def test_a_generation_is_read_back(
    prodvisual: Customer, worker: None, rich: Partner, mug: str
) -> None:
    made = prodvisual.post("/generate", {**ORDER, "image_url": mug}).json()

    body = prodvisual.get(f"/generations/{made['id']}").json()

    documented = ("id", "status", "output_url", "generation_time_ms", "created_at", "expires_at")
    assert body == {name: made[name] for name in documented}


# --- GET /styles, GET /account/credits -----------------------------------------------------------


def test_styles_need_no_key_and_are_many() -> None:
    body = Client().get(f"{BASE}/styles").json()

    documented = {
        *("lifestyle", "white_bg", "mockup", "infographic", "social_square", "social_story"),
        *("hero_banner", "comparison"),
    }
    assert body["total"] == len(body["styles"]) >= 22
    assert documented <= {style["id"] for style in body["styles"]}
    assert all(set(style) == {"id", "name", "description"} for style in body["styles"])
    assert Client().get(f"{BASE}/styles").status_code == 200


def test_credits_are_whole_fast_packshots_at_the_current_tier(
    prodvisual: Customer, worker: None, rich: Partner, mug: str
) -> None:
    prodvisual.post("/generate", {**ORDER, "image_url": mug})
    points.grant(partner=rich, tier="growth", points=Decimal(30))

    body = prodvisual.get("/account/credits").json()

    assert set(body) == {
        *("credits_remaining", "credits_used_total", "credits_used_today", "last_purchase"),
    }
    assert body["credits_remaining"] == 15  # 122 points at 8
    assert (body["credits_used_total"], body["credits_used_today"]) == (1, 1)
    assert body["last_purchase"]["amount"] == 3
    assert datetime.strptime(body["last_purchase"]["date"], "%Y-%m-%dT%H:%M:%SZ")


def test_an_account_without_a_purchase_has_none(prodvisual: Customer, partner: Partner) -> None:
    body = prodvisual.get("/account/credits").json()

    assert (body["credits_remaining"], body["last_purchase"]) == (0, None)


# --- Repeats and test keys -----------------------------------------------------------------------


def test_the_same_idempotency_key_makes_one_picture(
    prodvisual: Customer, worker: None, rich: Partner, mug: str
) -> None:
    first, again = (
        prodvisual.post("/generate", {**ORDER, "image_url": mug}, Idempotency_Key="a")
        for _ in range(2)
    )

    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert Generation.objects.count() == 1


def test_a_test_key_gets_placeholders_and_stores_nothing(trial: Customer, rich: Partner) -> None:
    made = trial.post("/generate", ORDER).json()
    later = trial.post("/generate", {**ORDER, **HOOK})
    batch = trial.post("/generate/batch", {"items": [ORDER, ORDER]}).json()

    assert (made["style"], made["platform"], made["credits_used"]) == ("lifestyle", "amazon", 0)
    assert len(download(made["output_url"]).body) == made["file_size"]
    assert trial.get(f"/generations/{made['id']}").json()["status"] == "completed"
    assert (later.status_code, later.json()["status"]) == (202, "processing")
    assert trial.get(f"/generations/{later.json()['id']}").json()["status"] == "completed"
    shown = trial.get(f"/generations/{batch['batch_id']}").json()
    assert (shown["status"], shown["total_items"], shown["completed_items"]) == ("completed", 2, 2)
    assert trial.get("/account/credits").json()["credits_remaining"] == 12
    assert not Generation.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100


def test_generations_of_other_surfaces_are_not_shown(
    prodvisual: Customer, trial: Customer, live: Caller, test_key: Caller, rich: Partner
) -> None:
    order = {"product_image": ORDER["image_url"], "style": "mockup"}
    for key, customer in ((live.key, prodvisual), (test_key.key, trial)):
        name = Customer("/compat/paqshot/v1", key).post("/generate", order).json()["id"]
        assert refused(customer.get(f"/generations/{name}")) == (404, "not_found")
