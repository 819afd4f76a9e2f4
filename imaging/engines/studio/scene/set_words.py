"""What a prompt says about the set: surface, backdrop, podium, light and camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from . import colours, vocabulary
from .leftovers import word_set
from .phrases import Clause, Word, find, is_colour_code, singular
from .product_words import product_table
from .spec import Light, Surface
from .vocabulary import PODIUMS, SET_NOUNS

_BACKDROPS = word_set("background backdrop wall cyclorama sweep seamless")


@dataclass
class SetWords:
    """The set that was asked for; None where nothing was said."""

    surface: Surface | None = None
    backdrop: str | None = None
    podium: bool = False
    light: Light | None = None
    elevation: float | None = None
    fill: float | None = None
    understood: list[str] = field(default_factory=list)


def read_set(parts: Sequence[Clause], product_clause: int, product_end: int) -> SetWords:
    """The set in all clauses but the words up to the product's name."""
    said = SetWords()
    mood: Light | None = None
    for index, clause in enumerate(parts):
        words = clause.words[product_end:] if index == product_clause else clause.words
        if clause.role == "place" or _has_set_noun(words):
            _read_place(words, said)
        _read_camera(clause.words, said)
    everything = [w for clause in parts for w in (*clause.words, Word("|"))]
    shades = find(everything, dict.fromkeys(colours.NAMES, ""))
    neon = {hit.start for hit in shades if hit.phrase.startswith("neon ")}
    lit = [word for index, word in enumerate(everything) if index not in neon]
    said.light = _strongest(lit, vocabulary.LIGHTS, said)
    mood = _strongest(everything, vocabulary.MOODS, said)
    implied = _implied_by_place(parts, said)
    said.light = said.light or implied or mood
    if said.backdrop == "#ffffff" and said.surface is None and said.light in (None, "softbox"):
        said.light = "highkey"  # as soft, and the paper comes out white
    if said.backdrop is not None and said.light is None and colours.lightness(said.backdrop) < 0.12:
        said.light = "lowkey"
    return said


def _has_set_noun(words: Sequence[Word]) -> bool:
    nouns = _BACKDROPS | PODIUMS | {"surface", "tabletop", "table", "countertop", "floor", "paper"}
    return any(singular(w.text) in nouns for w in words)


def _read_place(words: Sequence[Word], said: SetWords) -> None:
    """One clause about where the product stands."""
    texts = [singular(w.text) for w in words]
    behind = any(t in _BACKDROPS for t in texts)
    if any(t in PODIUMS for t in texts):
        said.podium = True
        said.understood += [t for t in texts if t in PODIUMS]
    surfaces = [] if behind else find(words, vocabulary.SURFACES)
    if surfaces and said.surface is None:
        best = max(surfaces, key=lambda hit: hit.end - hit.start)
        said.surface = best.value
        said.understood.append(best.phrase)
    shades = find(words, {name: colours.named(name) or "" for name in colours.words()})
    codes = [w.text for w in words if is_colour_code(w.text)]
    if not (behind or surfaces) and _names_other_product(words):
        return  # "beside a red bowl"
    free = [hit for hit in shades if not any(h.start <= hit.start < h.end for h in surfaces)]
    # A colour beside a named surface ("white marble") belongs to the stone, not to the wall.
    if said.backdrop is None and (codes or free) and (behind or not surfaces):
        said.backdrop = codes[0] if codes else _backdrop_shade(free[0].phrase, free[0].value)
        said.understood.append(codes[0] if codes else free[0].phrase)
    said.understood += [t for t in texts if t in SET_NOUNS]


def _names_other_product(words: Sequence[Word]) -> bool:
    hits = find(words, product_table())
    set_nouns = SET_NOUNS | PODIUMS | set(vocabulary.PLACES)
    return bool(hits) and hits[-1].end == len(words) and hits[-1].phrase not in set_nouns


def _backdrop_shade(name: str, colour: str) -> str:
    """Paper comes purer than products: white and black mean it."""
    pure = {"white": "#ffffff", "pure white": "#ffffff", "snow white": "#ffffff"}
    return pure.get(name, "#0d0d0e" if "black" in name else colour)


def _read_camera(words: Sequence[Word], said: SetWords) -> None:
    for hit in find(words, vocabulary.CAMERAS):
        elevation, fill = hit.value
        said.elevation = said.elevation if elevation is None else elevation
        said.fill = said.fill if fill is None else fill
        said.understood.append(hit.phrase)


def _strongest(words: Sequence[Word], table: dict[str, Light], said: SetWords) -> Light | None:
    """The most particular light of the table that the words name."""
    hits = find(words, table)
    said.understood += [hit.phrase for hit in hits]
    named = {hit.value for hit in hits}
    return next((light for light in vocabulary.LIGHT_ORDER if light in named), None)


def _implied_by_place(parts: Sequence[Clause], said: SetWords) -> Light | None:
    """A place that is named without a surface brings its own ("in a kitchen")."""
    for clause in parts:
        if clause.role not in ("place", "in", "aside", "with"):
            continue
        for hit in find(clause.words, vocabulary.PLACES):
            surface, light = hit.value
            said.understood.append(hit.phrase)
            if said.surface is None and said.backdrop is None:
                said.surface = surface
            return light
    return None
