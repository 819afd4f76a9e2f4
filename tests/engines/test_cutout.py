"""Cut-outs of small drawn photos, whose true matte is known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.base import Pixels
from imaging.engines.picture import Plane, to_srgb
from imaging.engines.studio.cutout import MIN_CONFIDENCE, CutOut, cut_out
from tests.engines import drawn

SIDE = 192


def iou(cut: CutOut, truth: Plane) -> float:
    found, true = cut.alpha > 0.5, truth > 0.5
    return float((found & true).sum() / (found | true).sum())


def disc(x: float, y: float, radius: float) -> Plane:
    """An anti-aliased disc; shares of the picture."""
    v, u = (np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + 0.5) / SIDE
    return np.clip(0.5 + (radius - np.hypot(u - x, v - y)) * SIDE, 0, 1).astype(np.float32)


def mug() -> Plane:
    """A mug: a round body with a wide ring for a handle, open in the middle."""
    v, u = (np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + 0.5) / SIDE
    body = np.maximum(np.abs(u - 0.42) - 0.17, np.abs(v - 0.55) - 0.22)
    ring = np.abs(np.hypot(u - 0.6, v - 0.54) - 0.14) - 0.025
    return np.clip(0.5 - np.minimum(body, ring) * SIDE, 0, 1).astype(np.float32)


def picture(alpha: Plane, product: drawn.Colour, backdrop: Plane | drawn.Colour) -> Pixels:
    """A matte product in linear light over a backdrop, with a little grain."""
    behind = np.broadcast_to(np.asarray(backdrop, np.float32), (SIDE, SIDE, 3))
    paint = np.asarray(product, np.float32) * (0.8 + 0.4 * np.linspace(0, 1, SIDE))[:, None]
    mixed = alpha[..., None] * paint + (1 - alpha[..., None]) * behind
    codes = to_srgb(np.clip(mixed, 0, 1).astype(np.float32)).astype(np.float32)
    grain = np.random.default_rng(5).normal(0, 1.2, codes.shape)
    return np.clip(codes + grain + 0.5, 0, 255).astype(np.uint8)


# ---------------------------------------------------------------- what is delivered


def test_a_product_on_a_plain_backdrop_is_cut_out_surely():
    cut = cut_out(drawn.photo(SIDE, SIDE, noise=0.005))

    assert iou(cut, drawn.silhouette(SIDE, SIDE)) > 0.95
    assert cut.confidence >= MIN_CONFIDENCE
    assert cut.notes == ()


def test_a_product_between_wall_and_table_is_cut_out_without_either():
    wall = np.full((SIDE, SIDE, 3), 0.62, np.float32)
    wall[int(0.6 * SIDE) :] = (0.3, 0.17, 0.08)

    cut = cut_out(picture(mug(), (0.02, 0.1, 0.3), wall))

    assert iou(cut, mug()) > 0.95


def test_a_cast_shadow_stays_with_the_backdrop():
    v, u = (np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + 0.5) / SIDE
    shade = 1 - 0.55 * np.exp(-(((u - 0.62) / 0.16) ** 2) - ((v - 0.72) / 0.05) ** 2)
    backdrop = np.repeat((0.6 * shade)[..., None], 3, 2).astype(np.float32)

    cut = cut_out(picture(disc(0.5, 0.5, 0.22), (0.5, 0.06, 0.05), backdrop))

    assert iou(cut, disc(0.5, 0.5, 0.22)) > 0.95


def test_the_hole_of_a_handle_is_opened():
    cut = cut_out(picture(mug(), (0.02, 0.1, 0.3), (0.6, 0.6, 0.6)))

    hole = cut.alpha[int(0.5 * SIDE) : int(0.58 * SIDE), int(0.63 * SIDE) : int(0.68 * SIDE)]
    assert hole.max() < 0.1
    assert cut.alpha[int(0.54 * SIDE), int(0.74 * SIDE)] > 0.9


def test_the_matte_is_soft_at_the_edge_and_firm_elsewhere():
    cut = cut_out(picture(disc(0.5, 0.5, 0.25), (0.5, 0.06, 0.05), (0.6, 0.6, 0.6)))

    soft = (cut.alpha > 0.02) & (cut.alpha < 0.98)
    outline = 2 * np.pi * 0.25 * SIDE
    assert 1 * outline < soft.sum() < 8 * outline
    assert cut.alpha[SIDE // 2, SIDE // 2] == 1
    assert cut.alpha[3, 3] == 0


def test_edge_colours_hold_no_spill_of_the_backdrop():
    cut = cut_out(picture(disc(0.5, 0.5, 0.25), (0.4, 0.4, 0.4), (0.05, 0.6, 0.08)))

    seen = cut.foreground[cut.alpha > 0.2]
    green = seen[:, 1] - seen[:, [0, 2]].mean(1)
    assert float(np.percentile(green, 99)) < 0.06


def test_opaque_parts_keep_the_photos_own_pixels():
    photo = drawn.photo(SIDE, SIDE, noise=0.005)

    cut = cut_out(photo)

    inside = cut.alpha >= 0.999
    codes = np.round(cut.foreground * 255).astype(np.uint8)
    assert np.array_equal(codes[inside], photo[inside])


def test_the_same_photo_gives_the_same_bytes():
    photo = drawn.photo(SIDE, SIDE, noise=0.01)

    first, second = cut_out(photo), cut_out(photo)

    assert first.alpha.tobytes() == second.alpha.tobytes()
    assert first.foreground.tobytes() == second.foreground.tobytes()
    assert first.confidence == second.confidence


def test_the_matte_has_the_size_of_the_photo():
    cut = cut_out(drawn.photo(150, 231))

    assert cut.alpha.shape == (150, 231)
    assert cut.foreground.shape == (150, 231, 3)
    assert cut.alpha.dtype == cut.foreground.dtype == np.float32


# ---------------------------------------------------------------- transparency that is there


def test_a_pictures_own_transparency_is_taken_at_its_word():
    alpha = (drawn.silhouette(SIDE, SIDE) * 255).astype(np.uint8)

    cut = cut_out(np.dstack([drawn.photo(SIDE, SIDE), alpha]))

    assert np.array_equal(np.round(cut.alpha * 255).astype(np.uint8), alpha)
    assert cut.confidence == 1
    assert "transparency" in cut.notes[0]


def test_colours_under_full_transparency_are_not_trusted():
    alpha = (drawn.silhouette(SIDE, SIDE) * 255).astype(np.uint8)
    photo = drawn.photo(SIDE, SIDE)
    photo[alpha == 0] = (0, 255, 0)

    cut = cut_out(np.dstack([photo, alpha]))

    near = (alpha > 0) & (alpha < 255)
    assert float(cut.foreground[near][:, 1].max()) < 0.9


@pytest.mark.parametrize("level", [0, 255])
def test_an_alpha_channel_that_separates_nothing_is_left_aside(level):
    photo = drawn.photo(SIDE, SIDE, noise=0.005)
    flat = np.full((SIDE, SIDE), level, np.uint8)

    cut = cut_out(np.dstack([photo, flat]))

    assert np.array_equal(cut.alpha, cut_out(photo).alpha)


# ---------------------------------------------------------------- what is refused


def test_a_picture_of_nothing_holds_no_product():
    cut = cut_out(np.full((SIDE, SIDE, 3), 180, np.uint8))

    assert cut.confidence == 0
    assert not cut.alpha.any()
    assert cut.notes == ("The picture holds nothing that stands out.",)


def test_a_picture_of_a_few_pixels_is_not_judged():
    cut = cut_out(drawn.photo(24, 24))

    assert cut.confidence == 0
    assert cut.alpha.shape == (24, 24)
    assert "too small" in cut.notes[0]


def test_noise_is_not_mistaken_for_a_product():
    noise = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)

    assert cut_out(noise).confidence < MIN_CONFIDENCE


def test_a_gradient_is_not_mistaken_for_a_product():
    ramp = np.linspace(30, 220, SIDE).astype(np.uint8)

    cut = cut_out(np.repeat(np.tile(ramp, (SIDE, 1))[..., None], 3, 2))

    assert cut.confidence < MIN_CONFIDENCE


def test_a_heap_of_things_is_refused_and_the_answer_says_so():
    rng = np.random.default_rng(2)
    heap = np.full((SIDE, SIDE, 3), 128, np.uint8)
    for _ in range(90):
        x, y = rng.integers(-10, SIDE, 2)
        w, h = rng.integers(12, 50, 2)
        heap[max(y, 0) : y + h, max(x, 0) : x + w] = rng.integers(0, 256, 3)

    cut = cut_out(heap)

    assert cut.confidence < MIN_CONFIDENCE
    assert any("certainty" in note for note in cut.notes)


def test_a_product_cut_by_the_frame_is_noted():
    cut = cut_out(picture(disc(0.5, 0.78, 0.3), (0.5, 0.06, 0.05), (0.6, 0.6, 0.6)))

    assert "The product is cropped by the edge of the picture." in cut.notes


def test_a_product_that_stands_free_is_not_called_cropped():
    cut = cut_out(picture(disc(0.5, 0.5, 0.25), (0.5, 0.06, 0.05), (0.6, 0.6, 0.6)))

    assert not any("cropped" in note for note in cut.notes)
