"""The words between the parts of the scene renderer: what a product looks like, piece by piece.

An archetype turns a `Look` (what the prompt said about the product) into `Part`s: meshes with a
`Material`. A material is a plain description; only `materials.py` knows how Mitsuba says it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]


class Mesh(NamedTuple):
    """Triangles in centimetres, z up, front towards -y, standing on z = 0."""

    vertices: F32  # (N, 3)
    normals: F32  # (N, 3) unit, outward
    faces: I32  # (M, 3) counter-clockwise seen from outside
    uv: F32  # (N, 2)


MaterialKind = Literal[
    "paint",  # plastic, lacquer, painted surface; clearcoat > 0 adds a glossy top layer
    "ceramic",  # glazed
    "stoneware",  # speckled, satin
    "metal",  # `metal` names it
    "leather",
    "fabric",  # woven; `threads` per texture width
    "knit",
    "plush",  # short fur, for soft toys
    "wood",
    "rubber",
    "paper",
    "cardboard",
    "concrete",
    "glass",  # clear or tinted by `color`
    "frosted",  # rough glass
    "liquid",
    "wax",
    "gem",
    "food",  # softly scattering, slightly uneven: bread, chocolate, fruit
    "emit",  # shines with `power`
    "screen",  # a lit display with a drawn wallpaper
    "label",  # printed label, opaque; text in `text`
    "decal",  # print straight onto the part below it (`color` is that part's colour)
]
Metal = Literal[
    "gold", "rosegold", "silver", "steel", "copper", "brass", "alu", "titanium", "gunmetal"
]
Finish = Literal["matte", "satin", "glossy", "polished", "brushed", "metallic", "frosted"]


@dataclass(frozen=True, kw_only=True)
class Material:
    """A surface. Colours are #RRGGBB in sRGB; roughness 0 (mirror) to 1 (chalk)."""

    kind: MaterialKind
    color: str = "#cccccc"
    color2: str = ""
    roughness: float | None = None  # None: what the kind usually has
    clearcoat: float = 0.0
    metal: Metal = "steel"
    threads: int = 150
    uv_scale: tuple[float, float] = (1.0, 1.0)
    bump: float = 1.0
    power: float = 1.0
    text: str = ""
    art: str = ""  # style of the printed art: "label", "cover", "badge", "stripes", ...
    aspect: float = 1.0  # width / height of the printed patch
    two_sided: bool = False
    on: MaterialKind = "paint"  # what a decal is printed on


class Part(NamedTuple):
    mesh: Mesh
    material: Material


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the prompt says about the product; None or "" where it says nothing."""

    color: str | None = None  # #RRGGBB
    color2: str | None = None
    metal: Metal | None = None
    material: str | None = None  # "leather", "wood", "glass", "ceramic", "steel", "denim", ...
    finish: Finish | None = None
    text: str = ""  # label text, from quotes in the prompt
    blank: bool = False  # no writing, not even an invented name
    word: str = ""  # the very word that named the product ("tote", "thermos")
    seed: int = 0


Build = Callable[[Look], list[Part]]


@dataclass(frozen=True, kw_only=True)
class Archetype:
    """A kind of product the renderer can draw."""

    name: str
    category: Literal["fashion", "beauty", "home", "electronics", "food", "toys"]
    words: tuple[str, ...]  # nouns and phrases that name it, singular, lower case
    build: Build
    yaw: float = 0.0  # degrees about z for a good three-quarter view
    elevation: float | None = None  # camera elevation in degrees; None: the set's own
    flat: bool = False  # best seen from above


ARCHETYPES: dict[str, Archetype] = {}


def archetype(name: str, **facts: Any) -> Callable[[Build], Build]:
    """Register the decorated builder as the archetype `name`; what it draws stands on z = 0."""

    def register(build: Build) -> Build:
        if name in ARCHETYPES:
            raise ValueError(f"archetype {name!r} is registered twice")

        @wraps(build)
        def standing(look: Look) -> list[Part]:
            return _on_the_ground(build(look))

        ARCHETYPES[name] = Archetype(name=name, build=standing, **facts)
        return standing

    return register


def _on_the_ground(parts: list[Part]) -> list[Part]:
    """The parts moved together, so that the lowest point of all lies on z = 0."""
    drop = np.array([0, 0, min(part.mesh.vertices[:, 2].min() for part in parts)], np.float32)
    return [
        part._replace(mesh=part.mesh._replace(vertices=part.mesh.vertices - drop)) for part in parts
    ]
