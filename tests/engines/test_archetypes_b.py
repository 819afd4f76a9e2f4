"""Electronics, food, toys, packaging: what every one of these products must be."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from imaging.engines.studio.scene import archetypes
from imaging.engines.studio.scene.look import ARCHETYPES, Look, Part

_MODULES = (
    archetypes.electronics,
    archetypes.audio,
    archetypes.input_devices,
    archetypes.camera,
    archetypes.food,
    archetypes.snacks,
    archetypes.bakery,
    archetypes.fruit,
    archetypes.toys,
    archetypes.balls,
    archetypes.plush,
    archetypes.packaging,
    archetypes.stationery,
    archetypes.sport,
)
_HERE = {module.__name__ for module in _MODULES}
NAMES = sorted(name for name, made in ARCHETYPES.items() if made.build.__module__ in _HERE)
_VARIANTS = (
    ("ball", "football"),
    ("ball", "basketball"),
    ("ball", "tennis ball"),
    ("bread", "baguette"),
    ("bread", "bun"),
    ("citrus_fruit", "lemon fruit"),
    ("donut", "bagel"),
    ("food_jar", "jam"),
    ("wine_bottle", "white wine"),
    ("chocolate_bar", "milk chocolate"),
)
_PRINTED = (
    *("power_bank", "food_jar", "wine_bottle", "drink_can", "coffee_bag", "snack_bag", "tin"),
    *("board_game", "chocolate_bar", "carton", "product_box", "shopping_bag", "book", "notebook"),
)


def build(name: str, **said: object) -> list[Part]:
    look = {"word": name.replace("_", " "), "seed": 3, **said}
    return ARCHETYPES[name].build(Look(**look))


def colours_of(parts: list[Part]) -> set[str]:
    return {part.material.color.lower() for part in parts}


def check_mesh(part: Part) -> None:
    vertices, normals, faces, uv = (np.asarray(a) for a in part.mesh)
    assert len(faces) > 0
    assert np.isfinite(vertices).all()
    assert np.isfinite(uv).all()
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-3)
    assert faces.min() >= 0
    assert faces.max() < len(vertices)
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    flat = np.cross(b - a, c - a)
    assert (np.linalg.norm(flat, axis=1) > 0).all()
    # Wound against its normals a face renders black.
    assert ((flat * normals[faces].sum(axis=1)).sum(axis=1) >= 0).all()


def closed(part: Part) -> bool:
    """Whether every edge has a face on both sides, seams of the uv sewn up."""
    _, same = np.unique(np.round(part.mesh.vertices, 4), axis=0, return_inverse=True)
    f = same.reshape(-1)[part.mesh.faces]
    edges = np.sort(np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]), axis=1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    return bool((count % 2 == 0).all())


def volume(part: Part) -> float:
    v, f = part.mesh.vertices.astype(np.float64), part.mesh.faces
    v = v - v.mean(axis=0)
    return float((v[f[:, 0]] * np.cross(v[f[:, 1]], v[f[:, 2]])).sum() / 6)


def check_product(parts: list[Part]) -> None:
    for part in parts:
        check_mesh(part)
        if closed(part):  # inside out, a body has a negative volume
            assert volume(part) > 0
    cloud = np.concatenate([part.mesh.vertices for part in parts])
    assert abs(float(cloud[:, 2].min())) < 0.02
    assert 1 < float(np.ptp(cloud, axis=0).max()) < 60
    assert float(np.abs(cloud[:, :2]).max()) < 40
    assert sum(len(part.mesh.faces) for part in parts) < 300_000


@pytest.mark.parametrize("name", NAMES)
def test_a_product_is_sound_and_stands_on_the_floor(name):
    check_product(build(name))


@pytest.mark.parametrize(("name", "word"), _VARIANTS)
def test_a_product_drawn_for_its_word_is_sound(name, word):
    check_product(build(name, word=word))


@pytest.mark.parametrize("name", NAMES)
def test_a_named_colour_shows(name):
    assert "#12a4b7" not in colours_of(build(name))
    assert "#12a4b7" in colours_of(build(name, color="#12A4B7"))


@pytest.mark.parametrize(
    "name",
    [
        "smartphone",
        "laptop",
        "headphones",
        "speaker",
        "camera",
        "tin",
        "gift_box",
        "pen",
        "notebook",
    ],
)
def test_a_named_metal_shows(name):
    parts = build(name, metal="copper", color="#224466")

    assert any(p.material.kind == "metal" and p.material.metal == "copper" for p in parts)


@pytest.mark.parametrize("name", ["speaker", "headphones", "keyboard", "toy_car", "gift_box"])
def test_a_second_colour_shows(name):
    parts = build(name, color="#224466", color2="#cc8811")

    assert "#cc8811" in colours_of(parts)


def test_a_named_material_replaces_the_usual_one():
    kinds = {p.material.kind for p in build("speaker", material="wood")}

    assert "wood" in kinds
    assert "wood" not in {p.material.kind for p in build("speaker")}


def test_a_rubber_duck_stays_vinyl_whatever_the_prompt_says():
    assert "leather" not in {p.material.kind for p in build("rubber_duck", material="leather")}


def test_a_finish_changes_how_rough_a_case_is():
    matte = {p.material.roughness for p in build("power_bank", finish="matte")}
    polished = {p.material.roughness for p in build("power_bank", finish="polished")}

    assert max(r for r in matte - polished if r) > max(r for r in polished - matte if r)


@pytest.mark.parametrize("name", _PRINTED)
def test_the_text_of_the_prompt_is_printed(name):
    assert "ALMA" in {p.material.text for p in build(name, text="ALMA")}


def test_letter_blocks_spell_the_text():
    faces = [p.material.text for p in build("building_blocks", text="Lena")]

    assert {"L", "E", "N", "A"} <= set(faces)


def test_white_prints_are_left_out_where_the_prompt_gives_no_text():
    assert all(p.material.kind != "decal" for p in build("smartphone"))
    assert any(p.material.kind == "decal" for p in build("smartphone", text="ALMA"))


@pytest.mark.parametrize("name", ["building_blocks", "donut", "shopping_bag", "chocolate_bar"])
def test_the_same_look_is_the_same_product_and_another_seed_is_not(name):
    first, again, other = build(name), build(name), build(name, seed=4)

    same = [
        np.array_equal(a.mesh.vertices, b.mesh.vertices) and a.material == b.material
        for a, b in zip(first, again, strict=True)
    ]
    assert all(same)
    assert any(
        a.mesh.vertices.shape != b.mesh.vertices.shape
        or not np.array_equal(a.mesh.vertices, b.mesh.vertices)
        for a, b in zip(first, other, strict=True)
    )


def test_every_word_names_one_product_and_is_written_as_the_prompt_is_read():
    claims = Counter(word for made in ARCHETYPES.values() for word in made.words)
    ours = {word for name in NAMES for word in ARCHETYPES[name].words}

    assert not {word for word in ours if claims[word] > 1}
    assert all(word == word.lower().strip() and len(word) <= 24 for word in ours)


def test_there_are_enough_kinds_of_each_category():
    count = Counter(ARCHETYPES[name].category for name in NAMES)

    assert count["electronics"] >= 7
    assert count["food"] >= 6
    assert count["toys"] >= 6
    assert count["home"] >= 6
