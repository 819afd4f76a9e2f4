from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, EngineError, Made, Pixels, Recipe, Unwatched
from imaging.engines.studio import compose, enhance, packshot, shot, stage
from imaging.engines.studio.cutout import CutOut
from imaging.engines.studio.scene.camera import View
from imaging.engines.studio.scene.render import Rendered
from tests.engines.drawn import photo, silhouette

SET_STYLES = [style.name for style in presets.styles().values() if style.way == "set"]
OTHER_STYLES = [style.name for style in presets.styles().values() if style.way != "set"]
WHITE_ONLY = [platform.name for platform in presets.platforms().values() if platform.white_only]


def bottle() -> Pixels:
    """A cut-out bottle: its alpha channel is taken at its word."""
    return np.dstack([photo(), np.round(silhouette(256, 256) * 255).astype(np.uint8)])


def made(picture: Pixels | None = None, **fields: Any) -> Made:
    values: dict[str, Any] = {"width": 128, "height": 128, "seed": 5, **fields}
    recipe = Recipe(operation="packshot", **values)
    return packshot.packshot(recipe, bottle() if picture is None else picture, Unwatched())


def only(outcome: Made) -> Pixels:
    (picture,) = outcome.pictures
    return picture.pixels


@pytest.fixture
def grey_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The renderer replaced by an empty grey room: sets without Mitsuba."""

    def render(setting: Any, proxy: Any, texture: Any, view: View, **rest: Any) -> Rendered:
        pixels = np.full((view.height, view.width, 3), 150, np.uint8)
        return Rendered(pixels.astype(np.float32), 1.0, pixels, view)

    monkeypatch.setattr(stage, "render_set", render)


@pytest.mark.parametrize("style", OTHER_STYLES)
def test_every_style_keeps_the_product(style: str) -> None:
    across, down = ASPECT_RATIOS[presets.style(style).aspect_ratio]
    size = {"width": 128, "height": 128 * down // across}

    outcome = made(style=style, prompt='"Title" "One"', **size)

    pixels = only(outcome)
    assert pixels.shape[:2] == (size["height"], size["width"])
    assert pixels.shape[2] == (4 if style == "cutout" else 3)
    assert outcome.pictures[0].source_type == "compositeSynthetic"
    assert outcome.fidelity is not None
    assert outcome.fidelity > 0.93


@pytest.mark.parametrize("style", SET_STYLES)
def test_every_set_keeps_the_product(style: str, grey_set: None) -> None:
    outcome = made(style=style)

    assert only(outcome).shape == (128, 128, 3)
    assert np.abs(only(outcome)[:4].astype(int) - 150).max() <= 1  # dithering
    assert outcome.pictures[0].source_type == "compositeSynthetic"
    assert outcome.details["pictures"][0]["background"] == "set"
    assert outcome.fidelity is not None
    assert outcome.fidelity > 0.93


def test_without_a_renderer_a_set_becomes_a_plain_backdrop_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*given: Any, **rest: Any) -> Rendered:
        raise EngineError("model_missing", "Mitsuba is not available on this machine.")

    monkeypatch.setattr(stage, "render_set", missing)

    outcome = made(style="marble")

    assert outcome.details["pictures"][0]["background"] == "sweep"
    assert any("plain backdrop instead" in note for note in outcome.notes)


def test_another_failure_of_the_renderer_is_no_reason_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*given: Any, **rest: Any) -> Rendered:
        raise EngineError("out_of_memory", "Too little memory.")

    monkeypatch.setattr(stage, "render_set", broken)

    with pytest.raises(EngineError, match="memory"):
        made(style="marble")


@pytest.mark.parametrize("platform", [*presets.platforms()])
def test_a_platform_decides_how_much_of_the_frame_the_product_fills(platform: str) -> None:
    wanted = presets.platform(platform)

    outcome = made(platform=platform, shadow="none", background="#ffffff", width=200, height=200)

    product = (only(outcome).min(axis=2) < 235).any(axis=1)
    tall = np.ptp(np.flatnonzero(product)) + 1
    assert tall / 200 == pytest.approx(wanted.fill, abs=0.02)


@pytest.mark.parametrize("platform", WHITE_ONLY)
def test_where_white_is_the_rule_the_border_is_white_whatever_was_asked(platform: str) -> None:
    outcome = made(platform=platform, background="navy", width=160, height=160)

    pixels = only(outcome)
    for border in (pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]):
        assert (border == 255).all()
    assert any("pure white" in note for note in outcome.notes)


@pytest.mark.parametrize("code", ["#12ab34", "#FFF", "#010203"])
def test_a_requested_colour_is_exact_in_the_corners(code: str) -> None:
    outcome = made(background=code)

    digits = code.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    corners = only(outcome)[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners == tuple(bytes.fromhex(digits))).all()


def test_transparent_is_transparent() -> None:
    pixels = only(made(background="transparent"))

    assert pixels.shape == (128, 128, 4)
    assert (pixels[0] == 0).all()
    assert pixels[..., 3].max() == 255


def test_a_style_that_cannot_be_transparent_is_made_on_white_and_says_so() -> None:
    outcome = made(style="hard_light", background="transparent")

    assert (only(outcome)[0, 0] == 255).all()
    assert any("cannot be transparent" in note for note in outcome.notes)


def test_a_style_with_its_own_background_keeps_it_and_says_so(grey_set: None) -> None:
    outcome = made(style="marble", background="#ff0000")

    assert any("keeps its own background" in note for note in outcome.notes)
    assert np.abs(only(outcome)[0, 0].astype(int) - 150).max() <= 1


def test_words_for_a_background_lead_to_a_set(grey_set: None) -> None:
    outcome = made(background="marble table in window light")

    assert outcome.details["pictures"][0]["surface"] == "marble"


def test_a_scene_in_words_is_built_whatever_the_style(grey_set: None) -> None:
    for style in ("pastel", "white_bg", "marble"):
        outcome = made(style=style, scene_type="on a walnut table in sunset light")
        assert outcome.details["pictures"][0]["background"] == "set"
        assert not any("scene" in note for note in outcome.notes)


def test_a_set_leaves_room_around_the_product_unless_a_platform_says_its_size(
    grey_set: None,
) -> None:
    def tall(**fields: str) -> int:
        outcome = made(style="white_bg", scene_type="on slate", **fields)
        height: int = outcome.details["pictures"][0]["product"][3]
        return height

    assert tall() < tall(platform="ebay")


def test_another_scene_is_another_picture() -> None:
    plain = only(made(style="white_bg"))

    assert np.abs(only(made(style="white_bg", scene_type="navy background")) - plain).max() > 100


def test_a_scene_that_is_not_known_is_left_out_and_that_is_said() -> None:
    outcome = made(style="white_bg", scene_type="kitchen counter")

    assert packshot.NO_SCENE.format("kitchen counter") in outcome.notes
    assert (only(outcome) == only(made(style="white_bg"))).all()


def test_where_white_is_the_rule_no_set_is_built() -> None:
    outcome = made(platform="amazon", style="white_bg", prompt="on an oak table")

    assert (only(outcome)[0] == 255).all()
    assert packshot.WHITE_ONLY.format("Amazon") in outcome.notes


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"style": "baroque"}, "Unknown style"),
        ({"platform": "moonmart"}, "Unknown platform"),
        ({"background": "unicorn"}, "Unknown background"),
        ({"shadow": "spooky"}, "Unknown shadow"),
    ],
)
def test_what_is_unknown_is_refused(fields: dict[str, str], reason: str) -> None:
    with pytest.raises(EngineError, match=reason) as caught:
        made(**fields)
    assert caught.value.kind == "bad_input"


def test_people_and_places_are_left_out_and_that_is_said() -> None:
    notes = made(people="with_people", location="Paris cafe").notes

    assert packshot.NO_PEOPLE in notes
    assert any("Paris cafe" in note for note in notes)
    assert made(people="none", location="studio").notes == made().notes


def test_a_set_goes_to_the_location_that_is_asked_for_and_says_that_it_is_painted(
    grey_set: None,
) -> None:
    outcome = made(style="lifestyle", location="Paris café")

    (shown,) = outcome.details["pictures"]
    assert (shown["surface"], shown["place"]) == ("walnut", "cafe")
    assert packshot.PAINTED.format("Paris café") in outcome.notes


def test_a_location_that_the_studio_does_not_have_is_named(grey_set: None) -> None:
    outcome = made(style="lifestyle", location="the Moon")

    assert "place" not in outcome.details["pictures"][0]
    assert any("the Moon" in note and "a café" in note for note in outcome.notes)


def test_a_kind_of_scene_brings_its_set(grey_set: None) -> None:
    shown = made(style="lifestyle", scene_type="abstract").details["pictures"][0]

    assert shown["props"] == "shapes"
    assert any("abstract" in note for note in made(scene_type="abstract").notes)


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("", "winter"),
        ("for Christmas", "winter"),
        ("our Easter range", "spring"),
        ("on the beach", "summer"),
        ("autumn sale", "autumn"),
    ],
)
def test_the_season_is_the_one_that_the_prompt_names(
    prompt: str, place: str, grey_set: None
) -> None:
    outcome = made(style="seasonal", prompt=prompt)

    assert outcome.details["pictures"][0]["place"] == place
    assert not set(outcome.not_understood) & {"christmas", "easter", "beach", "autumn"}


def test_the_studio_takes_no_mannequin_out_and_says_so() -> None:
    assert packshot.MANNEQUIN in made(style="ghost_mannequin").notes
    assert packshot.MANNEQUIN not in made(style="white_bg").notes


def test_a_series_varies_the_light_and_never_the_product() -> None:
    outcome = made(count=3)

    details = outcome.details["pictures"]
    assert len({shown["light"]["side"] > 0 for shown in details}) == 2
    assert len({shown["shadow"] for shown in details}) >= 2
    assert min(np.ptp(picture.pixels) for picture in outcome.pictures) > 100
    assert outcome.fidelity is not None
    assert outcome.fidelity > 0.93


def test_the_same_recipe_gives_the_same_pixels() -> None:
    assert (only(made(style="pastel")) == only(made(style="pastel"))).all()


def test_a_product_that_cannot_be_told_from_its_background_is_not_torn_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unsure(pixels: Pixels) -> CutOut:
        return CutOut(silhouette(256, 256), photo() / np.float32(255), 0.4, ())

    monkeypatch.setattr(shot, "cut_out", unsure)

    outcome = made(photo(), style="studio_packshot", count=3)

    assert len(outcome.pictures) == 1
    assert outcome.pictures[0].source_type == "algorithmicallyEnhanced"
    assert enhance.KEPT_BACKGROUND in outcome.notes
    assert only(outcome)[0, 0].max() < 250  # the grey backdrop is still there


def test_letters_that_cannot_be_written_are_named() -> None:
    outcome = made(style="infographic", prompt='"Größe 42" "手工"')

    assert any("手工" in note and "Größe" not in note for note in outcome.notes)
    assert packshot.NO_WORDS in made(style="infographic").notes


def test_a_brown_product_alone_is_not_taken_for_brown_light() -> None:
    leather = bottle()
    leather[..., :3] = (120, 78, 52)
    before = leather[128, 128, :3]

    after = only(made(leather, background="#ffffff", shadow="none"))[70, 64]

    assert np.abs(after.astype(int) - before).max() < 16


def test_headroom_is_kept_free() -> None:
    style = presets.style("social_story")
    outcome = made(style="social_story", width=90, height=160)

    plain = only(made(style="social_story", width=90, height=160, shadow="none"))
    backdrop = plain[:, :1].astype(int)
    rows = (np.abs(plain.astype(int) - backdrop).max(axis=2) > 40).any(axis=1)
    assert np.flatnonzero(rows)[0] >= style.headroom * 160 - 2
    assert only(outcome).shape == (160, 90, 3)


class Noted:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int, str]] = []

    def step(self, done: int, of: int, label: str) -> None:
        self.steps.append((done, of, label))


def test_progress_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def render(setting: Any, proxy: Any, texture: Any, view: View, **rest: Any) -> Rendered:
        for done in range(4):
            rest["watch"].step(done, 3, "Tracing light")
        pixels = np.full((view.height, view.width, 3), 150, np.uint8)
        return Rendered(pixels.astype(np.float32), 1.0, pixels, view)

    monkeypatch.setattr(stage, "render_set", render)
    noted = Noted()
    recipe = Recipe(operation="packshot", width=64, height=64, seed=1, count=2, style="marble")

    packshot.packshot(recipe, bottle(), noted)

    shares = [done / of for done, of, _ in noted.steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert sum(label == "Tracing light" for *_, label in noted.steps) == 8


def test_presets_are_checked_when_they_are_read() -> None:
    with pytest.raises(ValueError, match="headroom"):
        presets._style("tall", {**_row(), "headroom": 0.9})
    with pytest.raises(ValueError, match="fill"):
        presets._style("tiny", {**_row(), "fill": 0.01})
    with pytest.raises(ValueError, match="place"):
        presets._style("moon", {**_row(), "way": "set", "surface": "oak", "place": "moon"})
    with pytest.raises(ValueError, match="props"):
        presets._style("odd", {**_row(), "props": "splash"})
    assert replace(presets._style("fine", _row()), name="x").fill == 0.5
    assert compose.Frame(width=1, height=1).headroom == 0


def _row() -> dict[str, Any]:
    return {
        "label": "L",
        "description": "D",
        "way": "packshot",
        "background": "white",
        "shadow": "soft",
        "fill": 0.5,
    }


def test_a_wide_product_leaves_room_for_the_words_beside_it() -> None:
    wide = np.dstack([np.full((64, 160, 3), 90, np.uint8), np.zeros((64, 160), np.uint8)])
    wide[8:56, 8:152, 3] = 255

    def across(prompt: str) -> int:
        (picture,) = made(wide, style="infographic", prompt=prompt).details["pictures"]
        return int(picture["product"][2])

    assert across('"Only a title"') > 60
    assert across('"A title" "Handmade from stoneware"') <= 0.45 * 128
