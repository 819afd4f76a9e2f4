"""Pictures out of the path tracer: the same twice, whole, cancellable, and honest."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from imaging.engines.base import Cancelled, Pixels, Recipe, Unwatched
from imaging.engines.studio.scene import assemble, camera, lights, render, tone
from imaging.engines.studio.scene.create import create, native_size
from imaging.engines.studio.scene.geometry import F64
from imaging.engines.studio.scene.prompt import read
from imaging.engines.studio.scene.spec import LIGHTS, Light

MUG = read("a red mug on oak", 4).spec


class Following:
    """A watch that writes down what it is told, and stops the work after some steps."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps: list[tuple[int, int, str]] = []
        self.stop_at = stop_at

    def step(self, done: int, of: int, label: str) -> None:
        self.steps.append((done, of, label))
        if self.stop_at is not None and done >= self.stop_at:
            raise Cancelled


def small(prompt: str, *, seed: int = 4, width: int = 64, height: int = 48) -> Recipe:
    return Recipe(operation="create", width=width, height=height, seed=seed, prompt=prompt)


def digest(recipe: Recipe) -> str:
    pixels = create(recipe, Unwatched()).pictures[0].pixels
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def test_the_same_recipe_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "from tests.engines.test_scene_render import digest, small\n"
        "print(digest(small('a red mug on oak')))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=240
    )

    assert other.stdout.strip() == digest(small("a red mug on oak"))


def test_another_seed_is_another_picture() -> None:
    assert digest(small("a red mug on oak")) != digest(small("a red mug on oak", seed=5))


def test_a_picture_has_the_size_of_its_recipe() -> None:
    made = create(small("a mug", width=90, height=40), Unwatched())

    assert made.pictures[0].pixels.shape == (40, 90, 3)
    assert made.pictures[0].source_type == "algorithmicMedia"


def test_large_pictures_are_traced_at_1024_and_keep_their_shape() -> None:
    assert native_size(4096, 2304) == (1024, 576)
    assert native_size(640, 480) == (640, 480)


def test_a_stand_in_says_so() -> None:
    made = create(small("a flugelhorn on marble"), Unwatched())

    assert made.stand_in
    assert "flugelhorn" in made.notes[0]


def test_a_text_without_a_place_is_not_called_understood() -> None:
    made = create(small('a donut "ALMA"'), Unwatched())

    assert '"ALMA"' not in made.understood
    assert '"ALMA"' in made.not_understood
    assert any("no place for print" in note for note in made.notes)


def test_a_text_that_is_printed_is_understood() -> None:
    made = create(small('a candle "ALMA"'), Unwatched())

    assert '"ALMA"' in made.understood
    assert made.not_understood == ()


def test_bands_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render.render_scene(MUG, 48, 64, samples=64).linear
    monkeypatch.setattr(render, "_bands", lambda height: [(0, 21), (21, 40), (40, height)])
    bands = render.render_scene(MUG, 48, 64, samples=64).linear

    # Noise aside (other random numbers), every row shows the same.
    rows = np.abs(np.log1p(bands) - np.log1p(whole)).mean(axis=(1, 2))
    assert rows[[20, 21, 39, 40]].max() < 3 * np.median(rows) + 0.01
    assert rows.max() < 0.1


def test_tall_pictures_are_traced_in_bands_that_cover_every_row() -> None:
    for height in (48, 191, 576, 1024):
        bands = render._bands(height)
        assert (bands[0][0], bands[-1][1]) == (0, height)
        assert all(a[1] == b[0] for a, b in pairwise(bands))
    assert len(render._bands(1024)) == 4


def test_progress_rises_to_the_last_step() -> None:
    watch = Following()
    render.render_scene(MUG, 32, 400, watch=watch, samples=2)

    done = [step[0] for step in watch.steps]
    assert done == sorted(done)
    assert {step[1] for step in watch.steps} == {6}
    assert watch.steps[-1][0] < 6


def test_work_stops_between_two_bands() -> None:
    watch = Following(stop_at=2)
    with pytest.raises(Cancelled):
        render.render_scene(MUG, 32, 400, watch=watch, samples=2)

    assert watch.steps[-1][0] == 2


def test_coverage_is_one_inside_the_product_and_zero_outside() -> None:
    alpha = render.render_alpha(MUG, 48, 48, samples=16)

    assert alpha.shape == (48, 48)
    assert alpha[26, 22] == 1
    assert alpha[:3].max() == 0


def corners_of(shape: dict[str, object]) -> F64:
    return lights._points_of(shape["to_world"])


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("elevation", [4, 12, 34, 52, 64])
@pytest.mark.parametrize("size", [(64, 64), (64, 36), (36, 64)])
def test_no_lamp_shows_in_the_picture(
    light: Light, elevation: float, size: tuple[int, int]
) -> None:
    cloud = np.random.default_rng(0).uniform([-0.5, -0.4, 0], [0.5, 0.4, 0.8], (500, 3))
    for fill in (0.42, 0.62):
        view = camera.frame(cloud, *size, elevation=elevation, fill=fill)
        for turn in (-7, 7):
            made = lights.rig(light, view, podium=0.0, turn=turn)
            lamps = [s for s in made.values() if s["type"] == "rectangle"]
            assert not any(view.sees(corners_of(lamp)) for lamp in lamps)


def test_the_camera_sees_all_of_the_product_and_of_the_floor_around_it() -> None:
    cloud = np.random.default_rng(0).uniform([-0.5, -0.4, 0], [0.5, 0.4, 0.8], (500, 3))
    for elevation in (2, 12, 52, 64):
        view = camera.frame(cloud, 64, 64, elevation=elevation)
        depth = (cloud - view.eye) @ view.axes[0]
        assert depth.min() > view.near


def test_a_product_is_placed_with_its_lowest_point_on_the_floor() -> None:
    parts, yaw = render.product(replace(MUG, archetype="sneaker"))
    placed = assemble.place(parts, yaw=yaw, lift=0.0)

    lowest = min(float(mesh.vertices[:, 2].min()) for mesh, _ in placed.groups)
    assert lowest == pytest.approx(5e-4, abs=1e-5)


def product_of(prompt: str) -> tuple[Pixels, NDArray[np.bool_]]:
    """A small picture, and where its product is."""
    spec = read(prompt, 4).spec
    pixels = render.render_scene(spec, 64, 64, samples=8).pixels
    return pixels, render.render_alpha(spec, 64, 64, 16) > 0.9


def test_a_white_background_is_white_at_the_frame_and_keeps_a_shadow() -> None:
    pixels, product = product_of("a black mug on a pure white background, soft studio lighting")
    border = np.ones((64, 64), bool)
    border[2:-2, 2:-2] = False

    assert np.percentile(pixels[border], 2) == 255
    assert pixels[~product].min() < 225
    assert np.median(pixels[product]) < 110


def test_paper_is_lifted_to_white_around_a_product_that_stays_as_it_is() -> None:
    picture = np.full((64, 64, 3), 240, np.uint8)
    picture[40:44, 20:44] = 180  # a shadow
    picture[20:40, 20:44] = 200
    matte = np.zeros((64, 64), np.float32)
    matte[20:40, 20:44] = 1

    made = tone.whitened(picture, matte)

    assert (made[20:40, 20:44] == 200).all()
    assert (made[0] == 255).all()
    assert (made[41, 30] < 200).all()


def test_gold_shines_on_black_too() -> None:
    pixels, product = product_of("a gold ring on a black background")

    assert np.median(pixels[product][:, 0]) > 75
