"""Enlarging in tiles: exact sizes, no seams, alpha kept, and ours where there is no network."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from imaging.engines.base import Cancelled, EngineError, Pixels
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.tiling import fades, in_tiles, spans
from imaging.engines.diffusion.upscale import Upscaler
from imaging.engines.diffusion.weights import WeightsError
from imaging.engines.studio import upscale as studio
from tests.engines.diffusion.tiny_language import companions, tiny
from tests.engines.drawn import photo

__all__ = ["companions"]


@pytest.fixture(scope="module")
def upscaler(companions: Path) -> Upscaler:
    return Upscaler(tiny(companions, "upscaler"), "cpu")


# --- Tiles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 63, 64, 65, 100, 112, 113, 500])
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_the_weights_of_all_tiles_sum_to_one_everywhere(length: int, scale: int) -> None:
    axis = spans(length, 64, 16)

    total = np.zeros(length * scale)
    for (start, end), weights in zip(axis, fades(axis, scale, 16), strict=True):
        total[start * scale : end * scale] += weights

    assert np.allclose(total, 1, atol=1e-6)


def test_nothing_is_used_that_a_network_guessed_at_an_inner_edge() -> None:
    first, *_, last = fades(spans(200, 64, 16), 2, 16)

    assert first[-8:].max() == 0
    assert last[:8].max() == 0
    assert first[0] == last[-1] == 1


def test_overlaps_that_would_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="over half"):
        spans(200, 64, 33)


def test_tiles_of_an_exact_enlargement_are_the_enlargement() -> None:
    picture = np.random.default_rng(0).random((150, 170, 3), np.float32)

    def twice(part: NDArray[np.float32]) -> NDArray[np.float32]:
        return part.repeat(2, axis=0).repeat(2, axis=1)

    tiled = in_tiles(picture, twice, scale=2, tile=64, overlap=16, on_tile=lambda done, of: None)

    assert np.allclose(tiled, twice(picture), atol=1e-6)


# --- The network ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(200, 160), (190, 150), (400, 333), (105, 83)])
def test_the_size_is_exact(upscaler: Upscaler, size: tuple[int, int]) -> None:
    assert upscaler.enlarge(photo(100, 80), *size).shape == (size[1], size[0], 3)


def test_tiles_leave_no_seam(companions: Path) -> None:
    """Against the whole picture in one piece. A quarter of the overlap is as far as this network
    sees, so what differs is lost in rounding."""
    given = photo(181, 139)
    in_four = Upscaler(tiny(companions, "upscaler", tile=96, overlap=48), "cpu")
    in_one = Upscaler(tiny(companions, "upscaler", tile=512), "cpu")

    tiled, whole = in_four.enlarge(given, 362, 278), in_one.enlarge(given, 362, 278)

    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_the_same_picture_gives_the_same_pixels(upscaler: Upscaler) -> None:
    given = photo(100, 80)

    assert np.array_equal(upscaler.enlarge(given, 200, 160), upscaler.enlarge(given, 200, 160))


def test_a_smaller_size_is_resampled(upscaler: Upscaler) -> None:
    assert upscaler.enlarge(photo(100, 80), 50, 40).shape == (40, 50, 3)


def test_a_picture_smaller_than_a_window_is_enlarged_too(upscaler: Upscaler) -> None:
    assert upscaler.enlarge(np.zeros((3, 2, 3), np.uint8), 8, 12).shape == (12, 8, 3)


def test_alpha_is_kept_and_hidden_colours_do_not_leak() -> None:
    cutout = np.zeros((40, 40, 4), np.uint8)
    cutout[...] = (0, 255, 0, 0)  # a green that nobody may ever see
    cutout[10:30, 10:30] = (200, 30, 30, 255)

    large = Upscaler(None, "cpu").enlarge(cutout, 160, 160)

    visible = large[large[..., 3] > 0][:, :3].astype(int)
    assert np.abs(visible - (200, 30, 30)).max() <= 2
    assert (large[0, 0, 3], large[80, 80, 3]) == (0, 255)
    covered = float((large[..., 3] / 255).mean())
    assert covered == pytest.approx(0.25, abs=0.005)


def test_the_network_gets_the_bled_colours_and_alpha_stays_beside_it(upscaler: Upscaler) -> None:
    cutout = np.dstack([photo(60, 60), np.full((60, 60), 255, np.uint8)])

    large = upscaler.enlarge(cutout, 120, 120)

    assert np.array_equal(large[..., :3], upscaler.enlarge(photo(60, 60), 120, 120))
    assert large[..., 3].min() == 255


def test_a_fully_transparent_picture_stays_so(upscaler: Upscaler) -> None:
    assert not upscaler.enlarge(np.zeros((32, 32, 4), np.uint8), 64, 64)[..., 3].any()


def test_it_stops_between_two_tiles(upscaler: Upscaler) -> None:
    seen: list[tuple[int, int]] = []

    def stop_at_the_second(done: int, of: int) -> None:
        seen.append((done, of))
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        upscaler.enlarge(photo(180, 140), 360, 280, on_tile=stop_at_the_second)

    assert seen == [(0, 12), (1, 12)]


def test_an_answer_without_numbers_is_an_error_not_a_black_picture(companions: Path) -> None:
    broken = Upscaler(tiny(companions, "upscaler"), "cpu")
    with torch.no_grad():
        next(iter(broken._network.parameters())).fill_(float("nan"))

    with pytest.raises(EngineError, match="could not be enlarged"):
        broken.enlarge(photo(40, 40), 80, 80)


# --- Without one, and with a broken one ----------------------------------------------------------


def test_without_a_model_it_is_the_studios_enlargement() -> None:
    given: Pixels = photo(100, 80)
    ours = Upscaler(None, "cpu")

    assert np.array_equal(ours.enlarge(given, 200, 160), studio.enlarge(given, 200, 160))
    assert ours.label == "resampling"


def test_tiles_too_small_for_their_overlap_are_refused_at_the_start(companions: Path) -> None:
    with pytest.raises(WeightsError, match="at most half of tile"):
        Upscaler(tiny(companions, "upscaler", tile=64, overlap=40), "cpu")


def test_missing_and_broken_weights_are_named(companions: Path, tmp_path: Path) -> None:
    nowhere = Model(name="gone", roles=("upscale",), licence="MIT", folder=str(tmp_path / "none"))
    with pytest.raises(WeightsError, match="gone: there is no folder"):
        Upscaler(nowhere, "cpu")

    shutil.copytree(companions / "upscaler", tmp_path / "cut")
    file = tmp_path / "cut" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    cut = Model(name="cut", roles=("upscale",), licence="MIT", folder=str(tmp_path / "cut"))
    with pytest.raises(WeightsError, match="cut short"):
        Upscaler(cut, "cpu")
