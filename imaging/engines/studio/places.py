"""Places and seasons that a request names, and the sets that the studio has for them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from imaging.engines.studio.looks import Place, Props


@dataclass(frozen=True, kw_only=True)
class Season:
    """A season's set: the words of its surface, what is painted behind it and what lies on it."""

    surface: str
    place: Place
    props: Props
    words: str


_SEASONS = (
    Season(
        surface="snow, softbox lighting",
        place="winter",
        props="baubles",
        words=r"winter\w*|christmas\w*|xmas|advent|festive|new year|holidays?|snow\w*",
    ),
    Season(
        surface="plaster in open air",
        place="spring",
        props="petals",
        words=r"spring\w*|easter|blossoms?|cherry|mother'?s day",
    ),
    Season(
        surface="sand in open air",
        place="summer",
        props="shells",
        words=r"summer\w*|beach\w*|seaside|vacations?",
    ),
    Season(
        surface="walnut table in open air",
        place="autumn",
        props="leaves",
        words=r"autumn\w*|fall|harvest|thanksgiving|halloween|october",
    ),
)

# The words of a location -> the style whose set is there.
_LOCATIONS = (
    (r"outdoors?|gardens?|parks?|terrace|patio|backyard|picnic", "outdoor"),
    (r"cafe|café|coffee ?(?:shop|house|bar)|bistro|restaurant|bar", "cafe"),
    (r"office|workplace|desk|co-?working", "office"),
    (r"urban|city|street|downtown|rooftop", "urban"),
    (r"nature|natural|forest|woods?|woodland|jungle", "nature"),
)
_SCENES = ((r"abstract|geometric", "abstract"), (r"action|dynamic|splash\w*", "splash"))


def season_of(words: str) -> Season | None:
    """The season that is named, or None."""
    return next((season for season in _SEASONS if _named(season.words, words)), None)


def season_words(words: str) -> tuple[str, ...]:
    """The words that name a season."""
    season = season_of(words)
    if season is None:
        return ()
    return tuple(re.findall(rf"\b(?:{season.words})\b", words.lower()))


def style_at(location: str) -> str | None:
    """The style whose set is at that location, or None."""
    return next((style for words, style in _LOCATIONS if _named(words, location)), None)


def style_of_scene(scene: str) -> str | None:
    """The style whose set is that kind of scene, or None."""
    return next((style for words, style in _SCENES if _named(words, scene)), None)


def _named(words: str, text: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text.lower()) is not None
