"""The Idempotency-Key header on orders: one job, one charge, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import IdempotencyRecord, Partner
from billing import points
from imaging import jobs
from imaging.catalog import products
from imaging.models import Generation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

CREATE = "/partner/v1/image/create"
BODY = {"prompt": "a red mug"}


def order(one: Caller, body: Any = None, **headers: str) -> Any:
    headers = {"Idempotency_Key": "order-1", "Prefer": "respond-async", **headers}
    return one.post(CREATE, body or BODY, **headers)


def lose_the_answer() -> None:
    """As if the process had died between the job and its answer."""
    IdempotencyRecord.objects.update(status=None, body=None)


def test_the_first_answer_comes_again_byte_by_byte(live: Caller, rich: Partner) -> None:
    first, again = order(live), order(live)

    assert first.status_code == again.status_code == 202
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Generation.objects.count() == 1
    assert points.balance(partner_id=rich.id) == Decimal(92)


def test_the_same_key_with_another_body_is_refused(live: Caller, rich: Partner) -> None:
    order(live)

    answer = order(live, {"prompt": "a blue mug"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a\x7fb", "TASSE-Ü"])
def test_a_key_that_is_none_is_refused(test_key: Caller, key: str) -> None:
    answer = order(test_key, Idempotency_Key=key)

    assert (answer.status_code, answer.json()["param"]) == (400, "Idempotency-Key")


def test_a_key_may_be_long(test_key: Caller) -> None:
    assert order(test_key, Idempotency_Key="x" * 255).status_code == 202


def test_a_repeat_outlives_the_product_that_it_names(live: Caller, rich: Partner) -> None:
    product = products.add(partner=rich, body={"sku": "MUG-1", "image": "https://a.example/m.jpg"})
    packshot = {"productId": str(product.pk)}
    asked = [
        ("/partner/v1/image/packshot", packshot),
        ("/partner/v1/batches", {"items": [{"operation": "packshot", **packshot}]}),
        (
            "/compat/qamera/api/external/packshots/register-ideas",
            {"config": {"product": {"id": "MUG-1"}}, "count": 1},
        ),
    ]

    def sent() -> list[Any]:
        headers = {"Prefer": "respond-async"}
        return [live.post(path, body, Idempotency_Key=path, **headers) for path, body in asked]

    first = sent()
    products.remove(product)
    again = sent()

    assert [answer.status_code for answer in first] == [202, 202, 200]
    assert [answer.content for answer in again] == [answer.content for answer in first]
    assert {answer["Idempotent-Replayed"] for answer in again} == {"true"}
    assert Generation.objects.count() == 3


def test_after_a_crash_an_async_order_is_told_where_its_job_is(live: Caller, rich: Partner) -> None:
    first = order(live).json()["data"]
    lose_the_answer()

    again = order(live)

    assert (again.status_code, again["Idempotent-Replayed"]) == (202, "true")
    assert again.json()["data"]["id"] == first["id"]
    assert Generation.objects.count() == 1


def test_while_the_first_is_at_work_the_second_is_told_so(live: Caller, rich: Partner) -> None:
    order(live)
    lose_the_answer()

    answer = order(live, Prefer="")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert answer["Retry-After"]


def test_after_a_crash_a_cancelled_job_does_not_block_its_key(live: Caller, rich: Partner) -> None:
    jobs.cancel(Generation.objects.get(id=order(live).json()["data"]["id"]).id)
    lose_the_answer()

    told = order(live, Prefer="")
    again = order(live)

    assert (told.status_code, told["Idempotent-Replayed"]) == (409, "true")
    assert again.status_code == 202
    assert Generation.objects.count() == 2
    assert points.balance(partner_id=rich.id) == Decimal(92)


def test_too_few_points_are_not_remembered(live: Caller, partner: Partner) -> None:
    assert order(live).status_code == 402
    points.grant(partner=partner, tier="starter", points=Decimal(100))

    assert order(live).status_code == 202


def test_a_wrong_request_does_not_use_up_its_key(live: Caller, rich: Partner) -> None:
    assert order(live, {"prompt": ""}).status_code == 400

    assert order(live).status_code == 202


def test_something_unforeseen_frees_the_key_if_nothing_was_made(
    live: Caller, rich: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(**order: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "submit", breaks)
        assert order(live).status_code == 500

    assert order(live).status_code == 202
    assert Generation.objects.count() == 1


def test_something_unforeseen_keeps_the_key_if_something_was_made(
    live: Caller, rich: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(generation: Generation) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr("imaging.api.ordering.accepted", breaks)
        assert order(live).status_code == 500

    assert order(live).status_code == 202
    assert Generation.objects.count() == 1


def test_test_keys_practise_it_too(
    test_key: Caller, live: Caller, rich: Partner, caller: Callable[..., Caller]
) -> None:
    first, again = order(test_key, Prefer=""), order(test_key, Prefer="")

    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert order(test_key, {"prompt": "a blue mug"}).status_code == 422
    assert "Idempotent-Replayed" not in order(live)


def test_a_dry_run_does_not_use_up_the_key(live: Caller, rich: Partner) -> None:
    assert order(live, {**BODY, "dryRun": True}).status_code == 200

    assert order(live).status_code == 202


def test_regenerating_twice_with_one_key_is_one_job(live: Caller, rich: Partner) -> None:
    made = order(live).json()["data"]["id"]
    path = f"/partner/v1/generations/{made}/regenerate"
    headers = {"Idempotency_Key": "again-1", "Prefer": "respond-async"}

    first, again = live.post(path, **headers), live.post(path, **headers)

    assert first.status_code == 202
    assert first.content == again.content
    assert Generation.objects.count() == 2


def test_after_a_day_the_key_is_free(live: Caller, rich: Partner) -> None:
    order(live)
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=24))

    assert "Idempotent-Replayed" not in order(live)
    assert Generation.objects.count() == 2
