"""From a `Material` (what a part is made of) to what Mitsuba calls it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import colours, labels, textures
from .bsdf import (
    Shading,
    metal,
    picture,
    principled,
    reflectance,
    spectrum,
    textured,
    two_sided,
)
from .look import Material, MaterialKind
from .textures import Texture


def shading(material: Material, width: float, seed: int = 0) -> Shading:
    """The shape entries for a part. `width` is the world length of one unit of its u or v."""
    made = _KINDS[material.kind](material, width, seed)
    if material.two_sided and made["bsdf"]["type"] not in ("twosided", "dielectric"):
        made["bsdf"] = two_sided(made["bsdf"])
    return made


def _rough(material: Material, usual: float) -> float:
    return usual if material.roughness is None else material.roughness


def _coat(material: Material, usual: float = 0.0) -> dict[str, float]:
    weight = max(material.clearcoat, usual)
    return {"clearcoat": weight, "clearcoat_gloss": 0.95} if weight else {}


def _paint(material: Material, width: float, seed: int) -> Shading:
    return {"bsdf": principled(material.color, _rough(material, 0.42), 0.5, **_coat(material))}


def _ceramic(material: Material, width: float, seed: int) -> Shading:
    rough = _rough(material, 0.2)
    # A glaze is a clear layer; a matte one (rough) has none.
    gloss = 0.8 if rough < 0.35 else 0.0
    return {"bsdf": principled(material.color, rough, 0.5, **_coat(material, gloss))}


def _metal(material: Material, width: float, seed: int) -> Shading:
    brushed = material.art == "brushed"
    return {"bsdf": metal(material.metal, material.roughness, brushed=brushed)}


def _from_texture(texture: Texture, material: Material, width: float) -> Shading:
    surface = textured(
        texture,
        material.uv_scale,
        width,
        bump=material.bump,
        roughness=material.roughness,
        **_coat(material),
    )
    return {"bsdf": surface}


def _leather(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.leather(material.color, seed), material, width)


def _fabric(material: Material, width: float, seed: int) -> Shading:
    texture = textures.fabric(material.color, seed, material.threads)
    if material.color2 and material.art in ("stripes", "checked"):
        texture = _patterned(texture, material)
    return _from_texture(texture, material, width)


def _patterned(weave: Texture, material: Material) -> Texture:
    """The weave with stripes or checks dyed in."""
    draw = textures.stripes if material.art == "stripes" else textures.checked
    dye = draw(material.color, material.color2)
    size = len(weave.albedo)
    each = size // len(dye)
    dye = np.repeat(np.repeat(dye, each, 0), each, 1)
    base = np.maximum(colours.rgb(material.color), 0.02)
    return weave._replace(albedo=np.clip(weave.albedo / base * dye, 0, 1).astype(np.float32))


def _knit(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.knit(material.color, seed), material, width)


def _plush(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.plush(material.color, seed), material, width)


def _stoneware(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.stoneware(material.color, seed), material, width)


def _wood(material: Material, width: float, seed: int) -> Shading:
    dark = material.color2 or colours.shaded(material.color, 0.58)
    return _from_texture(textures.wood(material.color, dark, seed), material, width)


def _rubber(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.rubber(material.color, seed), material, width)


def _paper(material: Material, width: float, seed: int) -> Shading:
    if material.art == "pages":
        edges = textures.stripes(material.color, colours.shaded(material.color, 0.84), 64)
        return _from_texture(Texture(edges, None, 0.85, 0.2), material, width)
    return _from_texture(textures.paper(material.color, seed), material, width)


def _cardboard(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.cardboard(material.color, seed), material, width)


def _concrete(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.concrete(material.color, seed), material, width)


def _food(material: Material, width: float, seed: int) -> Shading:
    return _from_texture(textures.food(material.color, seed), material, width)


def _glass(material: Material, width: float, seed: int) -> Shading:
    if _is_clear(material.color):
        return {"bsdf": {"type": "dielectric", "int_ior": 1.5}}
    # Tinted glass: part of the light goes through, part is coloured in the wall, so that a full
    # bottle keeps its colour even where the view through it is dark.
    surface = principled(material.color, _rough(material, 0.05), 0.5, spec_trans=0.82)
    return {"bsdf": _with_eta(surface, 1.45)}


def _with_eta(surface: dict[str, object], eta: float) -> dict[str, object]:
    """Mitsuba takes either `specular` or `eta`."""
    return {**{k: v for k, v in surface.items() if k != "specular"}, "eta": eta}


def _is_clear(colour: str) -> bool:
    return float(colours.rgb(colour).min()) > 0.78


def _frosted(material: Material, width: float, seed: int) -> Shading:
    return {
        "bsdf": {
            "type": "roughdielectric",
            "alpha": max(_rough(material, 0.3), 0.05),
            "int_ior": 1.48,
            "specular_transmittance": reflectance(material.color),
        }
    }


def _liquid(material: Material, width: float, seed: int) -> Shading:
    if _is_clear(material.color):
        return {"bsdf": {"type": "dielectric", "int_ior": 1.33}}
    return {"bsdf": principled(material.color, _rough(material, 0.06), 0.5)}


def _wax(material: Material, width: float, seed: int) -> Shading:
    return {"bsdf": principled(material.color, _rough(material, 0.45), 0.4, flatness=0.6)}


def _gem(material: Material, width: float, seed: int) -> Shading:
    tint = reflectance(material.color) if not _is_clear(material.color) else spectrum((1, 1, 1))
    return {"bsdf": {"type": "dielectric", "int_ior": 2.2, "specular_transmittance": tint}}


def _emit(material: Material, width: float, seed: int) -> Shading:
    radiance = colours.linear(colours.rgb(material.color)) * material.power
    return {
        "bsdf": {"type": "diffuse", "reflectance": reflectance("#000000")},
        "emitter": {"type": "area", "radiance": spectrum(radiance)},
    }


def _screen(material: Material, width: float, seed: int) -> Shading:
    drawn = textures.wallpaper(seed % 12)
    radiance = picture(drawn * min(material.power, 1.0), clamp=True)
    return {
        "bsdf": principled("#050506", 0.04, 0.5),
        "emitter": {"type": "area", "radiance": radiance},
    }


def _ink(material: Material, *, on_paper: bool) -> labels.Ink:
    ink = material.color2 or colours.ink_on(material.color)
    accent = colours.mixed(ink, material.color, 0.25)
    return labels.Ink(ink, accent, material.color if on_paper else None)


def _label(material: Material, width: float, seed: int) -> Shading:
    ink = _ink(material, on_paper=True)
    art = labels.draw(material.text, material.art or "label", material.aspect, ink, seed % 997)
    surface = principled(picture(art[..., :3], clamp=True), _rough(material, 0.6), 0.35)
    return {"bsdf": two_sided(surface)}


def _decal(material: Material, width: float, seed: int) -> Shading:
    """Print on a part. A blend, not a mask: the denoiser's albedo must see the ink."""
    ink = _ink(material, on_paper=False)
    art = labels.draw(material.text, material.art or "label", material.aspect, ink, seed % 997)
    below = _KINDS[material.on](material, width, seed)["bsdf"]
    return {
        "bsdf": {
            "type": "blendbsdf",
            "weight": picture(art[..., 3], raw=True, clamp=True),
            "below": below,
            "print": principled(ink.colour, 0.5, 0.4),
        }
    }


_KINDS: dict[MaterialKind, Callable[[Material, float, int], Shading]] = {
    "paint": _paint,
    "ceramic": _ceramic,
    "stoneware": _stoneware,
    "metal": _metal,
    "leather": _leather,
    "fabric": _fabric,
    "knit": _knit,
    "plush": _plush,
    "wood": _wood,
    "rubber": _rubber,
    "paper": _paper,
    "cardboard": _cardboard,
    "concrete": _concrete,
    "glass": _glass,
    "frosted": _frosted,
    "liquid": _liquid,
    "wax": _wax,
    "gem": _gem,
    "food": _food,
    "emit": _emit,
    "screen": _screen,
    "label": _label,
    "decal": _decal,
}
