"""Every call of the Python client, against a server that listens."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from PIL import Image

from imaging import jobs
from imaging.models import Generation
from integrations.models import Account
from softbox import (
    Conflict,
    GenerationFailed,
    InsufficientPoints,
    InvalidRequest,
    NotFound,
    Refused,
    Softbox,
    StillRunning,
    Unauthorized,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mug(tmp_path: Path) -> Path:
    path = tmp_path / "mug.png"
    Image.new("RGB", (40, 30), "#884422").save(path)
    return path


def test_a_test_key_gets_a_placeholder_for_every_order(testing: Softbox, mug: Path) -> None:
    created = testing.create("a red mug on oak", aspect_ratio="16:9", seed=7, metadata={"a": "b"})
    enhanced = testing.enhance("https://shop.example/mug.jpg", user_request="white background")
    packed = testing.packshot(product_image=mug, platform="amazon", scene_type="kitchen")
    edited = testing.edit(mug, ["removeBackground", {"operation": "resize", "width": 64}])

    assert (created["seed"], created["metadata"], created["pointsUsed"]) == (7, {"a": "b"}, 0)
    assert all(len(made["imageUrls"]) == 1 for made in (enhanced, packed, edited))
    assert testing.generations.get(created["generationId"])["status"] == "succeeded"


def test_a_finished_picture_can_be_downloaded(
    paying: Softbox, worker: None, tmp_path: Path
) -> None:
    made = paying.create("plain")

    assert made["imageUrl"] is not None
    picture = Image.open(io.BytesIO(paying.download(made["imageUrl"])))
    assert picture.size == (1024, 1024)
    assert made["pointsUsed"] == 8


def test_the_events_of_a_job_end_with_its_result(paying: Softbox, worker: None) -> None:
    job = paying.start.create("steps 3 0.01")

    told = list(paying.generations.events(job["id"]))

    kinds = [event.kind for event in told if event.kind != "queue"]
    assert (kinds[0], kinds[-2:]) == ("queued", ["succeeded", "result"])
    assert told[-1].data["id"] == job["id"]


def test_a_job_that_fails_says_why_and_costs_nothing(paying: Softbox, worker: None) -> None:
    with pytest.raises(GenerationFailed, match="Please try again") as failed:
        paying.create("raise")

    assert (failed.value.status, failed.value.code) == ("failed", "generation_failed")
    assert failed.value.correlation_id
    assert paying.usage()["points"]["balance"] == 100


def test_who_would_not_wait_longer_is_told_where_the_job_is(paying: Softbox) -> None:
    job = paying.start.create("nobody works here")

    with pytest.raises(StillRunning) as running:
        paying.generations.wait(job["id"], timeout=0.3)

    assert running.value.id == job["id"]
    assert paying.generations.cancel(job["id"])["status"] == "cancelled"
    with pytest.raises(GenerationFailed) as failed:
        paying.generations.wait(job["id"])
    assert failed.value.status == "cancelled"
    with pytest.raises(Conflict):
        paying.generations.cancel(job["id"])


def test_an_idempotency_key_of_ones_own_is_charged_once(paying: Softbox) -> None:
    first = paying.start.create("plain", idempotency_key="order-1")
    again = paying.start.create("plain", idempotency_key="order-1")

    assert first["id"] == again["id"]
    assert Generation.objects.count() == 1
    with pytest.raises(Refused) as refused:
        paying.start.create("another", idempotency_key="order-1")
    assert refused.value.code == "idempotency_key_reused"


def test_without_one_each_order_is_an_order(paying: Softbox) -> None:
    assert paying.start.create("plain")["id"] != paying.start.create("plain")["id"]


def test_a_quote_charges_nothing(paying: Softbox) -> None:
    price = paying.quote.create("plain", mode="thinking")

    assert (price["pointsRequired"], price["balance"], price["sufficient"]) == (15, 100, True)
    assert not Generation.objects.exists()


def test_a_picture_can_be_made_again_reviewed_and_traced(paying: Softbox, worker: None) -> None:
    made = paying.create("plain", seed=1)

    other = paying.generations.regenerate(made["generationId"], seed=2)
    reviewed = paying.generations.review(made["generationId"], "approve", "sharp")

    assert other["seed"] == 2
    assert (reviewed["review"], reviewed["note"]) == ("approved", "sharp")
    assert paying.generations.provenance(made["generationId"])["seed"] == 1
    listed = [row["id"] for row in paying.generations.list(status="succeeded", page_size=1)]
    assert listed == [other["generationId"], made["generationId"]]


def test_a_batch_is_priced_ordered_and_awaited(paying: Softbox, worker: None) -> None:
    items = [{"operation": "create", "prompt": "plain", "aspect_ratio": "4:3"}] * 2

    assert paying.batches.quote(items)["pointsRequired"] == 16
    accepted = paying.batches.create(items, metadata={"season": "winter"})
    batch = paying.batches.wait(accepted["id"], timeout=30, every=0.1)

    assert (batch["succeeded"], batch["metadata"]) == (2, {"season": "winter"})
    assert [row["id"] for row in paying.batches.list()] == [accepted["id"]]


def test_a_batch_that_nobody_works_on_is_not_waited_for_forever(paying: Softbox) -> None:
    accepted = paying.batches.create([{"operation": "create", "prompt": "plain"}])

    with pytest.raises(StillRunning):
        paying.batches.wait(accepted["id"], timeout=0.1, every=0.05)


def test_products_are_kept_changed_found_and_forgotten(paying: Softbox, mug: Path) -> None:
    added = paying.products.add("MUG-1", mug, title="Mug")
    for number in range(3):
        paying.products.add(f"CUP-{number}", mug)

    changed = paying.products.change(added["id"], title="Red mug")

    assert (changed["title"], changed["sku"]) == ("Red mug", "MUG-1")
    assert [row["id"] for row in paying.products.list(sku="MUG-1")] == [added["id"]]
    assert len(list(paying.products.list(page_size=2))) == 4
    paying.products.delete(added["id"])
    with pytest.raises(NotFound):
        paying.products.get(added["id"])


def test_a_link_makes_its_picture_when_it_is_looked_at(paying: Softbox, worker: None) -> None:
    link = paying.link.create("plain", aspect_ratio="4:3")

    assert link["url"].endswith(f"/render/{link['token']}")
    assert not Generation.objects.exists()
    assert Image.open(io.BytesIO(paying.download(link["url"]))).size == (1024, 768)
    assert paying.usage()["points"]["balance"] == 92


def test_a_link_can_show_something_else_meanwhile(
    paying: Softbox, site: str, settings: Any
) -> None:
    settings.RENDER_WAIT_SECONDS = 0

    link = paying.link.showing(f"{site}/static/samples/mug.jpg").create("plain")
    shown = httpx2.get(link["url"])

    assert shown.headers["Location"] == f"{site}/static/samples/mug.jpg"
    assert paying.link.create("plain")["token"] != link["token"]


def test_a_day_may_be_taken_from_a_moment(testing: Softbox) -> None:
    assert list(testing.generations.list(day=datetime(2026, 3, 1, 12, 30))) == []


def test_a_link_carries_no_photo(testing: Softbox, mug: Path) -> None:
    with pytest.raises(InvalidRequest, match="no photo"):
        testing.link.packshot(product_image=mug)


def test_a_shop_is_connected_linked_and_looked_at(managing: Softbox, account: Account) -> None:
    credentials = {"shopDomain": "nova.myshopify.com", "accessToken": "shpat_1"}

    managing.shops.connect(account.pk, "shopify", credentials)
    linked = managing.shops.link(
        account.pk, "shopify", styles={"hero": "outdoor", "square": None}, webhook_secret="s" * 24
    )

    shop = linked["shop"]
    assert (shop["name"], shop["styles"]["hero"]) == ("shopify", "outdoor")
    assert "square" not in shop["styles"]
    status = managing.shops.status(account.pk, "shopify")
    assert (status["shop"], status["products"]) == (shop, [])


def test_a_shop_that_is_not_there_is_not_found(managing: Softbox, account: Account) -> None:
    with pytest.raises(NotFound):
        managing.shops.status(account.pk, "shopify")
    with pytest.raises(NotFound):
        managing.shops.connect("0" * 24, "shopify", {"shopDomain": "a", "accessToken": "b"})


def test_styles_and_platforms_are_listed(testing: Softbox) -> None:
    assert len(testing.styles()) >= 22
    assert "amazon" in {platform["name"] for platform in testing.platforms()}


def test_a_refusal_names_the_field_and_the_request(testing: Softbox) -> None:
    with pytest.raises(InvalidRequest) as refused:
        testing.create("a red mug", seed=-1)

    assert (refused.value.status, refused.value.code) == (400, "invalid_request")
    assert refused.value.param == "seed"
    assert refused.value.correlation_id


def test_who_has_no_points_or_no_key_is_told_so(paying: Softbox, site: str) -> None:
    with pytest.raises(InsufficientPoints):
        paying.start.packshot(product_image="https://shop.example/mug.jpg", count=50)
    with Softbox("sq_live_nobody", site) as stranger, pytest.raises(Unauthorized):
        stranger.usage()


def test_a_foreign_generation_is_not_found(paying: Softbox) -> None:
    with pytest.raises(NotFound):
        paying.generations.wait(str(uuid4()))


def test_an_id_is_never_more_than_one_part_of_the_address(paying: Softbox) -> None:
    with pytest.raises(NotFound):
        paying.generations.get("../image/usage")


def test_a_key_is_needed_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOFTBOX_API_KEY", raising=False)
    with pytest.raises(ValueError, match="SOFTBOX_API_KEY"):
        Softbox()

    monkeypatch.setenv("SOFTBOX_API_KEY", "sq_live_secret")
    monkeypatch.setenv("SOFTBOX_URL", "http://localhost:1")
    with Softbox() as client:
        assert repr(client) == "Softbox('http://localhost:1')"


def test_a_cancelled_job_is_not_asked_for_again(paying: Softbox) -> None:
    job = paying.start.create("plain")
    jobs.cancel(Generation.objects.get().id)

    told = list(paying.generations.events(job["id"]))

    assert (told[-1].kind, told[-1].data["status"]) == ("result", "cancelled")
