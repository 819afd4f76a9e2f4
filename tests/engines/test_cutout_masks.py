"""The steps of the cut-out one by one."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.cutout.cut import expected_overlap
from imaging.engines.studio.cutout.evidence import (
    Mask,
    look_at,
    smooth_field,
    wall_height,
)
from imaging.engines.studio.cutout.explained import explain
from imaging.engines.studio.cutout.masks import fill_holes, grow, overlap, shrink
from imaging.engines.studio.cutout.matte import drop_specks
from imaging.engines.studio.cutout.proposals import near, tidy, tinted
from tests.engines import drawn

SIDE = 96


def box(top: int, left: int, bottom: int, right: int) -> Mask:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def plain(light: float) -> np.ndarray:
    lab = np.zeros((SIDE, SIDE, 3), np.float32)
    lab[..., 0] = light
    return lab


EVEN = np.full((SIDE, SIDE), 0.5, np.float32)


def test_overlap_is_shared_area_over_all_area():
    assert overlap(box(0, 0, 10, 10), box(0, 5, 10, 15)) == 50 / 150


def test_two_empty_masks_are_alike():
    assert overlap(box(0, 0, 0, 0), box(0, 0, 0, 0)) == 1


def test_growing_and_shrinking_a_box_gives_it_back():
    mask = box(30, 30, 60, 60)

    assert grow(mask, 7).sum() > mask.sum() > shrink(mask, 7).sum()
    assert shrink(box(0, 0, SIDE, SIDE), 7).all()


def test_a_pin_hole_is_filled_and_a_handles_hole_is_not():
    mask = box(20, 20, 80, 80) & ~box(30, 30, 32, 32) & ~box(50, 50, 70, 70)

    filled = fill_holes(mask, share=0.01)

    assert filled[31, 31]
    assert not filled[60, 60]


def test_a_bay_that_is_open_to_the_frame_is_no_hole():
    mask = box(20, 20, 80, 80) & ~box(0, 40, 60, 60)

    assert np.array_equal(fill_holes(mask, share=1.0), mask)


def test_a_pair_is_one_product():
    pair = box(40, 15, 70, 40) | box(42, 44, 70, 69)

    assert overlap(tidy(pair, EVEN), pair) > 0.99


def test_a_neighbour_cut_by_the_frame_is_left_out():
    product, neighbour = box(30, 30, 70, 60), box(30, 64, 70, SIDE)

    assert overlap(tidy(product | neighbour, EVEN), product) > 0.99


def test_specks_are_dropped():
    product = box(30, 30, 70, 60)

    assert overlap(tidy(product | box(5, 5, 9, 9), EVEN), product) > 0.99
    assert np.array_equal(drop_specks(product | box(5, 5, 7, 7), 0.01), product)


def test_a_shadow_is_explained_by_the_backdrop_and_a_coloured_product_is_not():
    lab = plain(80)
    lab[40:60, 20:40, 0] = 50  # shadow
    lab[40:60, 60:80] = (50, 40, 20)  # product
    backdrop = ~(box(38, 18, 62, 42) | box(38, 58, 62, 82))

    found = explain(lab, backdrop)

    assert found.shaded[45:55, 25:35].min() > 0.9
    assert 25 < found.drop[50, 30] < 35
    assert found.shaded[45:55, 65:75].max() < 0.1
    assert found.same[10, 10] > 0.9
    assert found.same[50, 30] < 0.1


def test_nothing_is_explained_where_no_backdrop_is_known():
    found = explain(plain(80), np.zeros((SIDE, SIDE), np.bool_))

    assert not found.shaded.any()
    assert not found.same.any()


def test_the_field_of_a_lit_sweep_is_found_behind_the_product():
    lab = plain(0)
    lab[..., 0] = 70 + 15 * np.linspace(-1, 1, SIDE, dtype=np.float32) ** 2
    seen = lab.copy()
    seen[30:70, 30:70, 0] = 10

    field, spread = smooth_field(seen)

    assert float(np.abs(field - lab).max()) < 1
    assert float(spread.max()) < 1


def test_an_outline_is_a_wall_and_a_soft_shadow_is_none():
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    lab = plain(70)
    lab[box(40, 20, 60, 40)] = (30, 0, 0)
    lab[..., 0] -= 25 * np.exp(-(((x - 70) / 12) ** 2) - ((y - 50) / 12) ** 2)

    wall = wall_height(lab, 1.0, 3)

    assert wall[50, 30] > 4 * wall[50, 70]


def test_a_shadow_all_but_vanishes_from_the_tinted_picture():
    lab = plain(0)
    lab[:] = (80, 8, 24)
    lab[40:60, 20:40] *= 0.6  # shadow: less light, the same hue
    lab[40:60, 60:80] = (80, 30, -10)  # another material

    seen = tinted(lab).astype(int)

    shadow = np.abs(seen[50, 30] - seen[10, 10]).sum()
    material = np.abs(seen[50, 70] - seen[10, 10]).sum()
    assert 2 * shadow < material
    assert shadow < 0.5 * 0.4 * 80 * 2.55


def test_a_cut_of_the_surroundings_is_not_misled_by_things_far_away():
    rgb = np.full((SIDE, SIDE, 3), 190, np.uint8)
    product = box(40, 40, 62, 60)
    rgb[product] = (120, 40, 30)
    rgb[4:20, 4:24] = (120, 40, 30)

    found = near(look_at(rgb, SIDE), product.astype(np.float32))

    assert overlap(found, product) > 0.9
    assert not found[10, 10]


def test_where_nobody_sees_a_product_there_is_no_cut():
    view = look_at(drawn.photo(SIDE, SIDE), SIDE)

    assert not near(view, np.zeros((SIDE, SIDE), np.float32)).any()


def test_the_overlap_to_be_expected_is_1_where_nothing_is_in_doubt():
    product = box(30, 30, 60, 60)

    assert expected_overlap(product.astype(np.float32), product) == 1


def test_doubt_inside_and_chances_left_outside_both_lower_the_expected_overlap():
    product = box(30, 30, 60, 60)
    chance = np.where(product, 0.8, 0).astype(np.float32)

    assert abs(expected_overlap(chance, product) - 0.8) < 1e-6
    chance[box(70, 70, 80, 80)] = 0.4
    assert abs(expected_overlap(chance, product) - 0.8 * 900 / (900 + 40)) < 1e-6


def test_an_empty_mask_is_expected_to_be_wrong():
    assert expected_overlap(EVEN * 0, box(0, 0, 0, 0)) == 0
