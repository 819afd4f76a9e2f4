"""What a prompt does not want: "not red", "no text", "without a handle", "not on wood"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from . import colours, vocabulary
from .leftovers import BRANDS, STOP_WORDS, UNSUPPORTED, word_set
from .phrases import singular

_REFUSED = re.compile(
    r"\b(?:no|not|without|never)(?P<what>(?:\s+(?!(?:but|only|just|too)\b|\d)[\w'’-]+){1,6}?)"
    r"(?=\s*(?:[,.;:!?()\n—–]|$)|\s+(?:but|with|and|on|in|against|at|for|instead|please)\b)",
    re.IGNORECASE,
)
_NO_GROUND = re.compile(
    r"\b(?:transparent (?:background|backdrop|png)"
    r"|(?:no|without(?: a)?) (?:background|backdrop))\b",
    re.IGNORECASE,
)
_PRINT = word_set(
    "text lettering letter writing word typography print printing logo logos branding watermark"
)


def without_refusals(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without what it refuses, and that: "not on wood, on marble" -> ("wood",).

    A picture is never transparent, so that wish is refused like the rest.
    """
    refused = [match.group(0).lower() for match in _NO_GROUND.finditer(text)]
    text = _NO_GROUND.sub(", ", text)
    for match in _REFUSED.finditer(text):
        words = match.group("what").lower().split()
        refused.append(" ".join(word for word in words if word not in STOP_WORDS))
    return _REFUSED.sub(", ", text), tuple(what for what in refused if what)


def forbids_print(refused: Sequence[str]) -> bool:
    """Whether the product shall carry no writing."""
    words = {singular(word) for what in refused for word in what.split()}
    return bool(words & (_PRINT | {"label"}))


def unheeded(refused: Sequence[str]) -> list[str]:
    """What is refused but shown nevertheless, such as a shadow; what is left out anyway, or only
    shown where it is asked for, is not among it."""
    return [
        what
        for what in refused
        if not all(word in _left_out() or singular(word) in _left_out() for word in what.split())
    ]


@cache
def _left_out() -> frozenset[str]:
    """Single words for what never shows, or not unless the prompt asks for it."""
    tables: list[Iterable[str]] = [colours.words(), vocabulary.METALS, vocabulary.STRUCTURAL_METALS]
    tables += [vocabulary.MATERIALS, vocabulary.SURFACES, vocabulary.LIGHTS]
    told = {word for table in tables for phrase in table for word in phrase.split()}
    never = {*UNSUPPORTED, *BRANDS, *_PRINT}
    return frozenset(told | never | {"extra", "additional", "object", "item", "clutter"}) - {
        "light",
        "shadow",
        "window",
    }
