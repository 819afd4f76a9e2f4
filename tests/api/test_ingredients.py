"""/partner/v1/presets, /sceneries and /models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Partner
from imaging.catalog.ingredients import shipped
from imaging.catalog.models import OwnIngredient
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

PRESETS, SCENERIES, MODELS = "/partner/v1/presets", "/partner/v1/sceneries", "/partner/v1/models"
BODIES: dict[str, dict[str, Any]] = {
    PRESETS: {"id": "preset_xyz", "label": "Ours", "style": "marble", "aspectRatio": "16:9"},
    SCENERIES: {"id": "scenery_001", "label": "Oak", "scene": "on an oak table"},
    MODELS: {"id": "model_7", "label": "Thorough", "mode": "thinking"},
}


def shown(caller: Caller, path: str) -> list[dict[str, Any]]:
    answer: Any = caller.get(path)
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.json()["data"][path.rsplit("/", 1)[1]]
    return rows


@pytest.mark.parametrize("path", BODIES)
def test_one_of_ones_own_is_kept_shown_first_and_forgotten(live: Caller, path: str) -> None:
    added: Any = live.post(path, BODIES[path])
    assert added.status_code == 201
    assert added.json()["data"] == {**BODIES[path], "shipped": False}

    first, *rest = shown(live, path)
    assert first == {**BODIES[path], "shipped": False}
    assert rest
    assert all(one["shipped"] for one in rest)

    gone: Any = Client().delete(f"{path}/{first['id']}", headers={"X-API-Key": live.key})
    assert gone.json()["data"] == {"id": first["id"], "deleted": True}
    assert shown(live, path) == rest


def test_a_taken_id_is_a_conflict(live: Caller) -> None:
    live.post(PRESETS, BODIES[PRESETS])

    again: Any = live.post(PRESETS, BODIES[PRESETS])

    assert (again.status_code, again.json()["code"]) == (409, "conflict")


def test_the_same_idempotency_key_adds_one(live: Caller) -> None:
    first, again = (live.post(PRESETS, BODIES[PRESETS], Idempotency_Key="a") for _ in range(2))

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert OwnIngredient.objects.count() == 1


def test_a_wrong_one_is_refused_and_named(live: Caller) -> None:
    answer: Any = live.post(SCENERIES, {"id": "s", "label": "S"})

    assert (answer.status_code, answer.json()["param"]) == (400, "background")


def test_a_shipped_one_cannot_be_forgotten(live: Caller) -> None:
    name = next(iter(shipped("preset")))

    answer: Any = Client().delete(f"{PRESETS}/{name}", headers={"X-API-Key": live.key})

    assert answer.status_code == 404


def test_a_key_needs_the_scope_of_products(caller: Callable[..., Caller]) -> None:
    reader = caller(scopes=["products:read"])

    assert shown(reader, MODELS)
    assert reader.post(MODELS, BODIES[MODELS]).status_code == 403


def test_two_partners_may_use_the_same_id(
    live: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    live.post(PRESETS, BODIES[PRESETS])
    rival = caller(partner=other_partner)

    assert not any(one["id"] == "preset_xyz" for one in shown(rival, PRESETS))
    assert rival.post(PRESETS, BODIES[PRESETS]).status_code == 201
