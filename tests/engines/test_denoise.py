"""The denoiser against pictures whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.studio.scene.denoise import denoise
from imaging.engines.studio.scene.look import F32

SIDE = 96


def truth() -> tuple[F32, F32]:
    """A dark square on a lit slope, and its features."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    inside = (np.abs(x - 0.5) < 0.2) & (np.abs(y - 0.5) < 0.2)
    albedo = np.where(inside, 0.1, 0.7).astype(np.float32)
    light = (albedo * (0.5 + x))[..., None].repeat(3, -1)
    features = np.zeros((SIDE, SIDE, 7), np.float32)
    features[..., :3] = albedo[..., None]
    features[..., 4] = -1
    features[..., 6] = np.where(inside, 3.0, 4.0)
    return light, features


def halves(light: F32, spread: float = 0.25) -> tuple[F32, F32]:
    chance = np.random.default_rng(2)
    first, second = (light * chance.gamma(1 / spread, spread, light.shape) for _ in range(2))
    return first.astype(np.float32), second.astype(np.float32)


def test_most_of_the_noise_goes() -> None:
    light, features = truth()
    first, second = halves(light)

    before = np.abs((first + second) / 2 - light).mean()
    after = np.abs(denoise(first, second, features) - light).mean()
    assert after < 0.4 * before


def test_edges_stay_where_they_are() -> None:
    light, features = truth()
    cleaned = denoise(*halves(light), features)

    row = cleaned[SIDE // 2, :, 0]
    edge = round(0.3 * SIDE)
    assert row[edge - 3] > 3 * row[edge + 3]


def test_a_firefly_in_one_half_goes_and_a_highlight_in_both_stays() -> None:
    light, features = truth()
    first, second = light.copy(), light.copy()
    first[10, 10] = 400
    first[70, 20], second[70, 20] = 8, 8

    cleaned = denoise(first, second, features)
    assert cleaned[10, 10].max() < 1.5
    assert cleaned[70, 20].max() > 1.5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_broken_samples_do_not_spread(bad: float) -> None:
    light, features = truth()
    first, second = light.copy(), light.copy()
    first[40, 40] = bad

    cleaned = denoise(first, second, features)
    assert np.isfinite(cleaned).all()
    assert np.abs(cleaned - light).max() < 1.0


@pytest.mark.parametrize("shape", [(5, 9), (31, 130), (129, 17)])
def test_any_size_will_do(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 0.5, np.float32)
    cleaned = denoise(flat, flat, np.zeros((*shape, 7), np.float32))

    assert cleaned.shape == flat.shape
    assert np.allclose(cleaned, 0.5, atol=1e-3)
