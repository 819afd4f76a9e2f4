"""Paqshot's documentation, walked line by line: pictures, their list, and webhooks."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from accounts.models import Partner
from accounts.webhooks.models import Delivery
from billing import points
from imaging import jobs, sweep
from imaging.models import Asset, Generation
from tests.api.compat.conftest import Customer, Shop, picture
from tests.api.compat.paqshot_customer import ORDER, refused
from tests.api.conftest import Caller, download, photo

pytestmark = pytest.mark.django_db(transaction=True)


# --- GET /generate/{id} --------------------------------------------------------------------------


def test_a_generation_is_polled_until_it_is_completed(
    paqshot: Customer, worker: None, rich: Partner
) -> None:
    order = {**ORDER, "product_image": photo(), "aspect_ratio": "16:9"}
    name = paqshot.post("/generate", order).json()["id"]

    body = paqshot.wait_for(f"/generate/{name}")

    assert set(body) == {
        *("id", "status", "image_url", "thumbnail_url", "width", "height", "style"),
        *("created_at", "expires_at"),
    }
    assert body["id"] == name
    assert (body["width"], body["height"]) == (1024, 576)
    assert body["image_url"].endswith(".jpg")
    shown = download(body["image_url"])
    assert shown["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(shown.body)).size == (1024, 576)
    assert download(body["thumbnail_url"]).status_code == 200
    lives = datetime.fromisoformat(body["expires_at"]) - datetime.fromisoformat(body["created_at"])
    assert lives == timedelta(days=7)
    assert points.balance(partner_id=rich.pk) == 92


def test_one_that_waits_is_shown_as_it_was_accepted(paqshot: Customer, rich: Partner) -> None:
    accepted = paqshot.post("/generate", ORDER).json()

    assert paqshot.get(f"/generate/{accepted['id']}").json() == accepted


def test_pictures_live_for_seven_days(paqshot: Customer, worker: None, rich: Partner) -> None:
    name = paqshot.post("/generate", {**ORDER, "product_image": photo()}).json()["id"]
    url = paqshot.wait_for(f"/generate/{name}")["image_url"]
    asset = Asset.objects.get(kind="output")
    assert timedelta(days=6, hours=23) < asset.expires_at - timezone.now() < timedelta(days=7)
    seconds = int(download(url)["Cache-Control"].split("max-age=")[1].split(",")[0])
    assert seconds <= 7 * 24 * 3600

    Asset.objects.update(expires_at=timezone.now())

    assert download(url).status_code == 404
    sweep.expired_assets()
    assert not default_storage.exists(asset.path)
    gone = paqshot.get(f"/generate/{name}").json()
    assert (gone["status"], gone["image_url"], gone["width"]) == ("completed", None, 1024)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (None, "unsupported_image"),
        (b"<html>", "unsupported_image"),
        (picture("GIF"), "unsupported_image"),
        (b"\xff\xd8\xff broken", "unsupported_image"),
        (b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), "image_too_large"),
    ],
)
def test_an_address_that_turns_out_wrong_fails_the_generation(
    paqshot: Customer, worker: None, rich: Partner, shop: Shop, file: bytes | None, code: str
) -> None:
    if file is not None:
        shop.files["/p.jpg"] = file
    name = paqshot.post("/generate", {**ORDER, "product_image": f"{shop.url}/p.jpg"}).json()["id"]

    body = paqshot.wait_for(f"/generate/{name}", "failed")

    assert body["error"] == code
    assert body["message"]
    assert points.balance(partner_id=rich.pk) == 100


# --- GET /generations ----------------------------------------------------------------------------


def test_the_list_is_paged_newest_first(paqshot: Customer, rich: Partner) -> None:
    made = [paqshot.post("/generate", ORDER).json()["id"] for _ in range(5)]

    first = paqshot.get("/generations?limit=2").json()
    third = paqshot.get("/generations?limit=2&offset=4").json()

    assert set(first) == {"data", "total", "limit", "offset"}
    assert [row["id"] for row in first["data"]] == made[:2:-1]
    assert (first["total"], first["limit"], first["offset"]) == (5, 2, 0)
    assert [row["id"] for row in third["data"]] == made[:1]
    assert paqshot.get("/generations").json()["limit"] == 20


def test_the_list_is_filtered_by_status(paqshot: Customer, rich: Partner) -> None:
    ended, waiting = (paqshot.post("/generate", ORDER).json()["id"] for _ in range(2))
    jobs.cancel(Generation.objects.order_by("created_at")[0].pk)

    def names(status: str) -> list[str]:
        return [row["id"] for row in paqshot.get(f"/generations?status={status}").json()["data"]]

    assert names("processing") == [waiting]
    assert names("failed") == [ended]
    assert names("completed") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=99999999999", "status=done"]
)
def test_a_wrong_query_is_400(paqshot: Customer, query: str) -> None:
    assert refused(paqshot.get(f"/generations?{query}")) == (400, "invalid_request")


def test_jobs_of_other_surfaces_are_not_listed(
    paqshot: Customer, live: Caller, rich: Partner
) -> None:
    made = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    digits = made.json()["data"]["id"].replace("-", "")

    assert paqshot.get("/generations").json()["total"] == 0
    assert refused(paqshot.get(f"/generate/gen_{digits}")) == (404, "not_found")


# --- Webhooks ------------------------------------------------------------------------------------


def test_completion_is_told_and_signed(
    paqshot: Customer,
    worker: None,
    rich: Partner,
    shop: Shop,
    send_webhooks: Callable[[], int],
) -> None:
    Partner.objects.update(webhook_secret="whsec_c2VjcmV0")
    order = {**ORDER, "product_image": photo(), "webhook_url": f"{shop.url}/hook"}
    name = paqshot.post("/generate", order).json()["id"]
    body = paqshot.wait_for(f"/generate/{name}")

    send_webhooks()

    [(headers, raw)] = shop.heard
    expected = hmac.new(b"whsec_c2VjcmV0", raw, hashlib.sha256).hexdigest()
    assert headers["x-paqshot-signature"] == expected
    assert headers["webhook-id"].startswith("msg_")
    told = json.loads(raw)
    assert told == {
        "event": "generation.completed",
        **{key: body[key] for key in ("id", "status", "image_url", "thumbnail_url", "created_at")},
    }


def test_failure_is_told_as_well(paqshot: Customer, rich: Partner) -> None:
    order = {**ORDER, "webhook_url": "https://yourdomain.com/hook"}
    name = paqshot.post("/generate", order).json()["id"]
    jobs.cancel(Generation.objects.get().pk)

    delivery = Delivery.objects.get()
    told = json.loads(bytes(delivery.body))
    assert (told["event"], told["id"], told["status"]) == ("generation.failed", name, "failed")
    assert told["error"]
    assert (delivery.event, delivery.scheme) == ("generation.failed", "paqshot")
