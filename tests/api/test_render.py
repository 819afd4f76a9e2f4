"""Pictures on demand: made once for however many readers, cached, never a reason for an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, Partner
from billing import points
from imaging import jobs
from imaging.api import render
from imaging.models import Generation, Rendering
from tests.api.conftest import HOST, Caller, download, photo

pytestmark = pytest.mark.django_db(transaction=True)

LINKS = "/partner/v1/render-links"
MUG = {"operation": "create", "prompt": "a red mug"}


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.RENDER_WAIT_SECONDS = 0.05
    render.known = render._Known()


def link(one: Caller, **body: Any) -> str:
    answer: Any = one.post(LINKS, {**MUG, **body})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["data"]["url"])


def test_a_link_costs_nothing_until_it_is_looked_at(live: Caller, rich: Partner) -> None:
    url = link(live)

    assert url.startswith(f"{HOST}/render/")
    assert not Generation.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100


def test_the_first_reader_gets_the_picture_where_it_is_quick(
    live: Caller, rich: Partner, worker: None, settings: Any
) -> None:
    settings.RENDER_WAIT_SECONDS = 10

    shown = download(link(live))

    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert shown["Cache-Control"] == "public, max-age=86400, stale-while-revalidate=604800"
    assert "X-Stand-In" not in shown
    assert points.balance(partner_id=rich.pk) == 92


def test_a_stand_in_is_shown_meanwhile_and_never_kept(live: Caller, rich: Partner) -> None:
    url = link(live, aspectRatio="16:9")

    shown = download(url)

    assert (shown.status_code, shown["X-Stand-In"]) == (200, "true")
    assert shown["Cache-Control"] == "no-store"
    assert shown.body.startswith(b"\x89PNG")
    assert Generation.objects.get().surface == "render"


def test_a_stand_in_of_ones_own_is_led_to(live: Caller, rich: Partner) -> None:
    shown = download(link(live, standInUrl="https://shop.example/soon.jpg"))

    assert (shown.status_code, shown["Location"]) == (302, "https://shop.example/soon.jpg")
    assert shown["Cache-Control"] == "no-store"


def finished(url: str) -> Any:
    """The answer once the picture is there."""
    until = time.monotonic() + 20
    while "X-Stand-In" in (shown := download(url)):
        assert time.monotonic() < until
        time.sleep(0.05)
    return shown


def test_later_readers_get_the_same_picture_without_a_charge_or_a_query(
    live: Caller, rich: Partner, worker: None
) -> None:
    url = link(live)
    first = finished(url)

    with CaptureQueriesContext(connection) as asked:
        again = download(url)
        same = download(url, If_None_Match=first["ETag"])
    part = download(url, Range="bytes=0-7")

    assert again.body == first.body
    assert same.status_code == 304
    assert len(asked) == 0
    assert (part.status_code, len(part.body)) == (206, 8)
    assert Generation.objects.count() == 1
    assert points.balance(partner_id=rich.pk) == 92


def test_readers_who_come_together_make_one_job(live: Caller, rich: Partner) -> None:
    url = link(live)

    def look() -> None:
        try:
            download(url)
        finally:
            connection.close()

    readers = [threading.Thread(target=look) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert Generation.objects.count() == Rendering.objects.count() == 1
    assert points.balance(partner_id=rich.pk) == 92


def test_the_same_order_under_one_seed_is_one_picture(live: Caller, rich: Partner) -> None:
    for _ in range(2):
        download(link(live, seed=7))

    assert Generation.objects.count() == 1


def test_without_points_the_stand_in_is_shown(live: Caller, partner: Partner) -> None:
    shown = download(link(live))

    assert (shown.status_code, shown["X-Stand-In"]) == (200, "true")
    assert not Generation.objects.exists()


def test_a_failed_picture_is_tried_again_only_after_a_while(live: Caller, rich: Partner) -> None:
    url = link(live)
    download(url)
    jobs.cancel(Generation.objects.get().pk)
    download(url)
    assert Generation.objects.count() == 1

    Generation.objects.update(finished_at=timezone.now() - timedelta(minutes=11))
    download(url)

    assert Generation.objects.count() == 2
    assert points.balance(partner_id=rich.pk) == 92


def test_a_revoked_key_begins_no_picture(live: Caller, rich: Partner) -> None:
    url = link(live)
    keys.revoke(ApiKey.objects.get())

    assert download(url)["X-Stand-In"] == "true"
    assert not Generation.objects.exists()


def test_an_expired_key_begins_no_picture_but_the_one_after_it_does(
    live: Caller, rich: Partner
) -> None:
    url = link(live)
    old = ApiKey.objects.get()
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    download(url)
    assert not Generation.objects.exists()

    ApiKey.objects.update(expires_at=None)
    new = keys.rotate(old, overlap=timedelta(hours=1)).row
    ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    download(url)
    assert Generation.objects.get().api_key_id == new.pk


def test_a_partner_that_is_switched_off_shows_nothing(live: Caller, rich: Partner) -> None:
    url = link(live)
    Partner.objects.update(active=False)

    assert download(url).status_code == 404


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "a.b"])
def test_a_token_that_is_not_ours_is_not_found(
    live: Caller, rich: Partner, change: Callable[[str], str]
) -> None:
    token = link(live).rpartition("/")[2]

    assert download(f"{HOST}/render/{change(token)}").status_code == 404
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "paint"},
        {"prompt": "x"},
        {"operation": "packshot", "productImage": photo()},
        {"operation": "packshot", "productImage": "https://a.example/m.jpg", "count": 2},
        {"operation": "enhance", "images": ["https://a.example/1.jpg", "https://a.example/2.jpg"]},
        {"standInUrl": "soon.jpg"},
    ],
)
def test_what_no_address_can_show_is_refused(live: Caller, body: dict[str, Any]) -> None:
    assert live.post(LINKS, {**MUG, **body}).status_code == 400


def test_a_product_of_another_is_refused(live: Caller) -> None:
    body = {"operation": "packshot", "productId": "0" * 32}

    assert live.post(LINKS, body).status_code == 404


def test_a_test_keys_link_leads_to_a_placeholder(test_key: Caller, rich: Partner) -> None:
    shown = download(link(test_key, aspectRatio="16:9"))

    assert shown["Location"] == f"{HOST}/placeholder/create/1024x576.png"
    assert not Generation.objects.exists()
