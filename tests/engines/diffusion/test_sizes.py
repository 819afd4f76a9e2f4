"""Drawn sizes, pictures cut and shown, and the words of fast mode."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, RESOLUTIONS, EngineError, output_size
from imaging.engines.diffusion import prompts
from imaging.engines.diffusion.references import reference
from imaging.engines.diffusion.sizes import cut_to_ratio, drawn_size
from tests.engines.diffusion.conftest import noisy, recipe


@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("native", [512, 1024])
def test_every_size_on_offer_is_drawn_near_the_models_own_area(ratio, resolution, native):
    width, height = output_size(ratio, resolution)

    drawn = drawn_size(width, height, native)

    assert drawn[0] % 16 == drawn[1] % 16 == 0
    assert native**2 / 4 <= drawn[0] * drawn[1] <= native**2 * 1.02
    assert drawn[0] / drawn[1] == pytest.approx(width / height, rel=0.03)


def test_what_the_model_can_draw_is_drawn_as_asked():
    assert drawn_size(1024, 576, 1024) == (1024, 576)


def test_sides_that_are_no_multiple_are_drawn_larger_and_cut():
    assert drawn_size(1024, 680, 1024) == (1024, 688)
    assert cut_to_ratio(np.zeros((688, 1024, 3), np.uint8), 1024, 680).shape == (680, 1024, 3)


def test_a_small_picture_is_drawn_larger():
    assert drawn_size(64, 64, 1024) == (512, 512)


def test_a_very_wide_picture_is_cut_from_one_that_can_be_drawn():
    width, height = drawn_size(4096, 64, 1024)

    assert width / height == pytest.approx(4, rel=0.05)


def test_short_memory_halves_the_area():
    assert drawn_size(1024, 1024, 1024, shrink=0.7) == (720, 720)


def test_a_cut_keeps_the_middle():
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = 255

    assert (cut_to_ratio(pixels, 100, 100) == 255).all()


# --- What the networks look at -------------------------------------------------------------------


def test_a_photo_is_shrunk_to_what_the_network_reads():
    assert reference(noisy(1, 400, 200), most_pixels=128 * 128).size == (176, 96)


def test_many_photos_are_shown_at_half_the_area():
    assert reference(noisy(1, 256, 256), most_pixels=128 * 128, of=4).size == (96, 96)


def test_a_tiny_photo_is_shown_larger():
    assert min(reference(noisy(1, 40, 90), most_pixels=128 * 128).size) == 64


def test_what_hides_under_transparency_is_not_shown():
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:32, :, 3] = 255

    shown = np.asarray(reference(picture, most_pixels=64 * 64))

    assert (shown[:30] == 0).all()
    assert (shown[34:] == 255).all()


def test_a_photo_longer_than_eight_to_one_is_refused():
    with pytest.raises(EngineError, match="longer than 8:1"):
        reference(noisy(1, 640, 64), most_pixels=64 * 64)


# --- Words ---------------------------------------------------------------------------------------


def test_a_prompt_is_kept_word_for_word():
    assert prompts.create(recipe(prompt="Two mugs, one red")).startswith("Two mugs, one red. ")


def test_an_enhancement_without_a_request_asks_for_quality():
    words = prompts.enhance(recipe(operation="enhance", prompt=""), combined=False)

    assert "white balance" in words
    assert "Keep the product" in words


def test_a_scene_is_empty_and_says_style_place_and_light():
    words = prompts.scene(
        recipe(operation="packshot", style="marble", location="Paris", prompt=""), side="left"
    )

    assert all(part in words for part in ("marble", "Paris", "from the left", "No product"))


@pytest.mark.parametrize("name", presets.styles())
def test_styles_with_a_set_get_one_drawn_and_plain_ones_do_not(name):
    style = presets.style(name)
    wanted = recipe(operation="packshot", style=name, prompt="")

    wants = prompts.wants_scene(wanted)

    assert wants == (style.way == "set" or prompts.redraws_product(wanted))


def test_every_set_has_words_of_its_own():
    words = {
        prompts.scene(recipe(operation="packshot", style=style.name, prompt=""), side="left")
        for style in presets.styles().values()
        if style.way == "set"
    }

    assert len(words) == sum(style.way == "set" for style in presets.styles().values())


def test_a_mannequin_is_taken_out_of_the_photo_itself():
    wanted = recipe(operation="packshot", style="ghost_mannequin", prompt="Slim fit")

    words = prompts.scene_around(wanted)

    assert prompts.redraws_product(wanted)
    assert all(part in words for part in ("Remove the mannequin", "white background", "Slim fit."))
    assert not prompts.redraws_product(recipe(operation="packshot", style="marble", prompt=""))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("combine them in one picture", True),
        ("put all of them in a row, side by side", True),
        ("brighten it", False),
        ("a combination lock", False),
    ],
)
def test_one_picture_out_of_several_is_asked_for_in_words(request_, expected):
    assert prompts.wants_combination(request_) is expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("Keep the product, change the background to a beach", True),
        ("don’t change the product", True),
        ("Replace the  background", True),
        ("make the mug blue", False),
    ],
)
def test_the_products_own_pixels_are_asked_for_in_words(request_, expected):
    assert prompts.wants_product_kept(request_) is expected


def test_a_prompt_that_fits_is_not_touched():
    assert prompts.shortened("a b c", len, 5) == "a b c"


def test_a_prompt_that_does_not_is_cut_between_words():
    assert prompts.shortened("one two three four", len, 12) == "one two"
    assert 1 <= len(prompts.shortened("x" * 100, len, 10)) <= 10
