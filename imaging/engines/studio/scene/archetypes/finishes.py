"""Which material a part gets: what the prompt says, else what such a part usually is."""

from __future__ import annotations

from dataclasses import replace

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import tile_uv
from imaging.engines.studio.scene.look import (
    Finish,
    Look,
    Material,
    MaterialKind,
    Mesh,
    Metal,
    Part,
)

ROUGHNESS: dict[Finish, float] = {
    "matte": 0.62,
    "satin": 0.38,
    "glossy": 0.12,
    "polished": 0.07,
    "brushed": 0.34,
    "metallic": 0.28,
    "frosted": 0.45,
}
_KINDS: dict[str, MaterialKind] = {
    "leather": "leather",
    "suede": "plush",
    "velvet": "plush",
    "wool": "knit",
    "knit": "knit",
    "knitted": "knit",
    "fabric": "fabric",
    "canvas": "fabric",
    "cotton": "fabric",
    "linen": "fabric",
    "denim": "fabric",
    "silk": "fabric",
    "nylon": "fabric",
    "felt": "plush",
    "wood": "wood",
    "wooden": "wood",
    "oak": "wood",
    "walnut": "wood",
    "bamboo": "wood",
    "glass": "glass",
    "crystal": "glass",
    "ceramic": "ceramic",
    "porcelain": "ceramic",
    "stoneware": "stoneware",
    "clay": "stoneware",
    "terracotta": "stoneware",
    "concrete": "concrete",
    "stone": "concrete",
    "rubber": "rubber",
    "silicone": "rubber",
    "plastic": "paint",
    "paper": "paper",
    "kraft": "paper",
    "cardboard": "cardboard",
    "wax": "wax",
}
_METALS: dict[str, Metal] = {
    "steel": "steel",
    "stainless steel": "steel",
    "metal": "steel",
    "aluminium": "alu",
    "aluminum": "alu",
    "copper": "copper",
    "brass": "brass",
    "gold": "gold",
    "silver": "silver",
    "titanium": "titanium",
    "iron": "gunmetal",
}
_OWN_COLOURS: dict[str, str] = {
    "leather": "#8e4b22",
    "denim": "#3f5f86",
    "wood": "#b98a58",
    "wooden": "#b98a58",
    "oak": "#c09a68",
    "walnut": "#6f4a30",
    "bamboo": "#d0ab72",
    "terracotta": "#b5593a",
    "clay": "#b5704f",
    "concrete": "#a9a7a3",
    "stone": "#a8a49c",
    "glass": "#f4f6f5",
    "crystal": "#f8f9f9",
    "cardboard": "#b98f5f",
    "kraft": "#b58a5b",
    "canvas": "#ddd3bf",
    "linen": "#d8cdbb",
}
_TEXTURED = frozenset(
    ["leather", "fabric", "knit", "plush", "wood", "rubber", "stoneware", "concrete", "food"]
)


def surface(
    look: Look,
    color: str,
    kind: MaterialKind = "paint",
    *,
    allowed: tuple[MaterialKind, ...] | None = None,
    roughness: float | None = None,
    clearcoat: float = 0.0,
    metal_too: bool = False,
) -> Material:
    """The material of a product's main part: the look's, else `color` and `kind`.

    `allowed` limits the kinds a look may choose (None: all, and metals). With `metal_too` a
    named metal makes the whole part of it, not only the trim.
    """
    said = (look.material or "").lower()
    wanted = _KINDS.get(said, kind)
    if allowed is not None and wanted not in allowed:
        wanted = kind
    metal = _METALS.get(said) if allowed is None or "metal" in allowed else None
    if metal is None and metal_too:
        metal = look.metal
    if metal is not None and look.color is None:
        return bare_metal(look, metal)
    own = _OWN_COLOURS.get(said, color) if wanted == _KINDS.get(said) else color
    made = Material(kind=wanted, color=look.color or own, roughness=roughness, clearcoat=clearcoat)
    return finished(made, look.finish)


def finished(material: Material, finish: Finish | None) -> Material:
    """The material in a finish; what a finish cannot mean (glossy knitwear) is left alone."""
    if finish is None or material.kind in ("fabric", "knit", "plush", "food"):
        return material
    if finish == "frosted" and material.kind == "glass":
        return replace(material, kind="frosted")
    coat = 0.0 if finish in ("matte", "satin", "frosted") else max(material.clearcoat, 0.3)
    return replace(material, roughness=ROUGHNESS[finish], clearcoat=coat)


def bare_metal(look: Look, metal: Metal, roughness: float | None = None) -> Material:
    """Metal that keeps its own name, in the look's finish where that says anything of metal."""
    if look.finish in ("matte", "satin", "brushed", "polished"):
        roughness = ROUGHNESS[look.finish] * (0.7 if look.finish == "matte" else 1)
    art = "brushed" if look.finish == "brushed" else ""
    return Material(kind="metal", metal=metal, roughness=roughness, art=art)


def trim(look: Look, metal: Metal, roughness: float | None = None) -> Material:
    """Hardware: the look's metal, else the usual one."""
    return Material(kind="metal", metal=look.metal or metal, roughness=roughness)


def second(
    look: Look,
    color: str,
    kind: MaterialKind = "paint",
    *,
    roughness: float | None = None,
    clearcoat: float = 0.0,
) -> Material:
    """A second part (cap, lining, sole): the look's second colour, else the usual one."""
    tint = look.color2 or color
    return Material(kind=kind, color=tint, roughness=roughness, clearcoat=clearcoat)


def dark(look: Look, color: str) -> bool:
    """Whether the product, `color` unless the look says otherwise, is dark."""
    return colours.lightness(look.color or color) < 0.5


def part(mesh: Mesh, material: Material, *, tile: float = 10.0) -> Part:
    """A part whose texture, if its kind has one, spans `tile` cm."""
    return Part(tile_uv(mesh, tile) if material.kind in _TEXTURED else mesh, material)


def decal(
    mesh: Mesh,
    look: Look,
    below: Material,
    *,
    aspect: float,
    art: str = "label",
    repeats: tuple[float, float] = (1, 1),
) -> Part:
    """Print on a part made of `below`; over metal or glass it is a printed label instead.

    `repeats` is how often the texture of `below` repeats over the patch.
    """
    if below.kind in ("metal", "glass", "frosted"):
        paper = Material(kind="label", color="#f3efe7", text=look.text, art=art, aspect=aspect)
        return Part(mesh, paper)
    ink = replace(below, color2="", text=look.text, art=art, aspect=aspect, on=below.kind)
    return Part(mesh, replace(ink, kind="decal", uv_scale=repeats))


def label(
    mesh: Mesh,
    look: Look,
    *,
    aspect: float,
    color: str = "#f3efe7",
    ink: str = "",
    art: str = "label",
) -> Part:
    """A paper label in `color`."""
    material = Material(
        kind="label", color=color, color2=ink, text=look.text, art=art, aspect=aspect
    )
    return Part(mesh, material)
