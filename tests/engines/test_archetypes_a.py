from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from imaging.engines.studio.scene import archetypes  # noqa: F401  (importing registers them)
from imaging.engines.studio.scene.archetypes import finishes
from imaging.engines.studio.scene.geometry import rounded_box
from imaging.engines.studio.scene.look import ARCHETYPES, Archetype, Look, Material, Mesh, Part

OURS = [a for a in ARCHETYPES.values() if a.category in ("beauty", "home", "fashion")]
every_archetype = pytest.mark.parametrize("made", OURS, ids=lambda a: a.name)

# Whose main colour is not the look's: metal, stone or paper leads there.
WITHOUT_OWN_COLOUR = {"earrings"}


@cache
def plain(name: str) -> list[Part]:
    return ARCHETYPES[name].build(Look())


def faults(mesh: Mesh) -> list[str]:
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    flat = np.cross(b - a, c - a)
    outward = (flat * mesh.normals[mesh.faces].sum(axis=1)).sum(axis=1)
    length = np.linalg.norm(mesh.normals, axis=1)
    checks = {
        "not finite": all(np.isfinite(x).all() for x in mesh),
        "normals not unit": np.allclose(length, 1, atol=2e-3),
        "faces against their normals": (outward > 0).all(),
        "empty faces": (np.linalg.norm(flat, axis=1) > 0).all(),
        "faces beyond vertices": mesh.faces.min() >= 0 and mesh.faces.max() < len(mesh.vertices),
        "no uv": len(mesh.uv) == len(mesh.vertices),
        "types": [x.dtype.name for x in mesh] == ["float32", "float32", "int32", "float32"],
    }
    return [fault for fault, good in checks.items() if not good]


def test_there_is_a_good_choice_in_each_category():
    count = {c: sum(a.category == c for a in OURS) for c in ("beauty", "home", "fashion")}
    assert min(count.values()) >= 8


@every_archetype
def test_every_mesh_is_finite_outward_and_whole(made: Archetype):
    assert {k: f for k, part in enumerate(plain(made.name)) if (f := faults(part.mesh))} == {}


@every_archetype
def test_it_stands_on_the_ground_in_a_sane_size(made: Archetype):
    points = np.concatenate([part.mesh.vertices for part in plain(made.name)])

    low, high = points.min(axis=0), points.max(axis=0)
    assert abs(low[2]) < 0.02
    assert 1.5 < (high - low).max() < 250
    assert np.abs((low + high)[:2] / 2).max() < 0.6 * (high - low).max()


@every_archetype
def test_it_is_light_enough_to_load(made: Archetype):
    assert sum(len(part.mesh.faces) for part in plain(made.name)) < 300_000


@every_archetype
def test_the_same_look_gives_the_same_parts(made: Archetype):
    first, second = made.build(Look(seed=5)), made.build(Look(seed=5))

    assert [p.material for p in first] == [p.material for p in second]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.mesh.vertices, other.mesh.vertices)
        assert np.array_equal(one.mesh.faces, other.mesh.faces)


@pytest.mark.parametrize(
    "made",
    [made for made in OURS if made.name not in WITHOUT_OWN_COLOUR],
    ids=lambda made: made.name,
)
def test_the_colour_asked_for_is_there(made: Archetype):
    colours = {part.material.color for part in made.build(Look(color="#3157c4"))}
    assert "#3157c4" in colours


@every_archetype
def test_its_words_are_lower_case_and_said_once(made: Archetype):
    assert made.words
    assert len(set(made.words)) == len(made.words)
    assert all(word == word.lower().strip() for word in made.words)


def test_no_word_names_two_products():
    named: dict[str, list[str]] = {}
    for made in ARCHETYPES.values():
        for word in made.words:
            named.setdefault(word, []).append(made.name)
    assert {word: who for word, who in named.items() if len(who) > 1} == {}


@pytest.mark.parametrize("name", ["perfume", "watch", "handbag", "ring", "cream_jar", "earrings"])
def test_the_metal_asked_for_is_there(name: str):
    parts = ARCHETYPES[name].build(Look(metal="copper"))
    assert "copper" in {p.material.metal for p in parts if p.material.kind == "metal"}


@pytest.mark.parametrize("name", ["pump_bottle", "dropper", "candle", "flask", "mug", "tote"])
def test_the_text_is_printed(name: str):
    parts = ARCHETYPES[name].build(Look(text="NORDA"))
    printed = [p.material for p in parts if p.material.kind in ("label", "decal")]
    assert [material.text for material in printed] == ["NORDA"]


@pytest.mark.parametrize("name", ["mug", "bowl", "vase", "tote", "folded_shirt"])
def test_what_is_usually_plain_carries_no_invented_print(name: str):
    assert not [p for p in plain(name) if p.material.kind in ("label", "decal")]


def test_a_second_colour_goes_to_the_second_part():
    parts = ARCHETYPES["sneaker"].build(Look(color="#101010", color2="#c8502e"))
    assert {"#101010", "#c8502e"} <= {p.material.color for p in parts}


def test_a_seed_may_change_the_form_of_a_vase():
    heights = {
        round(float(ARCHETYPES["vase"].build(Look(seed=seed))[0].mesh.vertices[:, 2].max()), 1)
        for seed in range(3)
    }
    assert len(heights) > 1


def test_a_word_may_change_what_is_drawn():
    sofa = ARCHETYPES["sofa"].build(Look(word="sofa"))[0].mesh
    armchair = ARCHETYPES["sofa"].build(Look(word="armchair"))[0].mesh
    assert np.ptp(armchair.vertices[:, 0]) < 0.7 * np.ptp(sofa.vertices[:, 0])


def test_a_named_material_replaces_the_usual_one():
    assert finishes.surface(Look(material="wood"), "#ffffff").kind == "wood"
    assert finishes.surface(Look(material="copper"), "#ffffff").metal == "copper"
    assert finishes.surface(Look(), "#ffffff", "ceramic").kind == "ceramic"


def test_a_material_that_is_not_allowed_is_ignored():
    made = finishes.surface(Look(material="concrete"), "#ffffff", "leather", allowed=("leather",))
    assert (made.kind, made.color) == ("leather", "#ffffff")


def test_a_finish_sets_the_roughness_but_not_of_cloth():
    gloss = finishes.surface(Look(finish="glossy"), "#ffffff")
    matte = finishes.surface(Look(finish="matte"), "#ffffff")
    cloth = finishes.finished(Material(kind="fabric"), "glossy")

    assert gloss.roughness is not None
    assert matte.roughness is not None
    assert gloss.roughness < matte.roughness
    assert (gloss.clearcoat > 0, matte.clearcoat) == (True, 0)
    assert cloth.roughness is None


def test_a_texture_keeps_its_true_scale_on_any_part():
    wide = finishes.part(rounded_box((30, 20, 10), 0.2), Material(kind="fabric"), tile=5)

    front = wide.mesh.normals[:, 1] < -0.99
    span = np.ptp(wide.mesh.vertices[front], axis=0), np.ptp(wide.mesh.uv[front], axis=0)
    assert span[0][0] / span[1][0] == pytest.approx(5, rel=0.5)


def test_print_on_metal_becomes_a_label():
    panel = rounded_box((3, 0.1, 2), 0.01)
    on_metal = finishes.decal(panel, Look(text="A"), Material(kind="metal"), aspect=1.5)
    on_paint = finishes.decal(panel, Look(text="A"), Material(kind="paint"), aspect=1.5)

    assert (on_metal.material.kind, on_paint.material.kind) == ("label", "decal")
    assert on_paint.material.on == "paint"
