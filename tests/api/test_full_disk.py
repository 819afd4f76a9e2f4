"""The API while pictures cannot be stored: 503 in the envelope, nothing charged, nothing kept."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client

from accounts.models import Partner
from billing import points
from imaging.catalog.models import Product
from imaging.models import Generation
from tests.api.conftest import HOST, Caller, download, photo

pytestmark = pytest.mark.django_db

MUG = {"sku": "MUG-1", "title": "Red mug"}


def refused(answer: Any) -> bool:
    body = answer.json()
    told = (answer.status_code, body["success"], body["code"])
    return told == (503, False, "service_unavailable") and int(answer["Retry-After"]) > 0


def test_a_photo_that_cannot_be_stored_costs_nothing_and_may_be_sent_again(
    live: Caller,
    rich: Partner,
    full_disk: Callable[..., None],
) -> None:
    full_disk(times=1)
    body = {"productImage": photo(), "style": "white_bg"}
    again = {"Idempotency_Key": "order-1", "Prefer": "respond-async"}

    first = live.post("/partner/v1/image/packshot", body, **again)
    assert refused(first)
    assert not Generation.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100

    second = live.post("/partner/v1/image/packshot", body, **again)
    assert second.status_code == 202


def test_a_product_is_not_there_without_its_photo(
    live: Caller,
    full_disk: Callable[..., None],
) -> None:
    full_disk()

    assert refused(live.post("/partner/v1/products", {**MUG, "image": photo()}))
    assert not Product.objects.exists()


def test_the_door_to_pictures_says_that_it_is_shut_for_now(
    live: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.post("/partner/v1/products", {**MUG, "image": photo()})
    url = live.get("/partner/v1/products").json()["data"]["products"][0]["imageUrl"]
    assert download(url).status_code == 200

    def broken(*arguments: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FileSystemStorage, "_open", broken)
    answer = Client(raise_request_exception=False).get(url.removeprefix(HOST))

    assert answer.status_code == 503
    assert b"Input/output" not in answer.content
