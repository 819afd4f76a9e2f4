"""The places that a request may name, and the painted backdrops and props that show them."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines import presets
from imaging.engines.studio import places
from imaging.engines.studio.looks import PLACES, PROPS, Place, Props
from imaging.engines.studio.scene import paintings, props
from imaging.engines.studio.scene.spec import Setting


@pytest.mark.parametrize(
    ("location", "style"),
    [
        ("outdoor", "outdoor"),
        ("a garden in Kent", "outdoor"),
        ("cafe", "cafe"),
        ("Parisian Café", "cafe"),
        ("office", "office"),
        ("urban", "urban"),
        ("New York street", "urban"),
        ("nature", "nature"),
        ("the Moon", None),
        ("barn", None),
    ],
)
def test_a_location_has_a_style_or_none(location: str, style: str | None) -> None:
    assert places.style_at(location) == style
    assert style is None or presets.style(style).way == "set"


def test_a_season_is_named_by_its_feasts_as_well() -> None:
    seasons = [places.season_of(words) for words in ("Xmas gifts", "Halloween", "Easter eggs", "")]

    assert [season and season.place for season in seasons] == ["winter", "autumn", "spring", None]
    assert places.season_words("Our Christmas and winter range") == ("christmas", "winter")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 9 / 16])
def test_a_painting_fits_the_frame_and_is_soft(place: Place, aspect: float) -> None:
    light = paintings.painting(place, aspect, 0)

    height, width, _ = light.shape
    assert width / height == pytest.approx(aspect, rel=0.01)
    assert light.min() >= 0
    assert 0.02 < light.mean() < 1.2
    # Nothing in it is sharp: neighbours differ by little even at a lamp's rim.
    assert np.abs(np.diff(light, axis=1)).max() < 0.6
    assert light.std() > 0.03


def test_another_seed_paints_another_picture_and_the_same_the_same() -> None:
    first, again, other = (paintings.painting("garden", 1.0, seed) for seed in (0, 3, 1))

    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("name", PROPS)
@pytest.mark.parametrize("footprint", [0.2, 0.7])
def test_no_prop_stands_before_the_product(name: Props, footprint: float) -> None:
    made = props.around(Setting(props=name, seed=4), footprint)

    vertices = np.concatenate([mesh.vertices for mesh, _ in made.values()])
    assert np.isfinite(vertices).all()
    # Sunk a little into the floor at most, but for the ring, whose foot is below it.
    assert vertices[:, 2].min() > (-0.2 if name == "neon_ring" else -0.06)
    before = (vertices[:, 1] < -0.2) & (np.abs(vertices[:, 0]) < 0.2)
    assert vertices[before, 2].max(initial=0.0) < 0.15


def test_without_props_there_are_none() -> None:
    assert props.around(Setting(), 0.4) == {}
