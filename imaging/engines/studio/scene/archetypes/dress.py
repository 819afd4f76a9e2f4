"""Materials of these products' parts, described by how such a part usually is."""

from __future__ import annotations

from dataclasses import replace

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.look import Look, Material, MaterialKind, Metal

from .finishes import finished as in_finish
from .finishes import surface, trim


def skin(look: Look, usual: Material) -> Material:
    """The usual surface in the colour, material, metal and finish that the prompt names.

    What the prompt leaves open stays as it was. A metal case in a colour is lacquered.
    """
    base = usual
    if usual.kind == "metal" and look.color is not None:
        base = paint(usual.color, 0.32, 0.25)
    made = surface(
        look,
        base.color,
        base.kind,
        roughness=base.roughness,
        clearcoat=base.clearcoat,
        metal_too=True,
    )
    if made.kind != base.kind:
        return made
    return replace(
        base,
        color=made.color,
        metal=made.metal if made.metal != "steel" else base.metal,
        roughness=made.roughness,
        clearcoat=made.clearcoat,
    )


def finished(look: Look, usual: Material) -> Material:
    """The surface as smooth or rough as the prompt asks."""
    return in_finish(usual, look.finish)


def tinted(look: Look, usual: Material) -> Material:
    """The usual surface, only its colour and finish the prompt's: for parts whose material is
    given by what they are (a rubber duck, a pastry)."""
    return finished(look, usual if look.color is None else replace(usual, color=look.color))


def metal(look: Look, usual: Metal, roughness: float | None = None) -> Material:
    """Metal hardware: the named metal, else the usual one."""
    return trim(look, usual, roughness)


def second(look: Look, usual: str) -> str:
    """The prompt's second colour, else the usual one."""
    return look.color2 or usual


def paint(color: str, roughness: float = 0.42, clearcoat: float = 0.0) -> Material:
    return Material(kind="paint", color=color, roughness=roughness, clearcoat=clearcoat)


def darker(color: str) -> str:
    """A tone of the colour for seams, soles and trims."""
    return colours.shaded(color, 0.72)


def printed(look: Look, below: Material, aspect: float, art: str = "label") -> Material:
    """Print straight onto the part `below`, which keeps its gloss under the ink."""
    # A print's uv spans the patch, not a texture: fine papers are better left plain below it.
    on: MaterialKind = "paint" if below.kind in ("glass", "paper") else below.kind
    ink = look.color2 or ""
    return replace(below, kind="decal", on=on, color2=ink, text=look.text, art=art, aspect=aspect)


def sticker(look: Look, paper: str, aspect: float, art: str = "label", ink: str = "") -> Material:
    """A printed paper label."""
    return Material(kind="label", color=paper, color2=ink, text=look.text, art=art, aspect=aspect)
