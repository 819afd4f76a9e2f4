"""What is printed on rendered products."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.base import Recipe, Unwatched
from imaging.engines.studio.scene import create
from imaging.engines.studio.scene.camera import frame
from imaging.engines.studio.scene.labels import Ink, draw
from imaging.engines.studio.scene.phrases import quoted
from imaging.engines.studio.scene.render import Rendered
from imaging.engines.studio.scene.spec import SceneSpec

INK = Ink(colour="#222222", accent="#aa7733", paper="#ffffff")


def printed(text: str, art: str = "minimal") -> np.ndarray:
    """Where there is ink on a label, upright."""
    return np.asarray(draw(text, art, 1.2, INK, 0)[::-1, :, :3].mean(axis=2) < 0.6)


def height_of_letters(text: str) -> int:
    """Rows of the first line of print."""
    rows = np.flatnonzero(printed(text).any(axis=1))
    breaks = np.flatnonzero(np.diff(rows) > 1)
    return int(rows[breaks[0]] - rows[0] if len(breaks) else rows[-1] - rows[0])


@pytest.mark.parametrize(("first", "second"), [("żż", "śś"), ("łł", "øø"), ("ÄÄ", "ÖÖ")])
def test_letters_with_accents_are_printed_and_no_empty_boxes(first: str, second: str) -> None:
    # A face without these letters shows the same box for each of them.
    assert (printed(first) != printed(second)).any()


def test_a_long_text_is_set_in_lines_that_can_be_read() -> None:
    long = "Alpine skin care from the mountain spring"
    unbroken = long.replace(" ", "\u00b7")

    assert height_of_letters(long) > 1.6 * height_of_letters(unbroken)


def test_print_stays_within_its_label() -> None:
    seen = printed("Feuchtigkeitsspendende Naturkosmetik aus den Schweizer Alpen", "badge")

    seen[4:-4, 8:-8] = False
    assert not seen.any()


def test_no_word_of_a_label_is_cut() -> None:
    text = "Château Margaux 1998 Grand Cru Classé, mis en bouteille"

    assert quoted(f'a wine bottle "{text}" on oak') == (text, "a wine bottle   on oak")


def test_a_text_without_letters_of_ours_is_left_out_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[SceneSpec] = []

    def rendered(spec: SceneSpec, width: int, height: int, **_: object) -> Rendered:
        asked.append(spec)
        empty = np.zeros((height, width, 3), np.float32)
        view = frame(np.eye(3), width, height)
        return Rendered(empty, 1.0, empty.astype(np.uint8), view, {})

    monkeypatch.setattr(create, "render_scene", rendered)
    recipe = Recipe(operation="create", width=8, height=8, seed=1, prompt='a mug "お茶"')

    made = create.create(recipe, Unwatched())

    assert asked[0].look.text == ""
    assert made.not_understood == ('"お茶"',)
    assert "お茶" in made.notes[0]


def test_a_blank_label_carries_nothing() -> None:
    assert not printed("", "blank").any()
