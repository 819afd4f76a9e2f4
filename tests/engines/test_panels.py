"""Swatches and close-ups beside a product."""

from __future__ import annotations

import numpy as np

from imaging.engines.base import Pixels
from imaging.engines.studio import panels


def two_colours() -> tuple[Pixels, np.ndarray]:
    """A disc, its upper half red and its lower half blue, and its matte."""
    y, x = np.mgrid[0:200, 0:200]
    colours = np.where((y < 100)[..., None], (200, 30, 30), (30, 40, 190)).astype(np.uint8)
    return colours, (np.hypot(x - 100, y - 100) < 95).astype(np.float32)


def paper() -> Pixels:
    return np.full((240, 240, 3), (244, 243, 241), np.uint8)


def test_the_palette_holds_the_product_s_own_colours_and_no_others() -> None:
    found = panels.palette(*two_colours())

    assert len(found) == 2
    for wanted in ((200, 30, 30), (30, 40, 190)):
        assert min(np.abs(np.subtract(colour, wanted)).max() for colour in found) <= 2


def test_what_lies_outside_the_product_is_no_colour_of_it() -> None:
    colours, alpha = two_colours()
    colours[alpha == 0] = (0, 255, 0)

    assert all(colour[1] < 60 for colour in panels.palette(colours, alpha))


def test_a_product_of_one_colour_has_a_palette_too() -> None:
    grey = np.full((60, 60, 3), 90, np.uint8)

    assert panels.palette(grey, np.ones((60, 60), np.float32)) == [(90, 90, 90)]
    assert panels.palette(grey, np.zeros((60, 60), np.float32)) == [(90, 90, 90)]


def test_swatches_are_drawn_at_the_right_and_nothing_else_changes() -> None:
    made = panels.swatches(paper(), *two_colours())

    changed = (made != paper()).any(axis=2)
    assert not changed[:, :120].any()
    assert (made == (200, 30, 30)).all(axis=2).sum() > 200


def test_close_ups_show_the_parts_with_detail() -> None:
    colours = np.full((200, 200, 3), 128, np.uint8)
    colours[20:60, 20:60] = np.random.default_rng(1).integers(0, 255, (40, 40, 3))
    colours[130:170, 140:180] = np.random.default_rng(2).integers(0, 255, (40, 40, 3))

    found = panels.detailed(colours, np.ones((200, 200), np.float32))

    assert len(found) == 3
    for x, y in ((40, 40), (160, 150)):
        assert any(left <= x < left + side and top <= y < top + side for left, top, side in found)
    assert [top for _, top, _ in found] == sorted(top for _, top, _ in found)


def test_close_ups_lie_within_the_picture_and_leave_the_left_alone() -> None:
    colours, alpha = two_colours()

    made = panels.close_ups(paper(), colours, alpha)

    changed = (made != paper()).any(axis=2)
    assert changed.any()
    assert not changed[:, :120].any()
    assert not changed[[0, -1]].any()
    assert not changed[:, [0, -1]].any()


def test_a_product_of_a_few_pixels_has_close_ups_too() -> None:
    tiny = np.full((9, 9, 3), 50, np.uint8)

    assert panels.close_ups(paper(), tiny, np.ones((9, 9), np.float32)).shape == (240, 240, 3)
