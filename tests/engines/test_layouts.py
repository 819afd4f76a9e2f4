from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.studio import compose, layouts
from imaging.engines.studio.compose import Frame, Placed
from imaging.engines.studio.typeface import drawable
from tests.engines.drawn import photo, silhouette

FRAME = Frame(width=320, height=320, fill=0.5, baseline=0.85)


def placed() -> Placed:
    return compose.place(photo(), silhouette(256, 256), FRAME, sharpness=0)


def paper(colour: tuple[int, int, int] = (245, 243, 240)) -> np.ndarray:
    return np.full((320, 320, 3), colour, np.uint8)


def test_only_words_in_double_quotes_are_written() -> None:
    prompt = "on sand, \"Built  to last\" and “Solid brass”, not 'this' or that"

    assert layouts.quoted(prompt) == ("Built to last", "Solid brass")


def test_without_words_nothing_is_written() -> None:
    assert (layouts.callouts(paper(), placed(), ()) == paper()).all()


def test_the_title_is_above_the_product_and_words_are_in_the_margins() -> None:
    product = placed()

    made = layouts.callouts(paper(), product, ("Title", "Left one", "Right one"))

    changed = (made != paper()).any(axis=2)
    assert changed[: product.y - 5].any()
    _, width = product.alpha.shape
    assert changed[product.y :, : product.x].any()
    assert changed[product.y :, product.x + width :].any()
    assert not changed[:, :4].any()
    assert not changed[:, -4:].any()


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_at_most_four_callouts_and_none_reaches_the_frame(count: int) -> None:
    words = ["A rather long title for a picture", *(f"Quality number {i}" for i in range(count))]

    made = layouts.callouts(paper(), placed(), words)

    changed = (made != paper()).any(axis=2)
    assert not changed[[0, -1]].any()
    assert not changed[:, [0, -1]].any()
    if count > 4:
        four = layouts.callouts(paper(), placed(), words[:5])
        assert (made == four).all()


def test_ink_can_be_read_on_dark_backdrops() -> None:
    made = layouts.callouts(paper((20, 20, 22)), placed(), ("Title",))

    assert made[:100].max() > 200


def test_letters_that_the_typeface_lacks_are_known() -> None:
    assert drawable("Größe 42 – naïve, Łódź, Размер")
    assert not drawable("手工")


def test_a_comparison_has_the_photo_left_and_the_packshot_right() -> None:
    after = np.full((200, 100, 3), (10, 200, 30), np.uint8)

    made = layouts.comparison(photo(), after, 201, 200)

    assert made.shape == (200, 201, 3)
    assert (made[60:, 104:] == (10, 200, 30)).all()
    assert np.abs(made[150, 5].astype(int) - photo()[200, 5]).max() < 12
