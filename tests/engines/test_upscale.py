from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.engines.base import Pixels
from imaging.engines.picture import resize
from imaging.engines.studio.upscale import enlarge
from tests.engines.drawn import difference, photo


def error(a: Pixels, b: Pixels) -> float:
    return float(((a.astype(np.float64) - b) ** 2).mean())


@pytest.mark.parametrize("size", [(300, 300), (512, 512), (640, 480), (1000, 1024)])
def test_the_size_is_exact(size: tuple[int, int]) -> None:
    assert enlarge(photo(), *size).shape == (size[1], size[0], 3)


def test_shrunk_again_it_is_what_went_in() -> None:
    given = photo()

    assert difference(resize(enlarge(given, 1024, 1024), 256, 256), given) < 1.0


@pytest.mark.parametrize("factor", [2, 4])
def test_it_is_no_less_accurate_than_lanczos(factor: int) -> None:
    true = photo(512, 512)
    small = np.asarray(
        cv2.resize(true, (512 // factor,) * 2, interpolation=cv2.INTER_AREA), np.uint8
    )
    lanczos = cv2.resize(small, (512, 512), interpolation=cv2.INTER_LANCZOS4)

    assert error(enlarge(small, 512, 512), true) <= 1.02 * error(np.asarray(lanczos), true)


def test_a_hard_edge_does_not_ring() -> None:
    edge = np.full((64, 64, 3), 50, np.uint8)
    edge[:, 32:] = 200

    large = enlarge(edge, 256, 256).astype(int)

    assert large.min() >= 40
    assert large.max() <= 210


def test_strips_leave_no_seam() -> None:
    smooth = np.asarray(Image.linear_gradient("L").resize((300, 300)).convert("RGB"))

    large = enlarge(np.ascontiguousarray(smooth), 600, 600).astype(int)

    assert np.abs(np.diff(large[..., 0], axis=0)).max() <= 3


def test_a_flat_colour_stays_flat() -> None:
    flat = np.full((40, 60, 3), (12, 130, 240), np.uint8)

    assert np.abs(enlarge(flat, 240, 160).astype(int) - flat[0, 0]).max() <= 1
