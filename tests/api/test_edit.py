"""POST /partner/v1/image/edit: the request, its price, its answer."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Partner
from billing import points
from imaging.models import Generation
from tests.api.conftest import Caller, download, photo

pytestmark = pytest.mark.django_db

PATH = "/partner/v1/image/edit"


def edit(one: Caller, *steps: Any, **more: Any) -> Any:
    headers = {"Prefer": "respond-async"} if more.pop("wait", True) is False else {}
    return one.post(PATH, {"image": photo(), "operations": list(steps), **more}, **headers)


@pytest.mark.django_db(transaction=True)
def test_an_edit_costs_what_an_enhancement_costs_and_says_what_it_did(
    live: Caller, rich: Partner, worker: None
) -> None:
    answer = edit(
        live,
        {"operation": "crop", "aspectRatio": "1:1"},
        "relight",
        {"operation": "format", "format": "webp", "quality": 80},
    )
    data = answer.json()["data"]

    assert answer.status_code == 200
    assert (data["pointsUsed"], points.balance(partner_id=rich.pk)) == (8, 92)
    assert data["operations"] == [
        {"operation": "crop", "aspectRatio": "1:1", "mayAlterProduct": False},
        {"operation": "relight", "automatic": True, "mayAlterProduct": True},
        {"operation": "format", "format": "webp", "quality": 80, "mayAlterProduct": False},
    ]
    assert download(data["imageUrls"][0])["Content-Type"] == "image/webp"
    assert "/edited/" in data["imageUrls"][0]


@pytest.mark.parametrize(
    ("steps", "param"),
    [
        (None, "operations"),
        ([], "operations"),
        (["relight"] * 21, "operations"),
        ([7], "operations[0]"),
        (["relight", "paint"], "operations[1].operation"),
        ([{"operation": ["crop"]}], "operations[0].operation"),
        (["background"], "operations[0].background"),
        ([{"operation": "background", "background": "#12"}], "operations[0].background"),
        ([{"operation": "shadow", "shadow": "long"}], "operations[0].shadow"),
        ([{"operation": "relight", "brightness": 3}], "operations[0].brightness"),
        ([{"operation": "relight", "warmth": True}], "operations[0].warmth"),
        (["expand"], "operations[0]"),
        ([{"operation": "expand", "left": -1}], "operations[0].left"),
        ([{"operation": "expand", "aspectRatio": "5:1"}], "operations[0].aspectRatio"),
        ([{"operation": "upscale", "factor": 9}], "operations[0].factor"),
        (["crop"], "operations[0]"),
        (
            [{"operation": "crop", "left": 0.5, "top": 0, "width": 0.6, "height": 1}],
            "operations[0]",
        ),
        (["resize"], "operations[0]"),
        ([{"operation": "resize", "width": 10}], "operations[0].width"),
        ([{"operation": "resize", "width": 100, "height": 100, "fit": "x"}], "operations[0].fit"),
        ([{"operation": "format", "format": "gif"}], "operations[0].format"),
        ([{"operation": "format", "quality": 0}], "operations[0].quality"),
    ],
)
def test_a_wrong_step_is_named(live: Caller, rich: Partner, steps: Any, param: str) -> None:
    answer = live.post(PATH, {"image": photo(), "operations": steps})

    assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert points.balance(partner_id=rich.pk) == 100


def test_a_photo_is_needed(live: Caller) -> None:
    answer = live.post(PATH, {"operations": ["relight"]})

    assert (answer.status_code, answer.json()["param"]) == (400, "image")


def test_a_dry_run_tells_the_price(live: Caller, rich: Partner) -> None:
    data = edit(live, "removeBackground", dryRun=True).json()["data"]

    assert (data["pointsRequired"], data["sufficient"]) == (8, True)
    assert not Generation.objects.exists()


def test_a_test_key_gets_a_placeholder_of_the_last_size(test_key: Caller) -> None:
    small = {"operation": "resize", "width": 640, "height": 480}
    data = edit(test_key, small).json()["data"]

    assert data["imageUrls"][0].endswith("/placeholder/edit/640x480.png")
    assert download(data["imageUrls"][0]).status_code == 200
    assert edit(test_key, "relight").json()["data"]["imageUrls"][0].endswith("1024x1024.png")


def test_an_edit_is_made_again_from_its_recipe(live: Caller, rich: Partner) -> None:
    first = edit(live, "removeBackground", wait=False, seed=5).json()["data"]["id"]
    live.post(f"/partner/v1/generations/{first}/regenerate", Prefer="respond-async")

    one, two = Generation.objects.order_by("created_at")
    assert one.recipe == two.recipe
    assert two.operation == "edit"
    found = live.get("/partner/v1/generations?operation=edit").json()["data"]["generations"]
    assert len(found) == 2
