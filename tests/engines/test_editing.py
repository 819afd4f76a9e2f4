"""Edits: each step does what it says, in order, and leaves the product's own pixels alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from imaging.engines.base import EngineError, Inputs, Made, Pixels, Recipe, Unwatched
from imaging.engines.edits import EDITS
from imaging.engines.studio.editing import HELD_BACK, NO_SHADOW, edit
from imaging.engines.studio.engine import StudioEngine
from tests.engines.drawn import photo, silhouette

PHOTO = photo(240, 320)


def edited(*steps: dict[str, Any], picture: Pixels = PHOTO, seed: int = 5) -> Made:
    named = [{"operation": step.pop("do"), **step} for step in map(dict, steps)]
    recipe = Recipe(operation="edit", width=0, height=0, seed=seed, steps=tuple(named))
    return edit(recipe, picture, Unwatched())


def pixels(*steps: dict[str, Any], picture: Pixels = PHOTO) -> Pixels:
    return edited(*steps, picture=picture).pictures[0].pixels


WHITE = {"do": "background", "background": "#ffffff"}


def test_a_removed_background_leaves_the_product_and_its_soft_edge() -> None:
    made = edited({"do": "removeBackground"})
    found = made.pictures[0].pixels

    matte = silhouette(240, 320)
    assert found.shape == (240, 320, 4)
    assert np.abs(found[..., 3] / 255 - matte).mean() < 0.02
    assert made.pictures[0].source_type == "algorithmicallyEnhanced"
    assert made.fidelity is not None
    assert made.fidelity > 0.96


def test_a_new_background_is_exact_and_the_product_stays_where_it_was() -> None:
    made = edited(WHITE)
    found = made.pictures[0].pixels

    inside = silhouette(240, 320) > 0.99
    assert (found[:20] == 255).all()
    assert np.abs(found[inside].astype(int) - PHOTO[inside].astype(int)).mean() < 4
    assert made.pictures[0].source_type == "compositeSynthetic"


def test_a_shadow_falls_on_the_new_background_but_not_on_the_frame() -> None:
    plain = pixels(WHITE)
    shaded = pixels(WHITE, {"do": "shadow", "shadow": "soft"})

    assert shaded.mean() < plain.mean()
    assert (shaded[:, :6] == 255).all()


def test_a_shadow_on_the_photos_own_background_is_not_drawn_and_said() -> None:
    made = edited({"do": "shadow", "shadow": "soft"})

    assert (made.pictures[0].pixels == PHOTO).all()
    assert made.notes == (NO_SHADOW,)


def test_relighting_changes_the_product_and_nothing_behind_it() -> None:
    plain = pixels(WHITE)
    bright = pixels(WHITE, {"do": "relight", "brightness": 0.8})

    inside = silhouette(240, 320) > 0.99
    assert bright[inside].mean() > plain[inside].mean() + 8
    assert (bright[:20] == 255).all()


def test_relighting_nothing_changes_nothing() -> None:
    assert (pixels({"do": "relight", "brightness": 0.0}) == PHOTO).all()


def test_warmth_adds_red_and_takes_blue() -> None:
    warm = pixels({"do": "relight", "warmth": 1.0}).astype(int) - PHOTO

    assert warm[..., 0].mean() > 3
    assert warm[..., 2].mean() < -3


def test_expanding_continues_the_backdrop_around_an_untouched_photo() -> None:
    found = pixels({"do": "expand", "left": 0.25, "right": 0.0, "top": 0.0, "bottom": 0.5})

    assert found.shape == (360, 400, 3)
    assert (found[:240, 80:] == PHOTO).all()
    assert np.abs(found[100, 20].astype(int) - PHOTO[100, 3].astype(int)).max() < 12


def test_expanding_to_a_ratio_after_a_new_background_is_exact() -> None:
    found = pixels(WHITE, {"do": "expand", "aspectRatio": "1:1"})

    assert found.shape == (320, 320, 3)
    assert (found[:30] == 255).all()


def test_upscaling_and_shrinking_again_gives_the_photo_back() -> None:
    from imaging.engines.picture import resize

    found = pixels({"do": "upscale", "factor": 2.0})

    assert found.shape == (480, 640, 3)
    assert np.abs(resize(found, 320, 240).astype(int) - PHOTO.astype(int)).mean() < 1


def test_upscaling_stops_at_the_largest_side_and_says_so() -> None:
    made = edited({"do": "upscale", "factor": 4.0}, picture=photo(128, 1100))

    assert made.pictures[0].pixels.shape[1] == 4096
    assert HELD_BACK in made.notes


def test_a_crop_is_the_very_part() -> None:
    found = pixels({"do": "crop", "left": 0.25, "top": 0.5, "width": 0.5, "height": 0.25})

    assert (found == PHOTO[120:180, 80:240]).all()


def test_a_crop_around_the_product_keeps_all_of_it() -> None:
    found = pixels({"do": "removeBackground"}, {"do": "crop", "margin": 0.0})

    seen = (silhouette(240, 320) > 0.5).sum()
    assert abs(int((found[..., 3] > 128).sum()) - int(seen)) < 0.04 * seen
    assert found.shape[1] < 160


def test_a_crop_to_a_ratio_stays_about_the_product() -> None:
    assert pixels({"do": "crop", "aspectRatio": "3:4"}).shape == (240, 180, 3)


@pytest.mark.parametrize(
    ("step", "shape"),
    [
        ({"width": 160}, (120, 160, 3)),
        ({"height": 120}, (120, 160, 3)),
        ({"width": 100, "height": 100, "fit": "inside"}, (75, 100, 3)),
        ({"width": 100, "height": 100, "fit": "cover"}, (100, 100, 3)),
        ({"width": 100, "height": 100, "fit": "pad"}, (100, 100, 3)),
    ],
)
def test_a_resize_meets_the_size_that_was_asked_for(step: dict[str, Any], shape: Any) -> None:
    assert pixels({"do": "resize", **step}).shape == shape


def test_steps_are_taken_in_order() -> None:
    first_cropped = pixels(
        {"do": "crop", "left": 0.0, "top": 0.0, "width": 0.5, "height": 1.0},
        {"do": "resize", "width": 100},
    )
    first_sized = pixels(
        {"do": "resize", "width": 100},
        {"do": "crop", "left": 0.0, "top": 0.0, "width": 0.5, "height": 1.0},
    )

    assert (first_cropped.shape[1], first_sized.shape[1]) == (100, 50)


def test_a_photo_with_transparency_is_cut_out_already() -> None:
    alpha = (silhouette(240, 320) * 255 + 0.5).astype(np.uint8)
    found = pixels(
        {"do": "background", "background": "sweep:navy"}, picture=np.dstack([PHOTO, alpha])
    )

    assert found.shape == (240, 320, 3)
    assert found[0, 0, 2] > found[0, 0, 0]


def test_what_cannot_be_cut_out_is_refused() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (128, 128, 3)).astype(np.uint8)

    with pytest.raises(EngineError, match="could not be told"):
        edited({"do": "removeBackground"}, picture=noise)


def test_a_crop_to_nothing_is_refused() -> None:
    with pytest.raises(EngineError, match="leaves less"):
        edited({"do": "crop", "left": 0.0, "top": 0.0, "width": 0.02, "height": 0.02})


def test_an_expansion_beyond_bounds_is_refused() -> None:
    with pytest.raises(EngineError, match="over 4096"):
        edited(
            {"do": "expand", "left": 2.0, "right": 2.0, "top": 0, "bottom": 0},
            picture=photo(64, 1600),
        )


@pytest.mark.parametrize("name", [name for name, kind in EDITS.items() if not kind.alters_product])
def test_steps_that_say_so_leave_the_products_pixels_alone(name: str) -> None:
    wishes: dict[str, Any] = {
        "background": {"background": "sweep:beige"},
        "shadow": {"shadow": "soft"},
        "expand": {"aspectRatio": "1:1"},
        "upscale": {"factor": 2.0},
        "crop": {"margin": 0.2},
        "resize": {"width": 240},
    }.get(name, {})

    made = edited(WHITE, {"do": name, **wishes})

    assert made.fidelity is not None
    assert made.fidelity > 0.96


def test_the_same_edit_is_the_same_picture_and_survives_json() -> None:
    steps = (
        {"operation": "background", "background": "#ffffff"},
        {"operation": "shadow", "shadow": "hard"},
    )
    recipe = Recipe(operation="edit", width=0, height=0, seed=3, steps=steps)
    again = Recipe.from_json(recipe.as_json())

    assert (again, again.digest()) == (recipe, recipe.digest())
    engine, given = StudioEngine(), [Inputs(pictures=(PHOTO,))]
    one, two = (engine.run([r], given, Unwatched())[0] for r in (recipe, again))
    assert isinstance(one, Made)
    assert isinstance(two, Made)
    assert (one.pictures[0].pixels == two.pictures[0].pixels).all()


def test_recipes_without_steps_keep_their_digest() -> None:
    assert "steps" not in Recipe(operation="create", width=8, height=8, seed=1).as_json()
