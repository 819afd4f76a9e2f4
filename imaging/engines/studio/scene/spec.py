"""What is to be rendered: the product, what it stands on, what is behind it and the light."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from imaging.engines.studio.looks import Place, Props

from .look import Look

Surface = Literal[
    "marble",
    "dark_marble",
    "oak",
    "walnut",
    "concrete",
    "linen",
    "slate",
    "terrazzo",
    "plaster",
    "acrylic",
    "snow",
    "sand",
    "water",
]
Light = Literal["softbox", "highkey", "lowkey", "sun", "sunset", "neon", "open", "dappled"]
"""sun and sunset come through a window; open is the sky, dappled the sun through leaves."""

SURFACES: tuple[Surface, ...] = get_args(Surface)
LIGHTS: tuple[Light, ...] = get_args(Light)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The set around a product. `surface` None is a seamless paper sweep in `backdrop`'s colour.

    `backdrop` is #rrggbb, or None for what suits the light and surface; a `place` is painted
    behind the table instead. `elevation` is the camera's in degrees, `fill` the share of the
    frame that the product takes.
    """

    surface: Surface | None = None
    backdrop: str | None = None
    place: Place | None = None
    props: Props | None = None
    podium: bool = False
    light: Light = "softbox"
    elevation: float = 12.0
    fill: float = 0.62
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class SceneSpec:
    """One picture. `archetype` "" is the neutral stand-in, labelled with `look.word`."""

    archetype: str = ""
    look: Look = field(default_factory=Look)
    setting: Setting = field(default_factory=Setting)
