"""The product's own pixels in a drawn scene."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.base import Pixels
from imaging.engines.diffusion import staging
from imaging.engines.picture import to_linear
from tests.engines.diffusion.conftest import recipe
from tests.engines.drawn import difference, photo

SIDE = 192


def scene(*, left: float = 0.6, right: float = 0.6, tint: tuple[float, ...] = (1, 1, 1)) -> Pixels:
    """A wall and a table, brighter on one side where asked."""
    across = np.linspace(left, right, SIDE)[None, :, None]
    wall = np.broadcast_to(across, (SIDE, SIDE, 3)) * np.array(tint)
    wall = wall.copy()
    wall[SIDE * 2 // 3 :] *= 0.6
    return (np.clip(wall, 0, 1) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def product():
    found = staging.product_of(photo(), "")
    assert found is not None
    return found


def staged(product, behind: Pixels, **facts):
    job = recipe(operation="packshot", width=SIDE, height=SIDE, style="wood", **facts)
    return staging.stage(product, behind, job)


def test_the_products_pixels_are_the_photos(product):
    done = staged(product, scene())

    assert done.fidelity > 0.97
    assert done.pixels.shape == (SIDE, SIDE, 3)


def test_a_strongly_coloured_scene_still_keeps_the_product(product):
    assert staged(product, scene(tint=(1, 0.5, 0.2))).fidelity > 0.9


def test_the_scene_is_untouched_where_neither_product_nor_shadow_is(product):
    behind = scene()

    done = staged(product, behind)

    corner = (slice(0, 12), slice(0, 12))
    assert difference(done.pixels[corner], behind[corner]) < 0.6


def test_the_shadow_falls_away_from_the_brighter_side(product):
    def darkened(done: Pixels, behind: Pixels) -> tuple[float, float]:
        foot = slice(int(SIDE * 0.8), int(SIDE * 0.9))
        lost = to_linear(behind)[foot].mean(axis=2) - to_linear(done)[foot].mean(axis=2)
        return float(lost[:, : SIDE // 3].sum()), float(lost[:, -SIDE // 3 :].sum())

    from_left, from_right = scene(left=0.9, right=0.4), scene(left=0.4, right=0.9)

    left, right = darkened(staged(product, from_left).pixels, from_left)
    assert right > left
    left, right = darkened(staged(product, from_right).pixels, from_right)
    assert left > right


def test_no_shadow_is_cast_where_none_is_wanted(product):
    behind = scene()
    with_one = staged(product, behind)

    without = staged(product, behind, shadow="none")

    assert to_linear(without.pixels).sum() > to_linear(with_one.pixels).sum()


def test_an_even_scene_is_lit_as_its_words_asked():
    even = to_linear(scene())

    assert staging.lamp_of(even, expected="left").side < 0
    assert staging.lamp_of(even, expected="right").side > 0


def test_a_photo_without_a_product_has_none():
    assert staging.product_of(np.full((96, 96, 3), 200, np.uint8), "") is None
