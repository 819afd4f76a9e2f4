"""Which requests are refused for what they ask to see: a word list with categories.

It reads the words only, so it is quick, explains itself and never changes its mind; pictures are
looked at by the engines that can. No Django here: engines read the prompts that a language model
wrote by the same list, and give the same reasons.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WORDS_FILE = Path(__file__).with_name("moderation.toml")

# Digits and signs that people write for letters to get past a list like ours.
_LOOK_ALIKES = str.maketrans("013457@$!|", "oieastasil")
# Cyrillic and Greek letters that look like Latin ones (Unicode Technical Standard 39).
_OTHER_SCRIPTS = str.maketrans("аеорсхуіѕјһԁкмтвнαορτνικυε", "aeopcxyisjhdkmtbhaoptvikue")
# "p o r n", "p.o.r.n"
_SPACED = re.compile(r"\b(?:\w ){2,}\w\b")
_INVISIBLE = frozenset({"Mn", "Cf", "Me"})
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Blocked:
    """Why a text is refused: the categories, and the reason a partner reads."""

    categories: tuple[str, ...]
    reason: str


def check(text: str) -> Blocked | None:
    """None where `text` may be drawn; otherwise every category it falls into."""
    harmless, phrases = _lists()
    readings = [harmless.sub(" ", reading) for reading in _readings(text)]
    found = [
        name
        for name, pattern in phrases.items()
        if any(pattern.search(reading) for reading in readings)
    ]
    return Blocked(categories=tuple(found), reason=reason(found)) if found else None


def reason(categories: Iterable[str]) -> str:
    """Categories in the words that a partner reads; one that is in no table by its own name."""
    reasons = _reasons()
    return ", ".join(reasons.get(name, name.replace("_", " ")) for name in categories)


def _readings(text: str) -> set[str]:
    """What a text may mean to say: as it stands, without look-alikes, with spaced words closed."""
    plain = {_plain(text), _plain(text.translate(_LOOK_ALIKES))}
    plain |= {reading.translate(_OTHER_SCRIPTS) for reading in plain}
    return plain | {
        _SPACED.sub(lambda match: match[0].replace(" ", ""), reading) for reading in plain
    }


def _plain(text: str) -> str:
    """Lower case, no accents, no invisible characters, words one space apart."""
    folded = text.casefold()
    if not folded.isascii():  # ASCII has neither accents nor invisible characters of these kinds
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if unicodedata.category(c) not in _INVISIBLE)
    return " ".join(_WORDS.findall(folded))


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(WORDS_FILE.read_text("utf-8"))


@cache
def _lists() -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """What is overlooked, and the phrases of each category that has any."""
    tables = _tables()
    phrases = {name: t["phrases"] for name, t in tables.items() if "phrases" in t}
    return _pattern(tables["harmless"]), {name: _pattern(p) for name, p in phrases.items()}


@cache
def _reasons() -> dict[str, str]:
    return {name: t["reason"] for name, t in _tables().items() if "reason" in t}


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    longest_first = sorted((re.escape(_plain(p)) for p in phrases), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(longest_first) + r")\b")
