"""Products: kept once, photographed often."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage

from accounts.models import Partner
from imaging import waiting
from imaging.catalog.models import Product
from imaging.models import Generation
from imaging.tiers import Engines
from tests.api.conftest import Caller, download, photo
from tests.api.worker import working

pytestmark = pytest.mark.django_db

PATH = "/partner/v1/products"
MUG = {"sku": "MUG-1", "title": "Red mug", "image": "https://shop.example/mug.jpg"}


def add(one: Caller, **facts: Any) -> Any:
    return one.post(PATH, {**MUG, **facts})


def test_a_product_is_added_and_read(live: Caller) -> None:
    answer = add(live, metadata={"season": "spring"})
    made = answer.json()["data"]

    assert answer.status_code == 201
    assert (made["sku"], made["title"]) == ("MUG-1", "Red mug")
    assert made["imageUrl"] == MUG["image"]
    assert live.get(f"{PATH}/{made['id']}").json()["data"] == made


def test_a_photo_that_is_sent_along_is_kept_and_shown(live: Caller, partner: Partner) -> None:
    made = add(live, image=photo()).json()["data"]

    shown = download(made["imageUrl"])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert shown.body.startswith(b"\x89PNG")
    assert download(made["imageUrl"].partition("?")[0]).status_code == 403


@pytest.mark.parametrize(
    ("facts", "param"),
    [
        ({"sku": None}, "sku"),
        ({"sku": "  "}, "sku"),
        ({"sku": 7}, "sku"),
        ({"sku": "x" * 121}, "sku"),
        ({"title": "x" * 301}, "title"),
        ({"title": 5}, "title"),
        ({"image": None}, "image"),
        ({"image": "no picture"}, "image"),
        ({"metadata": {"a": 1}}, "metadata"),
    ],
)
def test_a_wrong_field_is_named(live: Caller, facts: dict[str, Any], param: str) -> None:
    answer = add(live, **facts)

    assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert not Product.objects.exists()


def test_a_sku_is_taken_once_but_by_every_partner(
    live: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    assert add(live).status_code == 201
    assert add(live).status_code == 409
    assert add(caller(partner=other_partner)).status_code == 201


def test_the_same_idempotency_key_adds_one(live: Caller) -> None:
    first = live.post(PATH, MUG, Idempotency_Key="p1")
    again = live.post(PATH, MUG, Idempotency_Key="p1")

    assert first.content == again.content
    assert Product.objects.count() == 1


def test_products_are_listed_by_page_and_found_by_sku(live: Caller) -> None:
    for number in range(3):
        add(live, sku=f"MUG-{number}")
    page = live.get(f"{PATH}?limit=2").json()["data"]
    rest = live.get(f"{PATH}?limit=2&cursor={page['nextCursor']}").json()["data"]
    found = live.get(f"{PATH}?sku=MUG-1").json()["data"]["products"]

    skus = [row["sku"] for row in page["products"] + rest["products"]]
    assert skus == ["MUG-2", "MUG-1", "MUG-0"]
    assert [row["sku"] for row in found] == ["MUG-1"]
    assert live.get(f"{PATH}?sku=%00").json()["data"]["products"] == []


def test_a_product_is_changed_but_not_its_sku(live: Caller) -> None:
    made = add(live, image=photo()).json()["data"]
    before = Product.objects.get().image_path

    new = {"title": "Blue mug", "sku": "OTHER", "image": "https://shop.example/blue.jpg"}
    changed = live.patch(f"{PATH}/{made['id']}", new).json()["data"]

    assert (changed["title"], changed["sku"]) == ("Blue mug", "MUG-1")
    assert changed["imageUrl"] == new["image"]
    assert live.patch(f"{PATH}/{made['id']}", {"title": 5}).status_code == 400
    assert Product.objects.get().image_path == ""
    assert before


@pytest.mark.django_db(transaction=True)
def test_a_removed_product_takes_its_photo_along_and_leaves_its_pictures(
    live: Caller, rich: Partner
) -> None:
    made = add(live, image=photo()).json()["data"]
    path = Product.objects.get().image_path
    live.post("/partner/v1/image/packshot", {"productId": made["id"]}, Prefer="respond-async")

    assert live.delete(f"{PATH}/{made['id']}").json()["data"] == {"id": made["id"], "deleted": True}
    assert not default_storage.exists(path)
    assert Generation.objects.get().product_id is None
    assert live.delete(f"{PATH}/{made['id']}").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["removed", "another photo"])
def test_a_job_that_waits_is_made_of_the_photo_that_it_was_ordered_of(
    live: Caller, rich: Partner, engines: Engines, change: str
) -> None:
    made = add(live, image=photo()).json()["data"]
    body = {"productId": made["id"], "seed": 1}
    live.post("/partner/v1/image/packshot", body, Prefer="respond-async")
    if change == "removed":
        live.delete(f"{PATH}/{made['id']}")
    else:
        live.patch(f"{PATH}/{made['id']}", {"image": photo((80, 60))})

    with working(engines):
        job = Generation.objects.get()
        assert waiting.wait_for(job.pk, timeout=20) == "succeeded"

    job.refresh_from_db()
    given = hashlib.sha256(base64.b64decode(photo())).hexdigest()
    assert job.recipe["inputs"] == [given]


def test_keys_may_be_kept_to_reading(live: Caller, caller: Callable[..., Caller]) -> None:
    reader = caller(scopes=["products:read"])

    assert reader.get(PATH).status_code == 200
    assert add(reader).status_code == 403


# --- Packshots by product ------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_packshot_is_made_of_a_products_photo(live: Caller, rich: Partner, worker: None) -> None:
    product = add(live, image=photo()).json()["data"]["id"]

    made = live.post("/partner/v1/image/packshot", {"productId": product}).json()["data"]

    shown = live.get(f"/partner/v1/generations/{made['generationId']}").json()["data"]
    assert (shown["status"], shown["productId"]) == ("succeeded", product)
    again = live.post(f"/partner/v1/generations/{made['generationId']}/regenerate").json()["data"]
    of_product = live.get(f"/partner/v1/generations?product={product}").json()["data"]
    assert [row["id"] for row in of_product["generations"]] == [
        again["generationId"],
        made["generationId"],
    ]
    # The photo is the product's: the job does not take it away.
    assert download(live.get(f"{PATH}/{product}").json()["data"]["imageUrl"]).status_code == 200


def test_a_photo_in_the_request_goes_before_the_product(live: Caller, rich: Partner) -> None:
    body = {"productId": "whatever", "productImage": "https://shop.example/other.jpg"}
    live.post("/partner/v1/image/packshot", body, Prefer="respond-async")

    assert Generation.objects.get().sources == [{"url": "https://shop.example/other.jpg"}]


@pytest.mark.parametrize("environment", ["live", "test"])
def test_a_product_of_another_is_not_found(
    live: Caller,
    rich: Partner,
    caller: Callable[..., Caller],
    other_partner: Partner,
    environment: str,
) -> None:
    product = add(caller(partner=other_partner)).json()["data"]["id"]

    asker = caller(environment=environment)
    for odd in (product, "0" * 32, "nothing"):
        answer = asker.post("/partner/v1/image/packshot", {"productId": odd})
        assert answer.status_code == 404
    assert not Generation.objects.exists()


@pytest.mark.parametrize("value", [7, "", ["x"]])
def test_a_product_id_that_is_none_is_refused(live: Caller, value: Any) -> None:
    answer = live.post("/partner/v1/image/packshot", {"productId": value})

    assert (answer.status_code, answer.json()["param"]) == (400, "productId")


def test_of_two_that_add_the_same_sku_at_once_one_is_told(
    live: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(live)
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda self: False)

    for image in (MUG["image"], photo()):
        assert add(live, image=image).status_code == 409
