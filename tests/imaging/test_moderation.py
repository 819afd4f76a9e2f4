"""What is refused for its words, and what a shop may well say."""

from __future__ import annotations

import pytest

from imaging.moderation import check


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("a nude woman holding a bottle", "sexual"),
        ("P0RN poster", "sexual"),
        ("pórnographic magazine", "sexual"),
        ("a beheaded mannequin, gore everywhere", "violence"),
        ("flag with a SWASTIKA", "hate"),
        ("pipe\u200b bomb kit", "weapons"),
        ("bag of cocaine", "drugs"),
        ("poster about self-harm", "self_harm"),
    ],
)
def test_what_no_product_picture_needs_is_blocked(text: str, category: str) -> None:
    blocked = check(text)

    assert blocked is not None
    assert category in blocked.categories
    assert blocked.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a premium leather handbag on a marble surface with soft studio lighting",
        "chef's knife on an oak board, blood orange beside it",
        "breast pump, white background",
        "nude heels in beige leather",
        "nude lipstick in a gold case",
        "shot glass and cocktail shaker",
        "Essex grapes, Scunthorpe mug, classic cockpit watch",
        "killer deal on steel water bottles",
        "gun metal grey headphones",
        "makeup brush set, rose gold",
    ],
)
def test_what_a_shop_sells_is_not(text: str) -> None:
    assert check(text) is None
