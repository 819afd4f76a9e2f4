"""Which requests are refused for what they ask to see: a word list with categories.

It reads the words only, so it is quick, explains itself and never changes its mind; pictures are
looked at by the engines that can.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORDS_FILE = Path(__file__).with_name("moderation.toml")

# Digits and signs that people write for letters to get past a list like ours.
_LOOK_ALIKES = str.maketrans("013457@$!|", "oieastasil")


@dataclass(frozen=True)
class Blocked:
    """Why a text is refused: the categories, and the reason a partner reads."""

    categories: tuple[str, ...]
    reason: str


def check(text: str) -> Blocked | None:
    """None where `text` may be drawn; otherwise every category it falls into."""
    harmless, categories = _lists()
    readings = {
        harmless.sub(" ", reading)
        for reading in (_plain(text), _plain(text.translate(_LOOK_ALIKES)))
    }
    found = [
        (name, reason)
        for name, (reason, pattern) in categories.items()
        if any(pattern.search(reading) for reading in readings)
    ]
    if not found:
        return None
    return Blocked(
        categories=tuple(name for name, _ in found),
        reason=", ".join(reason for _, reason in found),
    )


def _plain(text: str) -> str:
    """Lower case, no accents, no invisible characters, words one space apart."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf", "Me"))
    return " ".join(re.findall(r"[^\W_]+", kept))


@cache
def _lists() -> tuple[re.Pattern[str], dict[str, tuple[str, re.Pattern[str]]]]:
    """What is overlooked, and for each category its reason and its phrases."""
    tables = tomllib.loads(WORDS_FILE.read_text())
    harmless = _pattern(tables.pop("harmless"))
    return harmless, {name: (t["reason"], _pattern(t["phrases"])) for name, t in tables.items()}


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    longest_first = sorted((re.escape(_plain(p)) for p in phrases), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
