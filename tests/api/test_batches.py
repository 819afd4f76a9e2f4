"""Batches: fifty orders in one request, all of them accepted or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import IdempotencyRecord, Partner
from accounts.webhooks.models import Delivery
from billing import points
from imaging import jobs
from imaging.api.batch_answers import batch_detail
from imaging.models import Batch, Generation
from tests.api.conftest import Caller, photo

pytestmark = pytest.mark.django_db

PATH = "/partner/v1/batches"
MUG = {"operation": "create", "prompt": "a red mug", "seed": 5}
SHOT = {"operation": "packshot", "productImage": "https://shop.example/mug.jpg"}


def order(one: Caller, items: Any, **more: Any) -> Any:
    headers = {key: more.pop(key) for key in ("Idempotency_Key",) if key in more}
    return one.post(PATH, {"items": items, **more}, **headers)


def one_batch(one: Caller, items: Any, **more: Any) -> str:
    answer = order(one, items, **more)
    assert answer.status_code == 202, answer.content
    return answer.json()["data"]["id"]


def test_every_item_becomes_a_job_that_waits_behind_people(live: Caller, rich: Partner) -> None:
    enhance = {"operation": "enhance", "images": ["https://shop.example/a.jpg"]}
    data = order(live, [MUG, SHOT, enhance], metadata={"season": "spring"}).json()["data"]

    assert data["status"] == "processing"
    assert data["pollUrl"].endswith(f"{PATH}/{data['id']}")
    rows = list(Generation.objects.order_by("position"))
    assert [str(row.pk) for row in rows] == [item["id"] for item in data["items"]]
    assert [row.operation for row in rows] == ["create", "packshot", "enhance"]
    assert {row.priority for row in rows} == {"batch"}
    assert points.balance(partner_id=rich.pk) == 100 - 3 * 8


@pytest.mark.django_db(transaction=True)
def test_results_come_item_by_item_and_one_webhook_at_the_end(
    live: Caller, rich: Partner, worker: None
) -> None:
    items = [MUG, {"operation": "create", "prompt": "blocked"}, {**SHOT, "productImage": photo()}]
    batch_id = one_batch(live, items, webhookUrl="https://shop.example/hook")

    import time

    until = time.monotonic() + 20
    while (data := live.get(f"{PATH}/{batch_id}").json()["data"])["status"] != "completed":
        assert time.monotonic() < until
        time.sleep(0.05)

    assert (data["total"], data["succeeded"], data["failed"]) == (3, 2, 1)
    assert [item["index"] for item in data["items"]] == [0, 1, 2]
    assert data["items"][0]["result"]["imageUrl"].startswith("http")
    assert data["items"][1]["error"]["code"] == "content_blocked"
    assert data["finishedAt"]
    assert points.balance(partner_id=rich.pk) == 100 - 2 * 8
    told = [json.loads(bytes(row.body)) for row in Delivery.objects.all()]
    assert [message["type"] for message in told] == ["batch.completed"]
    assert told[0]["data"]["id"] == batch_id
    assert len(told[0]["data"]["items"]) == 3


def test_a_batch_whose_last_item_ends_while_it_is_read_is_not_yet_called_completed(
    live: Caller, rich: Partner
) -> None:
    batch_id = one_batch(live, [MUG])
    before = Batch.objects.get(pk=batch_id)
    for row in Generation.objects.all():
        jobs.cancel(row.pk)

    data = batch_detail(before)

    assert (data["status"], data["finishedAt"]) == ("processing", None)
    assert live.get(f"{PATH}/{batch_id}").json()["data"]["status"] == "completed"


def test_a_batch_that_is_cancelled_item_by_item_ends_once(live: Caller, rich: Partner) -> None:
    batch_id = one_batch(live, [MUG, MUG], webhookUrl="https://shop.example/hook")
    for row in Generation.objects.all():
        jobs.cancel(row.pk)

    assert live.get(f"{PATH}/{batch_id}").json()["data"]["status"] == "completed"
    assert Delivery.objects.count() == 1
    assert points.balance(partner_id=rich.pk) == 100


@pytest.mark.parametrize(
    ("items", "param"),
    [
        (None, "items"),
        ([], "items"),
        ("mug", "items"),
        ([MUG] * 51, "items"),
        ([MUG, 7], "items[1]"),
        ([MUG, {"prompt": "a red mug"}], "items[1].operation"),
        ([{"operation": ["create"]}], "items[0].operation"),
        ([{"operation": "edit"}], "items[0].operation"),
        ([MUG, MUG, MUG, {**MUG, "prompt": "x"}], "items[3].prompt"),
        ([SHOT, {**SHOT, "style": "nope"}], "items[1].style"),
        ([{**MUG, "dryRun": True}], "items[0].dryRun"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(
    live: Caller, rich: Partner, items: Any, param: str
) -> None:
    answer = order(live, items)

    assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert not Batch.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100


def test_fifty_items_are_taken(live: Caller, rich: Partner) -> None:
    points.grant(partner=rich, tier="starter", points=Decimal(400))

    one_batch(live, [MUG] * 50)

    assert Generation.objects.count() == 50
    assert points.balance(partner_id=rich.pk) == 100


def test_a_blocked_item_is_named(live: Caller, rich: Partner) -> None:
    answer = order(live, [MUG, {**MUG, "prompt": "how to build a pipe bomb at home"}])

    assert (answer.status_code, answer.json()["param"]) == (422, "items[1]")


def test_a_batch_that_cannot_be_paid_leaves_nothing_behind(live: Caller, rich: Partner) -> None:
    with_files = {**SHOT, "productImage": photo()}
    before = stored_uploads(rich)

    answer = order(live, [with_files] * 13)

    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_points")
    assert not Batch.objects.exists()
    assert not Generation.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100
    assert stored_uploads(rich) == before


def stored_uploads(partner: Partner) -> list[str]:
    try:
        return sorted(default_storage.listdir(f"private/partners/{partner.pk}/uploads")[1])
    except FileNotFoundError:
        return []


# --- Dry runs and repeats ------------------------------------------------------------------------


def test_a_dry_run_prices_each_item_by_the_bucket_it_would_meet(
    live: Caller, partner: Partner
) -> None:
    points.grant(partner=partner, tier="starter", points=Decimal(10))
    points.grant(partner=partner, tier="growth", points=Decimal(100))

    data = order(live, [MUG, MUG, {**MUG, "mode": "thinking"}], dryRun=True).json()["data"]

    # Two points of the starter bucket are left for the second item, which it then prices.
    assert [item["pointsRequired"] for item in data["items"]] == [8, 8, 14]
    assert data["pointsRequired"] == 30
    assert [take["points"] for take in data["buckets"]] == [10, 20]
    assert (data["balance"], data["sufficient"]) == (110, True)
    assert not Batch.objects.exists()
    one_batch(live, [MUG, MUG, {**MUG, "mode": "thinking"}])
    assert points.balance(partner_id=partner.pk) == 80


def test_a_dry_run_says_when_the_points_would_not_do(live: Caller, rich: Partner) -> None:
    data = order(live, [MUG] * 13, dryRun=True).json()["data"]

    assert (data["pointsRequired"], data["sufficient"], data["buckets"]) == (104, False, [])


def test_the_same_key_is_one_batch_also_after_a_lost_answer(live: Caller, rich: Partner) -> None:
    first = order(live, [MUG, SHOT], Idempotency_Key="b1")
    again = order(live, [MUG, SHOT], Idempotency_Key="b1")
    IdempotencyRecord.objects.update(status=None, body=None)
    rebuilt = order(live, [MUG, SHOT], Idempotency_Key="b1")

    assert first.content == again.content
    assert rebuilt.json()["data"] == first.json()["data"]
    assert again["Idempotent-Replayed"] == rebuilt["Idempotent-Replayed"] == "true"
    assert Batch.objects.count() == 1
    assert points.balance(partner_id=rich.pk) == 84


def test_the_same_key_with_other_items_is_refused(live: Caller, rich: Partner) -> None:
    order(live, [MUG], Idempotency_Key="b1")

    answer = order(live, [SHOT], Idempotency_Key="b1")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_batch_refused_for_want_of_points_may_be_sent_again(
    live: Caller, partner: Partner
) -> None:
    assert order(live, [MUG], Idempotency_Key="b1").status_code == 402
    points.grant(partner=partner, tier="starter", points=Decimal(8))

    assert order(live, [MUG], Idempotency_Key="b1").status_code == 202


# --- Test keys -----------------------------------------------------------------------------------


def test_a_test_batch_is_answered_like_a_live_one_and_stores_nothing(
    test_key: Caller, rich: Partner
) -> None:
    data = order(test_key, [MUG, SHOT], metadata={"a": "b"}).json()["data"]
    shown = test_key.get(f"{PATH}/{data['id']}").json()["data"]

    assert (shown["status"], shown["succeeded"], shown["metadata"]) == ("completed", 2, {"a": "b"})
    assert shown["items"][1]["result"]["imageUrls"][0].startswith("http")
    item = test_key.get(f"/partner/v1/generations/{shown['items'][0]['id']}")
    assert item.json()["data"]["operation"] == "create"
    assert not Batch.objects.exists()
    assert not Generation.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100
    assert order(test_key, [MUG], dryRun=True).json()["data"]["pointsRequired"] == 0


def test_a_test_batch_of_fifty_still_fits_an_address(test_key: Caller) -> None:
    items = [{**SHOT, "metadata": {"sku": f"SKU-{n:05}"}, "seed": 90001 * n} for n in range(50)]
    data = order(test_key, items).json()["data"]

    assert len(data["id"]) < 4000
    assert test_key.get(f"{PATH}/{data['id']}").json()["data"]["total"] == 50


def test_a_test_batch_belongs_to_its_partner(
    test_key: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    batch_id = order(test_key, [MUG]).json()["data"]["id"]
    rival = caller(partner=other_partner, environment="test")

    assert rival.get(f"{PATH}/{batch_id}").status_code == 404
    assert test_key.get(f"{PATH}/testbatch_made.up").status_code == 404


# --- Lists ---------------------------------------------------------------------------------------


def test_batches_are_listed_newest_first_with_where_they_stand(live: Caller, rich: Partner) -> None:
    made = [one_batch(live, [MUG] * count) for count in (1, 2, 3)]
    jobs.cancel(Generation.objects.filter(batch=made[2]).first().pk)

    page = live.get(f"{PATH}?limit=2").json()["data"]
    rest = live.get(f"{PATH}?limit=2&cursor={page['nextCursor']}").json()["data"]

    assert [row["id"] for row in page["batches"] + rest["batches"]] == made[::-1]
    assert (page["batches"][0]["total"], page["batches"][0]["failed"]) == (3, 1)
    assert rest["nextCursor"] is None


def test_a_page_of_batches_takes_few_queries_whatever_its_length(
    live: Caller, rich: Partner
) -> None:
    for _ in range(6):
        one_batch(live, [MUG])

    with CaptureQueriesContext(
        connection,
    ) as asked:
        live.get(PATH)

    assert len(asked) <= 8


def test_a_batch_of_many_is_read_with_few_queries(live: Caller, rich: Partner) -> None:
    batch_id = one_batch(live, [MUG] * 10)

    with CaptureQueriesContext(connection) as asked:
        live.get(f"{PATH}/{batch_id}")

    assert len(asked) <= 9


def test_generations_are_filtered_by_batch(live: Caller, rich: Partner) -> None:
    batch_id = one_batch(live, [MUG, MUG])
    order(live, [MUG])

    rows = live.get(f"/partner/v1/generations?batch={batch_id}").json()["data"]["generations"]

    assert [row["batchId"] for row in rows] == [batch_id] * 2
    for odd in ("nothing", "%00", "0" * 32):
        found = live.get(f"/partner/v1/generations?batch={odd}").json()["data"]
        assert found["generations"] == []
