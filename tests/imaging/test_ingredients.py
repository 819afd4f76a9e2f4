"""Presets, sceneries and models: the shipped ones, a partner's own, and what they make together."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.models import Partner
from imaging import recipes
from imaging.catalog import ingredients
from imaging.catalog.ingredients import KINDS, Ingredient, shipped
from imaging.engines import presets
from imaging.engines.studio import wording
from imaging.photos import Source


def preset(**said: str) -> Ingredient:
    return Ingredient(kind="preset", key="p", label="P", **said)


def scenery(**said: str) -> Ingredient:
    return Ingredient(kind="scenery", key="s", label="S", **said)


# --- Shipped -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one",
    [one for kind in KINDS for one in shipped(kind).values()],
    ids=lambda one: one.key,
)
def test_each_shipped_one_makes_an_order(one: Ingredient) -> None:
    chosen: dict[str, Any] = {**dict.fromkeys(KINDS), one.kind: one}

    body = ingredients.together(**chosen)
    recipe = recipes.packshot_order(body, photo=Source(url="https://a.example/m.jpg")).recipe

    for name, value in one.said.items():
        assert getattr(recipe, {"scene": "scene_type"}.get(name, name)) == value


@pytest.mark.parametrize(
    "one", [one for one in shipped("scenery").values() if one.scene], ids=lambda one: one.key
)
def test_every_word_of_a_shipped_scene_is_known_to_the_studio_engine(one: Ingredient) -> None:
    plan = wording.read(one.scene)

    assert plan.surface
    assert plan.not_understood == ()


def test_the_first_ten_sceneries_are_a_mixture() -> None:
    first = list(shipped("scenery").values())[:10]

    assert first[0].background == "white"
    assert {name for one in first for name in one.said} == {"background", "scene", "style"}


def test_no_two_shipped_ones_of_a_kind_say_the_same() -> None:
    for kind in KINDS:
        said = [tuple(sorted(one.said.items())) for one in shipped(kind).values()]
        assert len(said) == len(set(said))


# --- Together ------------------------------------------------------------------------------------


def test_a_scenery_takes_the_place_of_a_presets_background() -> None:
    given = preset(style="pastel", background="navy", prompt="tight crop")

    body = ingredients.together(given, scenery(scene="on slate"), None)

    assert body == {"style": "pastel", "prompt": "tight crop", "sceneType": "on slate"}


def test_a_scenery_takes_the_place_of_a_presets_set() -> None:
    for said in ({"scene": "on slate"}, {"background": "navy"}):
        body = ingredients.together(preset(style="marble"), scenery(**said), None)
        assert presets.style(body["style"]).way == "packshot"


def test_a_scenery_that_is_a_styles_set_brings_the_style() -> None:
    given = preset(style="white_bg", background="navy", platform="etsy")

    body = ingredients.together(given, scenery(style="cafe"), None)

    assert body == {"style": "cafe", "platform": "etsy"}


def test_without_a_scenery_a_preset_keeps_its_own() -> None:
    given = preset(style="marble", aspect_ratio="16:9")

    assert ingredients.together(given, None, None) == {"style": "marble", "aspectRatio": "16:9"}
    assert ingredients.together(None, None, None) == {}


# --- A partner's own -----------------------------------------------------------------------------

GOOD = {"id": "preset_xyz", "label": "Ours", "style": "marble"}


def test_ones_own_comes_before_the_shipped_one_of_that_id(partner: Partner) -> None:
    body = {"id": "preset_catalog", "label": "Ours", "style": "marble"}
    ingredients.add(partner, ingredients.read("preset", body))

    found = ingredients.find(partner, "preset", "preset_catalog")

    assert found is not None
    assert (found.label, found.shipped) == ("Ours", False)
    keys = [one.key for one in ingredients.every(partner, "preset")]
    assert keys[0] == "preset_catalog"
    assert len(keys) == len(set(keys)) == len(shipped("preset"))
    assert ingredients.find(partner, "scenery", "preset_catalog") is None


def test_an_id_is_taken_once(partner: Partner) -> None:
    ingredients.add(partner, ingredients.read("preset", GOOD))

    with pytest.raises(Conflict):
        ingredients.add(partner, ingredients.read("preset", GOOD))
    ingredients.add(
        partner, ingredients.read("scenery", {"id": "preset_xyz", "label": "S", "scene": "oak"})
    )


def test_there_is_an_end_to_them(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingredients, "MOST_OWN", 1)
    ingredients.add(partner, ingredients.read("preset", GOOD))

    with pytest.raises(Conflict, match="1 presets"):
        ingredients.add(partner, ingredients.read("preset", {**GOOD, "id": "another"}))


def test_what_was_removed_is_unknown_and_shipped_ones_stay(partner: Partner) -> None:
    ingredients.add(partner, ingredients.read("preset", GOOD))
    ingredients.remove(partner, "preset", "preset_xyz")

    assert ingredients.find(partner, "preset", "preset_xyz") is None
    for key in ("preset_xyz", "preset_catalog", "no such", ""):
        with pytest.raises(NotFound):
            ingredients.remove(partner, "preset", key)


@pytest.mark.parametrize(
    ("kind", "wrong", "param"),
    [
        ("preset", {"id": None}, "id"),
        ("preset", {"id": "a/b"}, "id"),
        ("preset", {"id": "x" * 121}, "id"),
        ("preset", {"label": " "}, "label"),
        ("preset", {"label": "x" * 121}, "label"),
        ("preset", {"style": "no such"}, "style"),
        ("preset", {"aspectRatio": "5:1"}, "aspectRatio"),
        ("preset", {"background": "no such colour"}, "background"),
        ("preset", {"background": "#fff"}, "background"),
        ("preset", {"prompt": "x" * 501}, "prompt"),
        ("scenery", {}, "background"),
        ("scenery", {"background": "navy", "scene": "on slate"}, "background"),
        ("scenery", {"style": "pastel"}, "style"),
        ("model", {"mode": "slow"}, "mode"),
        ("model", {"people": 7}, "people"),
    ],
)
def test_a_wrong_field_is_named(kind: Any, wrong: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ingredients.read(kind, {"id": "mine", "label": "Mine", **wrong})

    assert refused.value.param == param


def test_a_kind_says_what_is_its_business_and_no_more() -> None:
    with pytest.raises(InvalidRequest, match="A model has no style"):
        ingredients.checked("model", "m", "M", {"style": "marble"})


@pytest.mark.parametrize("wrong", [{"kind": "place"}, {"key": ""}, {"label": ""}])
def test_the_database_refuses_what_is_none(partner: Partner, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        partner.ingredients.create(**{"kind": "preset", "key": "k", "label": "L", **wrong})
