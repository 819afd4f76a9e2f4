"""Styles and platforms by name, read from presets.toml and checked once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

PRESETS_FILE = Path(__file__).with_name("presets.toml")

Setting = Literal["flat", "gradient", "sweep", "staged"]
_SETTINGS = ("flat", "gradient", "sweep", "staged")
_SHADOWS = ("none", "soft", "contact", "hard", "floating", "reflection")
_FORMATS = ("png", "jpeg", "webp", "avif")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What a marketplace wants: pixels, #RRGGBB, share of the frame, file format."""

    name: str
    label: str
    width: int
    height: int
    background: str
    fill: float
    format: Literal["png", "jpeg", "webp", "avif"]


@dataclass(frozen=True, kw_only=True)
class Style:
    """A look for packshots; presets.toml says what the fields mean."""

    name: str
    label: str
    description: str
    setting: Setting
    background: str
    background2: str = ""
    surface: str = ""
    light: str = ""
    podium: bool = False
    shadow: str = "soft"
    transparent: bool = False


@cache
def platforms() -> Mapping[str, Platform]:
    """Every platform by name, in the file's order."""
    found = {name: Platform(name=name, **facts) for name, facts in _read("platforms").items()}
    for platform in found.values():
        _check(platform.width > 0 and platform.height > 0, platform.name, "size")
        _check(0.3 <= platform.fill <= 0.95, platform.name, "fill")
        _check(platform.format in _FORMATS, platform.name, "format")
        _check(_is_colour(platform.background), platform.name, "background")
    return MappingProxyType(found)


@cache
def styles() -> Mapping[str, Style]:
    """Every style by name, in the file's order."""
    found = {name: Style(name=name, **facts) for name, facts in _read("styles").items()}
    for style in found.values():
        _check(style.setting in _SETTINGS, style.name, "setting")
        _check(style.shadow in _SHADOWS, style.name, "shadow")
        clear = style.background == "transparent" and style.transparent
        _check(clear or _is_colour(style.background), style.name, "background")
        _check((style.setting == "gradient") == bool(style.background2), style.name, "background2")
        _check((style.setting == "staged") == bool(style.surface), style.name, "surface")
    return MappingProxyType(found)


def _read(table: str) -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads(PRESETS_FILE.read_text())[table]
    return content


def _is_colour(text: str) -> bool:
    return re.fullmatch(r"#[0-9a-f]{6}", text) is not None


def _check(holds: bool, name: str, field: str) -> None:
    if not holds:
        raise ValueError(f"presets.toml: {name} has a bad {field}")
