"""Platforms and styles: what they are, as data (presets.toml), checked when first read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from imaging.engines.base import ASPECT_RATIOS, EngineError
from imaging.engines.studio.looks import PLACES, PROPS, Place, Props, backdrop_of, shadow_of

Way = Literal["packshot", "set", "comparison", "infographic", "swatches", "close_ups"]
Format = Literal["png", "jpeg", "webp", "avif"]

DEFAULT_STYLE = "studio_packshot"
DEFAULT_PLATFORM = "generic"
AUTOMATIC = ("auto:pastel", "auto:complement", "auto:tonal")
"""Backgrounds that are chosen from the product's own colour."""

_FILE = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A marketplace's main picture: size in pixels, background, product fill, file format.

    The last five are what a file is checked against; sides are in pixels of the longer one."""

    name: str
    label: str
    width: int
    height: int
    background: str
    fill: float
    format: Format
    shadow: str
    white_only: bool = False
    least_side: int
    most_side: int
    least_fill: float
    most_megabytes: float
    accepts: tuple[Format, ...]


@dataclass(frozen=True, kw_only=True)
class Style:
    """A look; `label` is its name for people.

    `flexible`: a requested background replaces the style's; `transparent`: it may be
    transparent. `surface` are the words for a rendered set, `background` also what is used where
    sets cannot be rendered; `place` is painted behind the set, `props` stand around the product.
    `headroom` is kept free for words. `aspect_ratio` is a
    recommendation to the caller."""

    name: str
    label: str
    description: str
    way: Way
    background: str
    shadow: str
    fill: float
    surface: str = ""
    place: Place | None = None
    props: Props | None = None
    centre: float = 0.5
    baseline: float | None = None
    headroom: float = 0.0
    aspect_ratio: str = "1:1"
    flexible: bool = False
    transparent: bool = False


@cache
def styles() -> Mapping[str, Style]:
    """All styles by name, in the order of the file."""
    return {key: _style(key, row) for key, row in _file()["styles"].items()}


@cache
def platforms() -> Mapping[str, Platform]:
    """All platforms by name, in the order of the file."""
    return {key: _platform(key, row) for key, row in _file()["platforms"].items()}


def style(name: str) -> Style:
    """The style of that name; an empty name is the default. Raises KeyError."""
    return styles()[name or DEFAULT_STYLE]


def platform(name: str) -> Platform:
    """The platform of that name; an empty name is the default. Raises KeyError."""
    return platforms()[name or DEFAULT_PLATFORM]


def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def _style(key: str, row: dict[str, Any]) -> Style:
    made = Style(name=key, **_known(Style, key, row))
    _require(made.way in get_args(Way), key, "way")
    _require(made.aspect_ratio in ASPECT_RATIOS, key, "aspect_ratio")
    _require(0 < made.centre < 1, key, "centre")
    _require(made.baseline is None or 0 < made.baseline < 1, key, "baseline")
    _require(0 <= made.headroom < (made.baseline or 1) / 2, key, "headroom")
    _require((made.way == "set") == bool(made.surface), key, "surface")
    _require(made.place is None or made.place in PLACES, key, "place")
    _require(made.props is None or made.props in PROPS, key, "props")
    _require(made.way == "set" or not (made.place or made.props), key, "place and props")
    if made.background not in AUTOMATIC:
        _check_look(key, made.background, made.shadow, made.fill)
    is_clear = made.background == "transparent"
    _require(not is_clear or made.transparent, key, "transparent")
    return made


def _platform(key: str, row: dict[str, Any]) -> Platform:
    row = {**row, "accepts": tuple(row.get("accepts", ()))}
    made = Platform(name=key, **_known(Platform, key, row))
    _require(made.format in get_args(Format), key, "format")
    _require(min(made.width, made.height) >= 64, key, "width and height")
    longer = max(made.width, made.height)
    _require(longer <= 4096, key, "width and height")
    # What the preset itself makes must comply.
    _require(made.least_side <= longer <= made.most_side, key, "least_side and most_side")
    _require(0 <= made.least_fill <= made.fill, key, "least_fill")
    _require(made.most_megabytes > 0, key, "most_megabytes")
    _require(made.format in made.accepts, key, "accepts")
    _require(set(made.accepts) <= set(get_args(Format)), key, "accepts")
    _require(not made.white_only or made.background == "white", key, "white_only")
    _check_look(key, made.background, made.shadow, made.fill)
    return made


def _known(kind: type[Style] | type[Platform], key: str, row: dict[str, Any]) -> dict[str, Any]:
    unknown = set(row) - {f.name for f in fields(kind)} | ({"name"} & set(row))
    _require(not unknown, key, ", ".join(sorted(unknown)))
    return row


def _check_look(key: str, background: str, shadow: str, fill: float) -> None:
    try:
        backdrop_of(background)
        shadow_of(shadow)
    except EngineError as error:
        raise ValueError(f"presets.toml, {key}: {error.reason}") from error
    _require(0.2 <= fill <= 1, key, "fill")


def _require(holds: bool, key: str, what: str) -> None:
    if not holds:
        raise ValueError(f"presets.toml, {key}: {what}")
