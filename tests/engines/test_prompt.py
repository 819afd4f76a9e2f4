"""What a prompt is read as, and what is said about the rest of it."""

from __future__ import annotations

import pytest

from imaging.engines.studio.scene.prompt import read


@pytest.mark.parametrize(
    ("prompt", "archetype"),
    [
        ("a white ceramic mug on an oak table", "mug"),
        ("a leather watch box on an oak table", "product_box"),
        ("red wine bottle on dark marble", "wine_bottle"),
        ("wooden toy car on a mint backdrop", "toy_car"),
        ("skincare serum bottle", "dropper"),
        ("a bottle of olive oil on wood", "wine_bottle"),
        ("a green water bottle", "flask"),
        ("please create a photo of a cup of coffee on a desk", "mug"),
        ("a pair of running shoes, studio light", "sneaker"),
        ("a woman holding a red handbag", "handbag"),
    ],
)
def test_the_head_of_the_first_phrase_names_the_product(prompt: str, archetype: str) -> None:
    assert read(prompt, 1).spec.archetype == archetype


def test_colour_material_and_set_go_where_they_belong() -> None:
    spec = read('a navy leather handbag with gold hardware "MIRA" on white marble', 1).spec

    assert (spec.look.color, spec.look.material, spec.look.metal) == ("#182742", "leather", "gold")
    assert (spec.look.text, spec.setting.surface, spec.setting.backdrop) == ("MIRA", "marble", None)


@pytest.mark.parametrize(
    ("prompt", "light"),
    [
        ("a mug, window light", "sun"),
        ("a mug at golden hour", "sunset"),
        ("a mug in moody light", "lowkey"),
        ("a mug with neon lighting", "neon"),
        ("a mug on a white background", "highkey"),
        ("a mug", "softbox"),
    ],
)
def test_the_light_may_be_named_anywhere(prompt: str, light: str) -> None:
    assert read(prompt, 1).spec.setting.light == light


def test_a_colour_before_the_backdrop_is_the_backdrops() -> None:
    spec = read("a red mug on a #20c0ff background", 1).spec

    assert (spec.look.color, spec.setting.backdrop) == ("#b3201f", "#20c0ff")


def test_articles_and_wording_are_never_called_not_understood() -> None:
    reading = read("Please make me a really beautiful photo of the mug, high quality, 4k", 1)
    assert reading.not_understood == ()


def test_a_word_that_changed_nothing_is_called_not_understood() -> None:
    reading = read("a zigzagged mug on oak", 1)

    assert reading.not_understood == ("zigzagged",)
    assert {"mug", "oak"} <= set(reading.understood)


def test_an_unknown_product_becomes_a_stand_in_and_the_note_names_it() -> None:
    reading = read("a brass flugelhorn on marble", 1)

    assert (reading.stand_in, reading.spec.archetype) == (True, "")
    assert "flugelhorn" in reading.notes[0]
    assert "flugelhorn" in reading.not_understood


def test_a_known_product_is_no_stand_in() -> None:
    assert not read("a mug", 1).stand_in


@pytest.mark.parametrize("prompt", ["", "   ", "!!!", "\n", "?" * 400, '""', "of of of"])
def test_a_prompt_that_names_nothing_is_read_all_the_same(prompt: str) -> None:
    reading = read(prompt, 1)
    assert (reading.stand_in, len(reading.notes)) == (True, 1)


def test_people_and_places_are_left_out_and_said_so() -> None:
    notes = " ".join(read("a woman holding a red handbag on the beach", 1).notes)

    assert "cannot show people; left out: woman" in notes
    assert "cannot show outdoor scenes; left out: beach" in notes


def test_the_ribbon_of_a_gift_box_is_its_own() -> None:
    reading = read("a gift box with a red ribbon", 1)

    assert (reading.notes, reading.not_understood) == ((), ())
    assert reading.spec.look.color2 == "#b3201f"


def test_the_ribbon_round_another_product_is_left_out() -> None:
    assert "ribbon" in read("a mug with a ribbon", 1).not_understood


def test_makers_names_are_never_drawn() -> None:
    reading = read("a nike sneaker", 1)

    assert "nike" in " ".join(reading.notes)
    assert reading.spec.look.text == ""


def test_a_second_product_is_left_out_and_named() -> None:
    reading = read("a mug and a plate on oak", 1)

    assert reading.spec.archetype == "mug"
    assert any("plate" in note for note in reading.notes)


def test_without_a_seed_the_prompt_gives_one() -> None:
    assert read("a mug").spec == read("a mug").spec
    assert read("a mug").spec.look.seed != read("a red mug").spec.look.seed


def test_a_refused_colour_or_surface_is_not_taken_for_a_wish() -> None:
    bear = read("a teddy bear, not red, blue", 1)
    candle = read("a candle, not on wood, on marble", 1)

    assert (bear.spec.look.color, bear.not_understood) == ("#24519c", ())
    assert (candle.spec.setting.surface, candle.not_understood) == ("marble", ())


@pytest.mark.parametrize("prompt", ["a perfume bottle, no text", "cream jar without any logos"])
def test_who_refuses_writing_gets_none(prompt: str) -> None:
    reading = read(prompt, 1)

    assert reading.spec.look.blank
    assert reading.not_understood == ()


def test_text_in_quotes_is_stronger_than_no_other_text() -> None:
    assert not read('a jar "HONEY", no other text', 1).spec.look.blank


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a mug, no shadow, on oak", "shadow"),
        ("a white mug without a handle on oak", "handle"),
        ("a mug on a transparent background", "transparent background"),
    ],
)
def test_what_shows_though_it_was_refused_is_said(prompt: str, shown: str) -> None:
    reading = read(prompt, 1)

    assert reading.spec.archetype == "mug"
    assert shown in reading.not_understood


def test_another_products_colour_is_not_the_backdrops() -> None:
    reading = read("a dropper bottle next to a green candle", 1)

    assert reading.spec.setting.backdrop is None
    assert reading.not_understood == ("green", "candle")


@pytest.mark.parametrize(
    ("prompt", "colour", "metal"),
    [
        ("hoodie in heather grey", "#8b8d90", None),
        ("running shoe in white and neon green", "#f1f0ee", None),
        ("a cream jar, rose gold lid", None, "rosegold"),
    ],
)
def test_colours_are_found_as_shops_write_them(
    prompt: str, colour: str | None, metal: str | None
) -> None:
    reading = read(prompt, 1)

    assert (reading.spec.look.color, reading.spec.look.metal) == (colour, metal)
    assert reading.spec.setting.light == "softbox"


@pytest.mark.parametrize(
    ("prompt", "archetype"),
    [
        ("beer bottle", "wine_bottle"),
        ("olive oil bottle", "wine_bottle"),
        ("a jar of strawberry jam on oak", "food_jar"),
        ("a wine glass on marble", ""),
        ("a dark glass wine bottle", "wine_bottle"),
    ],
)
def test_vessels_are_told_from_what_they_hold(prompt: str, archetype: str) -> None:
    assert read(prompt, 1).spec.archetype == archetype


def test_a_number_is_not_refused() -> None:
    assert read("a No 5 style perfume bottle on marble", 1).spec.archetype == "perfume"
