from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.picture import luma
from imaging.engines.studio import finish, measure, treatment, wording
from imaging.engines.studio.finish import Correction
from tests.engines.drawn import difference, linear, photo


def warmth(pixels: np.ndarray) -> float:
    """Log ratio of red to blue in the backdrop's corner; 0 is neutral."""
    red, _, blue = linear(pixels)[:40, :40].reshape(-1, 3).mean(axis=0)
    return float(np.log(red / blue))


def test_a_well_lit_neutral_photo_stays_almost_as_it_was() -> None:
    good = photo(backdrop=(0.9, 0.9, 0.9))

    better, _ = finish.enhanced(good)

    assert difference(good, better) < 4


def test_enhancing_twice_changes_less_than_enhancing_once() -> None:
    dull = photo(gain=0.4, light=(1.15, 1, 0.75))
    once, _ = finish.enhanced(dull)
    twice, _ = finish.enhanced(once)

    assert difference(once, twice) < 0.35 * difference(dull, once)


def test_a_dark_photo_becomes_bright_without_burning_out() -> None:
    dark = photo(gain=0.2)

    better, correction = finish.enhanced(dark)

    assert correction.stops > 1
    assert measure.tones(better).bright > measure.tones(dark).bright + 20
    assert measure.clipped_share(better) <= measure.clipped_share(dark) + 0.005


def test_a_black_backdrop_stays_black() -> None:
    moody = photo(backdrop=(0.002, 0.002, 0.002))

    better, _ = finish.enhanced(moody)

    assert luma(linear(better))[:30, :30].mean() < 0.004


@pytest.mark.parametrize("light", [(1.25, 1.0, 0.6), (0.8, 1.0, 1.3)])
def test_a_cast_of_the_light_is_mostly_taken_out(light: tuple[float, float, float]) -> None:
    cast = photo(light=light, gain=0.8)

    better, _ = finish.enhanced(cast)

    assert abs(warmth(better)) < 0.55 * abs(warmth(cast))


@pytest.mark.parametrize("colour", [(0.75, 0.3, 0.42), (0.2, 0.62, 0.25)])
def test_a_coloured_backdrop_is_not_taken_for_a_cast(colour: tuple[float, float, float]) -> None:
    pink_or_green = photo(backdrop=colour)

    better, correction = finish.enhanced(pink_or_green)

    assert np.abs(np.log(correction.gains)).max() < 0.05
    assert abs(warmth(better) - warmth(pink_or_green)) < 0.2


def test_noise_is_found_and_not_amplified() -> None:
    noisy = photo(gain=0.35, noise=0.02)

    better, correction = finish.enhanced(noisy)

    # Noise of 0.02 in each channel is 0.0134 in luma, of which the calm parts decide.
    assert 0.011 < measure.noise(noisy) < 0.016
    assert measure.noise(photo()) < 0.002
    assert correction.noise > 0
    assert measure.noise(better) <= 1.15 * measure.noise(noisy)


@pytest.mark.parametrize("gain", [0.12, 0.5, 1.0, 1.6])
@pytest.mark.parametrize("noise", [0.0, 0.015])
def test_no_photo_gains_clipping(gain: float, noise: float) -> None:
    given = photo(gain=gain, noise=noise)

    better, _ = finish.enhanced(given)

    assert measure.clipped_share(better) <= measure.clipped_share(given) + 0.01


def test_the_default_correction_changes_nothing() -> None:
    given = photo(noise=0.01)

    assert (finish.apply(given, Correction()) == given).all()


def test_alpha_passes_through() -> None:
    given = np.dstack([photo(), np.full((256, 256), 77, np.uint8)])

    assert (finish.apply(given, Correction(stops=1))[..., 3] == 77).all()


def test_curves_never_go_down_and_keep_black_and_white() -> None:
    for correction in (
        Correction(stops=1.5, gamma=0.8, contrast=0.3),
        Correction(stops=-1, contrast=-0.4),
        Correction(gains=(1.3, 1, 0.7), black=0.03),
    ):
        for curve in finish.curves(correction):
            assert (np.diff(curve) >= -1e-6).all()
            assert curve[0] == 0
            assert 0 <= curve.min() <= curve.max() <= 1


def test_vividness_adds_chroma_and_pushes_nothing_past_its_end() -> None:
    given = photo().astype(np.float32) / 255

    vivid = finish.vivid(given, 1.0)

    assert np.ptp(vivid, axis=2).mean() > 1.05 * np.ptp(given, axis=2).mean()
    assert vivid.min() >= 0
    assert vivid.max() <= 1
    assert np.abs(luma(vivid) - luma(given)).max() < 1e-3


def test_full_muting_is_grey() -> None:
    grey = finish.recolour(photo(), Correction(vividness=-1))

    assert np.ptp(grey.astype(int), axis=2).max() <= 1


def test_sharpening_steepens_edges_within_a_few_codes() -> None:
    edge = np.full((64, 64, 3), 60, np.uint8)
    edge[:, 31:33] = 110
    edge[:, 33:] = 160

    sharp = finish.sharpen(edge, 1.0, noise=0.0)

    assert sharp.astype(int).max() <= 165
    assert sharp.astype(int).min() >= 55
    assert difference(sharp, edge) > 0


def test_sharpening_leaves_noise_alone() -> None:
    noisy = photo(noise=0.012)

    sharp = finish.sharpen(noisy, 0.5, measure.noise(noisy))

    assert measure.noise(sharp) < 1.25 * measure.noise(noisy)


def test_what_is_asked_for_is_added_to_the_automatic_correction() -> None:
    given = photo()
    plain = treatment.correction_for(given, wording.read(""))
    asked = treatment.correction_for(given, wording.read("brighter, warmer, more vibrant"))

    assert asked.stops > plain.stops
    assert asked.vividness > plain.vividness
    assert asked.gains[0] / asked.gains[2] > plain.gains[0] / plain.gains[2]


def test_what_shall_be_kept_is_not_corrected() -> None:
    cast = photo(light=(1.25, 1.0, 0.6), gain=0.4)

    kept = treatment.correction_for(cast, wording.read("Don't change the colours or lighting"))

    assert kept.gains == (1, 1, 1)
    assert (kept.vividness, kept.stops, kept.gamma) == (0, 0, 1)


def test_burnt_whites_stay_white_when_a_warm_light_is_taken_out() -> None:
    burnt = np.full((8, 8, 3), 255, np.uint8)
    burnt[:, 4:] = (255, 255, 190)  # white under a warm lamp, two channels past their end
    cooler = finish.Correction(gains=(0.75, 1.0, 1.35))

    made = finish.recolour(burnt, cooler).astype(int)

    assert made[:, :4].min() >= 250
    assert np.ptp(made[0, 0]) <= 2
    assert made[0, 7, 0] >= made[0, 7, 1] - 2


def test_a_strong_colour_is_not_taken_for_a_burnt_white() -> None:
    red = np.full((4, 4, 3), (255, 30, 40), np.uint8)

    made = finish.recolour(red, finish.Correction(gains=(0.75, 1.0, 1.35)))

    assert made[0, 0, 1] == 30
    assert made[0, 0, 0] < 240
