from __future__ import annotations

import time
from dataclasses import replace

import pytest

from imaging.engines.studio import wording
from imaging.engines.studio.wording import Plan


def test_no_request_asks_for_nothing() -> None:
    assert wording.read("") == Plan()


def test_the_documented_request_is_understood_in_full() -> None:
    plan = wording.read(
        "Remove the background and place on a clean white surface with soft shadows. "
        "Make colors more vibrant."
    )

    assert (plan.cut_out, plan.background, plan.shadow) == (True, "white", "soft")
    assert plan.vividness > 0
    assert plan.not_understood == ()


@pytest.mark.parametrize(
    ("text", "background"),
    [
        ("Create a professional e-commerce product listing image", "white"),
        ("remove background", "white"),
        ("Transparent background please", "transparent"),
        ("no background", "transparent"),
        ("put it on a #FAFAFA background", "#fafafa"),
        ("change the background to navy blue", "navy blue"),
        ("light grey backdrop", "light gray"),
        ("pure white background no shadow", "white"),
        ("against a pastel pink gradient background", "gradient:pastel pink,white"),
        ("gradient background from blue to white", "gradient:blue,white"),
        ("a navy to black gradient", "gradient:navy,black"),
        ("background: light grey", "light gray"),
        ("remove backround", "white"),
        ("pure white #FFFFFF", "#ffffff"),
        ("light grey background (#f5f5f5)", "#f5f5f5"),
        ("rgb(250, 240, 9) background", "#faf009"),
        ("dark background", "dark gray"),
        ("make the background darker", "dark gray"),
        ("replace the white background with a blue one", "blue"),
        ("make the white background green", "green"),
        ("change background from grey to white", "white"),
        ("blue instead of white background", "blue"),
        ("Isolate the product", "white"),
    ],
)
def test_backgrounds(text: str, background: str) -> None:
    plan = wording.read(text)

    assert plan.cut_out
    assert plan.background == background


@pytest.mark.parametrize(
    "text",
    [
        "keep the background",
        "Do not remove the background",
        "don't change the background",
        "leave the background as it is, but brighter",
        "make a product photo but keep the original background",
    ],
)
def test_a_kept_background_is_kept(text: str) -> None:
    plan = wording.read(text)

    assert plan.keep_background
    assert not plan.cut_out
    assert plan.background == ""


@pytest.mark.parametrize(
    ("text", "shadow"),
    [
        ("soft shadow", "soft"),
        ("a hard shadow", "hard"),
        ("with dramatic shadows", "hard"),
        ("drop shadow", "drop"),
        ("shadowless", "none"),
        ("less harsh shadows", "soft"),
        ("a darker shadow", "hard"),
        ("no shadow", "none"),
        ("without any shadows or reflections", "none"),
        ("remove the shadow", "none"),
        ("glossy floor with a reflection", "reflection"),
        ("the bottle is floating", "floating"),
    ],
)
def test_shadows(text: str, shadow: str) -> None:
    assert wording.read(text).shadow == shadow


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("on a white marble table", "white marble table"),
        ("place it on dark oak wood", "dark oak wood"),
        ("standing on a podium", "podium"),
        ("on concrete in window light", "concrete in window light"),
    ],
)
def test_surfaces_become_a_set(text: str, words: str) -> None:
    plan = wording.read(text)

    assert plan.surface == words
    assert plan.cut_out


@pytest.mark.parametrize(
    ("text", "field", "sign"),
    [
        ("brighter", "stops", 1),
        ("much darker", "stops", -1),
        ("it is too dark", "stops", 1),
        ("less bright", "stops", -1),
        ("more contrast", "contrast", 1),
        ("reduce the contrast", "contrast", -1),
        ("warmer tones", "warmth", 1),
        ("a cooler look", "warmth", -1),
        ("vivid colours", "vividness", 1),
        ("less saturated", "vividness", -1),
        ("muted", "vividness", -1),
        ("black and white", "vividness", -1),
    ],
)
def test_light_and_colour(text: str, field: str, sign: int) -> None:
    assert getattr(wording.read(text), field) * sign > 0


def test_degrees_weigh() -> None:
    slight, plain, strong = (
        wording.read(f"{word} brighter").stops for word in ("slightly", "", "much")
    )

    assert 0 < slight < plain < strong


@pytest.mark.parametrize(
    "text", ["don't change the colours", "keep the colors true to life", "same colours please"]
)
def test_kept_colours_are_kept(text: str) -> None:
    assert wording.read(text).keep_colours


def test_refusals_reach_what_follows_them_only() -> None:
    plan = wording.read("no shadows and reflections, white background, sharper")

    assert plan.shadow == "none"
    assert plan.background == "white"
    assert plan.sharpness is not None
    assert plan.sharpness > 0
    assert wording.read("don't sharpen").sharpness == 0


def test_noise_and_cropping() -> None:
    assert wording.read("remove the noise").remove_noise is True
    assert wording.read("don't denoise").remove_noise is False
    assert wording.read("crop tightly").tight
    assert not wording.read("do not crop").may_crop


def test_unknown_words_change_nothing_and_are_listed() -> None:
    plan = wording.read("A unicorn flying over Paris")

    assert plan.not_understood == ("unicorn", "flying", "paris")
    assert plan == Plan(not_understood=plan.not_understood)


def test_what_a_photo_cannot_give_is_not_claimed() -> None:
    assert "reflections" in wording.read("remove the reflections").not_understood
    assert "blur" in wording.read("blur the background").not_understood
    assert not wording.read("blur the background").cut_out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("zoom out", "zoom out"),
        ("make the background blurry", "blurry"),
        ("change the color of the mug to red", "color"),
        ("the background should not be white", "background should not be white"),
    ],
)
def test_what_cannot_be_done_is_not_done_and_not_called_understood(text: str, words: str) -> None:
    plan = wording.read(text)

    assert words in plan.not_understood
    assert words not in plan.understood
    assert replace(plan, understood=(), not_understood=(), keep_background=False) == Plan()


@pytest.mark.parametrize("text", ["a dark background", "lighter background", "a darker shadow"])
def test_a_darker_background_or_shadow_leaves_the_products_light_alone(text: str) -> None:
    assert wording.read(text).stops == 0


def test_foreign_words_are_listed_whole() -> None:
    assert wording.read("weißer Hintergrund, usuń tło").not_understood == (
        *("weißer", "hintergrund", "usuń", "tło"),
    )


def test_words_come_back_as_they_were_written() -> None:
    assert "vivid colours" in wording.read("Vivid colours").understood


def test_nothing_stalls_the_grammar() -> None:
    for text in ("on a " * 500, "white " * 400, "#" * 2000, "soft " * 400 + "shado", "a" * 2000):
        started = time.perf_counter()
        wording.read(text)
        assert time.perf_counter() - started < 1


@pytest.mark.parametrize("text", ["crop tighter", "a tighter crop", "crop it in a bit", "close-up"])
def test_a_tighter_crop_is_understood_in_full(text: str) -> None:
    plan = wording.read(text)

    assert plan.tight
    assert plan.not_understood == ()


def test_whiter_means_the_light_of_a_photo_but_not_of_its_background() -> None:
    assert wording.read("make it whiter").neutral

    background = wording.read("make the background whiter")
    assert (background.cut_out, background.background) == (True, "white")
    assert not background.neutral
