from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from imaging.engines.base import Cancelled, EngineError, Made, Pixels, Recipe, Unwatched
from imaging.engines.studio import enhance, measure, shot
from imaging.engines.studio.cutout import CutOut
from tests.engines.drawn import difference, photo, silhouette


def made(*pictures: Pixels, prompt: str = "", **fields: Any) -> Made:
    values: dict[str, Any] = {"width": 256, "height": 256, "seed": 5, **fields}
    recipe = Recipe(operation="enhance", prompt=prompt, **values)
    return enhance.enhance(recipe, pictures, Unwatched())


def only(outcome: Made) -> Pixels:
    (picture,) = outcome.pictures
    return picture.pixels


def sure(monkeypatch: pytest.MonkeyPatch, confidence: float = 0.9) -> None:
    """The cut-out replaced by the drawing's own matte."""

    def known(pixels: Pixels) -> CutOut:
        height, width = pixels.shape[:2]
        colours = pixels[..., :3] / np.float32(255)
        return CutOut(silhouette(height, width), colours, confidence, ())

    monkeypatch.setattr(shot, "cut_out", known)


def product_height(pixels: Pixels) -> int:
    """Rows in which the bottle's red shows."""
    seen = pixels[..., :3].astype(int)
    red = (seen[..., 0] - seen[..., 1] > 60).any(axis=1)
    return int(np.ptp(np.flatnonzero(red))) + 1


def test_a_good_photo_comes_back_nearly_untouched() -> None:
    good = photo(backdrop=(0.9, 0.9, 0.9))

    outcome = made(good)

    assert difference(only(outcome), good) < 4
    assert outcome.fidelity is not None
    assert outcome.fidelity > 0.99
    assert outcome.pictures[0].source_type == "algorithmicallyEnhanced"
    assert outcome.notes == ()


@pytest.mark.parametrize(
    "bad",
    [
        photo(gain=0.15),
        photo(light=(1.25, 1.0, 0.6), gain=0.7),
        photo(gain=0.3, noise=0.03),
    ],
    ids=["dark", "warm", "noisy"],
)
def test_a_bad_photo_comes_nearer_to_the_good_one(bad: Pixels) -> None:
    good = photo(backdrop=(0.9, 0.9, 0.9))

    assert difference(only(made(bad)), good) < 0.9 * difference(bad, good)


def test_words_change_what_they_name() -> None:
    dull = photo(gain=0.7)
    plain = only(made(dull)).astype(int)

    brighter = only(made(dull, prompt="brighter")).astype(int)
    vibrant = only(made(dull, prompt="more vibrant colours")).astype(int)
    warmer = only(made(dull, prompt="warmer")).astype(int)
    grey = only(made(dull, prompt="black and white")).astype(int)

    assert brighter.mean() > plain.mean() + 4
    assert np.ptp(vibrant, axis=2).mean() > np.ptp(plain, axis=2).mean() + 2
    assert (warmer[..., 0] - warmer[..., 2]).mean() > (plain[..., 0] - plain[..., 2]).mean() + 4
    assert np.ptp(grey, axis=2).max() <= 1


def test_what_is_understood_and_what_is_not_is_said() -> None:
    outcome = made(photo(), prompt="brighter, with a dancing unicorn")

    assert "brighter" in outcome.understood
    assert "unicorn" in outcome.not_understood
    assert outcome.details["plan"]["stops"] > 0


def test_the_documented_request_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    sure(monkeypatch)

    outcome = made(
        photo(),
        prompt="Remove the background and place on a clean white surface with soft shadows. "
        "Make colors more vibrant.",
    )

    pixels = only(outcome)
    assert (pixels[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    assert outcome.details["pictures"][0]["shadow"] == "soft"
    assert outcome.details["pictures"][0]["cutout_confidence"] == 0.9
    assert outcome.pictures[0].source_type == "compositeSynthetic"
    assert outcome.not_understood == ()


def test_a_transparent_background_has_an_alpha_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    sure(monkeypatch)

    pixels = only(made(photo(), prompt="transparent background"))

    assert pixels.shape == (256, 256, 4)
    assert pixels[0, 0, 3] == 0
    assert pixels[140, 128, 3] == 255


def test_an_unsure_cut_out_keeps_the_background_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sure(monkeypatch, confidence=0.5)

    outcome = made(photo(), prompt="remove the background")

    assert enhance.KEPT_BACKGROUND in outcome.notes
    assert outcome.pictures[0].source_type == "algorithmicallyEnhanced"
    assert only(outcome)[0, 0].max() < 250


def test_a_cut_out_photo_stays_one() -> None:
    given = np.dstack([photo(), np.round(silhouette(256, 256) * 255).astype(np.uint8)])

    outcome = made(given)

    assert only(outcome).shape == (256, 256, 4)
    assert only(outcome)[0, 0, 3] == 0
    assert outcome.fidelity is not None
    assert outcome.fidelity > 0.95


def test_a_small_photo_is_enlarged_to_the_very_size_and_that_is_said() -> None:
    outcome = made(photo(128, 128), width=512, height=512)

    assert only(outcome).shape == (512, 512, 3)
    assert any("enlarged 4.0 times" in note for note in outcome.notes)


def test_a_tighter_crop_shows_a_larger_product() -> None:
    loose = photo(256, 256)

    tight = product_height(only(made(loose, prompt="crop tighter")))

    assert tight > 1.2 * product_height(only(made(loose)))


@pytest.mark.parametrize("size", [(256, 144), (144, 256), (256, 192)])
def test_another_aspect_ratio_never_cuts_the_product(size: tuple[int, int]) -> None:
    given = photo(256, 256)

    outcome = made(given, width=size[0], height=size[1])

    pixels = only(outcome)
    assert pixels.shape == (size[1], size[0], 3)
    seen = pixels.astype(int)
    red = seen[..., 0] - seen[..., 1] > 60
    assert not red[[0, -1]].any()
    assert not red[:, [0, -1]].any()


def test_a_backdrop_that_was_continued_is_declared() -> None:
    tall = photo(256, 256)[10:250, 60:196]

    assert enhance.EXTENDED in made(np.ascontiguousarray(tall), width=256, height=144).notes


def test_several_photos_are_enhanced_each_by_itself() -> None:
    outcome = made(photo(gain=0.3), photo())

    first, second = (picture.pixels for picture in outcome.pictures)
    assert (second == only(made(photo()))).all()
    assert measure.tones(first).white > 80


def test_the_same_recipe_gives_the_same_pixels() -> None:
    noisy = photo(gain=0.3, noise=0.02)

    assert (only(made(noisy)) == only(made(noisy))).all()


@pytest.mark.parametrize("pictures", [(), (np.zeros((20, 400, 3), np.uint8),)])
def test_no_photo_or_a_tiny_one_is_refused(pictures: tuple[Pixels, ...]) -> None:
    with pytest.raises(EngineError) as caught:
        made(*pictures)
    assert caught.value.kind == "bad_input"


def test_a_cancelled_job_stops() -> None:
    class Stopping:
        def step(self, done: int, of: int, label: str) -> None:
            raise Cancelled

    recipe = Recipe(operation="enhance", width=64, height=64, seed=1)
    with pytest.raises(Cancelled):
        enhance.enhance(recipe, [photo()], Stopping())


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_an_empty_photo_comes_back_as_it_was(colour: int) -> None:
    flat = np.full((64, 64, 3), colour, np.uint8)

    outcome = made(flat, width=64, height=64)

    assert difference(only(outcome), flat) < 6
