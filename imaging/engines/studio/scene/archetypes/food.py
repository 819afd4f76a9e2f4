"""Food and drink in glass and metal: jars, bottles, cans, juice."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import (
    Vec3,
    lathe,
    merge,
    place,
    rounded_box,
    torus,
)
from imaging.engines.studio.scene.geometry_outline import extrude, label_band, rounded_outline
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import finished, metal, paint, printed, second, skin, sticker
from .fruit import citrus_slice
from .shaping import moved, of, ribbed

CLEAR = Material(kind="glass", color="#ffffff")
_FILLS = {
    "honey": "#c0720d",
    "jam": "#8c1430",
    "marmalade": "#d96a1d",
    "peanut butter": "#b57a3a",
    "olive": "#7c8038",
    "pickle": "#8a9440",
    "sauce": "#9c2a1a",
    "pesto": "#5f6f2a",
    "spice": "#a5502a",
}


def _fill(word: str, usual: str) -> str:
    """The colour of the contents that the naming word suggests."""
    return next((c for name, c in _FILLS.items() if name in word), usual)


def _dipper(wood: Material, at: Vec3) -> list[Part]:
    """A honey dipper lying in front of the jar."""
    profile: list[tuple[float, float]] = [(0, 0), (0.35, 0)]
    for k in range(7):
        r = 0.62 + 0.42 * np.sin(np.pi * (k + 0.6) / 7.2)
        profile += [(r, 0.1 + 0.46 * k), (r, 0.38 + 0.46 * k), (0.45, 0.42 + 0.46 * k)]
        profile += [(0.45, 0.52 + 0.46 * k)]
    profile += [(0.3, 3.7), (0.26, 10.5), (0.38, 11.2), (0.3, 11.9), (0, 12)]
    body = lathe(profile, [0, *[0.07] * (len(profile) - 2), 0], steps=4)
    return of(wood, place(body, at=at, turn=(0, 90, 14)))


@archetype(
    "food_jar",
    category="food",
    words=(
        "honey jar",
        "jam jar",
        "jar of honey",
        "jar of jam",
        "raw honey",
        "organic honey",
        "jam",
        "marmalade",
        "preserve",
        "peanut butter",
        "pesto",
        "sauce jar",
        "mason jar",
        "pickle jar",
        "chutney",
        "food jar",
        "nut butter",
    ),
    elevation=12,
)
def food_jar(look: Look) -> list[Part]:
    """A filled preserving jar with a lid and a paper label; honey brings its dipper."""
    fill = look.color or _fill(look.word, "#c0720d")
    base = lathe([(0, 0), (3.5, 0), (3.9, 0.6), (3.9, 0.66), (0, 0.66)], [0, 0.3, 0.4, 0, 0])
    collar = lathe(
        [
            (3.9, 7.2),
            (3.9, 7.3),
            (3.2, 8.4),
            (3.2, 9.0),
            (2.95, 9.0),
            (2.95, 8.3),
            (3.64, 7.3),
            (3.64, 7.2),
            (3.9, 7.2),
        ],
        [0, 0.08, 0.4, 0.05, 0.05, 0.4, 0.08, 0, 0],
    )
    # What is seen through a full glass fills its silhouette: the contents reach the outside and
    # clear glass is drawn only where there is nothing behind it.
    inside = lathe(
        [(0, 0.64), (3.9, 0.64), (3.9, 7.21), (3.5, 7.5), (0, 7.4)], [0, 0.02, 0.05, 0.2, 0]
    )
    thick = paint(fill, 0.07, 1.0)
    lid_skin = metal(look, "gold", 0.24) if not look.color2 else paint(look.color2, 0.3, 0.5)
    lid = lathe(
        [(0, 8.5), (3.36, 8.5), (3.36, 10.0), (2.9, 10.12), (2.8, 10.05), (0, 10.05)],
        [0, 0.1, 0.28, 0.1, 0.05, 0],
    )
    grip = ribbed(3.44, 8.62, 9.6, ribs=90, depth=0.07, bevel=0.05)
    rim = place(torus(3.38, 0.09), at=(0, 0, 8.56))
    parts = [*of(CLEAR, base, collar), *of(thick, inside), *of(lid_skin, lid, grip, rim)]
    width = 3.9 * np.radians(130)
    paper = sticker(look, "#efe6d4", width / 4.2, "label", "#4a3320")
    parts += of(paper, label_band(3.9, 1.6, 5.8, 130))
    if "honey" in look.word or not look.word:
        parts += _dipper(Material(kind="wood", color="#c79a62"), (-4.2, -6.3, 1.05))
    return parts


@archetype(
    "wine_bottle",
    category="food",
    words=(
        "wine bottle",
        "wine",
        "bottle of wine",
        "red wine",
        "white wine",
        "rose wine",
        "champagne",
        "prosecco",
        "olive oil",
        "olive oil bottle",
        "beer bottle",
        "bottle of beer",
        "spirit bottle",
        "whisky",
        "gin",
        "vinegar",
        "liquor",
    ),
    elevation=6,
)
def wine_bottle(look: Look) -> list[Part]:
    pale = any(w in look.word for w in ("white", "rose", "gin", "oil", "whisky"))
    tint = look.color or ("#5e6b2c" if pale else "#16281c")
    body = lathe(
        [
            (0, 0.7),
            (2.2, 0.15),
            (3.2, 0),
            (3.75, 0.4),
            (3.75, 18.6),
            (1.6, 23.2),
            (1.42, 29.2),
            (0, 29.2),
        ],
        [0, 0.6, 0.4, 0.4, 3.6, 2.6, 0.05, 0],
        steps=14,
    )
    glass = (
        paint(tint, 0.05, 1.0)
        if colours.lightness(tint) < 0.45
        else Material(kind="glass", color=tint)
    )
    parts = of(finished(look, glass), body)
    wrap = second(look, "#5a1420")
    capsule = lathe(
        [
            (1.66, 22.9),
            (1.5, 24.6),
            (1.48, 27.9),
            (1.62, 28.0),
            (1.62, 28.9),
            (1.5, 29.35),
            (0, 29.35),
        ],
        [0, 0.6, 0.1, 0.08, 0.12, 0.12, 0],
    )
    foil = metal(look, "gold", 0.3) if look.metal else paint(wrap, 0.35, 0.4)
    ring = lathe([(1.5, 24.2), (1.55, 24.25), (1.55, 24.6), (1.5, 24.65)], 0.02)
    parts += [*of(foil, capsule), *of(metal(look, "gold"), ring)]
    width = 3.75 * np.radians(150)
    paper = sticker(look, "#f0ebdf", width / 8.2, "label", "#2b2320")
    parts += of(paper, label_band(3.75, 5.0, 13.2, 150))
    strip = Material(kind="metal", metal="gold", roughness=0.3)
    bands = [label_band(3.75, z, z + 0.18, 150, lift=0.02) for z in (4.6, 13.4)]
    return [*parts, *of(strip, *bands)]


def _tab() -> Mesh:
    """Ring pull lying on z = 0, its nose towards +y."""
    outline = rounded_outline(
        [(-0.75, -1.25), (0.75, -1.25), (0.8, 0.5), (0.45, 0.95), (-0.45, 0.95), (-0.8, 0.5)],
        [0.5, 0.5, 0.4, 0.4, 0.4, 0.4],
    )
    plate = place(extrude(outline, 0.1, bevel=0.045), at=(0, 0, 0.1))
    rivet = lathe([(0, 0), (0.26, 0), (0.22, 0.26), (0, 0.28)], [0, 0, 0.08, 0])
    return merge(plate, place(rivet, at=(0, 0.45, 0)))


@archetype(
    "drink_can",
    category="food",
    words=(
        "drink can",
        "soda can",
        "beer can",
        "can of soda",
        "can of beer",
        "aluminium can",
        "aluminum can",
        "soda",
        "beer",
        "energy drink",
        "soft drink",
        "lemonade",
        "cola",
        "beverage can",
        "sparkling water",
        "beverage",
    ),
    elevation=16,
)
def drink_can(look: Look) -> list[Part]:
    alu = Material(kind="metal", metal="alu", roughness=0.22)
    coat = skin(look, paint("#d9704a", 0.3, 0.6))
    foot = lathe(
        [(0, 0.8), (1.9, 0.35), (2.3, 0), (2.5, 0.05), (3.05, 0.95)], [0, 0.4, 0.1, 0.3, 0]
    )
    wall = lathe([(2.98, 0.86), (3.3, 1.35), (3.3, 10.6), (2.72, 11.75)], [0, 0.7, 0.9, 0])
    neck = lathe(
        [
            (2.7, 11.78),
            (2.72, 12.0),
            (2.82, 12.08),
            (2.82, 12.28),
            (2.66, 12.3),
            (2.5, 11.85),
            (2.3, 11.75),
            (2.25, 11.98),
            (0, 11.98),
        ],
        [0, 0.1, 0.06, 0.09, 0.06, 0.1, 0.06, 0.08, 0],
    )
    parts = [*of(coat, wall), *of(alu, foot, neck)]
    mouth = lathe([(1.08, 0), (1.03, 0.035), (0.98, 0)], 0.02)
    parts += of(alu, place(mouth, at=(0, -1.0, 11.98)))
    parts += of(alu, place(_tab(), at=(0, 0.45 - 0.45, 11.98), turn=(-4, 0, 180)))
    width = 3.3 * np.radians(170)
    art = printed(look, coat, width / 8.4, "label")
    parts += of(art, label_band(3.3, 1.7, 10.1, 170))
    return parts


@archetype(
    "glass_of_juice",
    category="food",
    words=(
        "glass of juice",
        "juice",
        "orange juice",
        "smoothie",
        "cocktail",
        "iced tea",
        "fruit juice",
        "drinking juice",
        "lemonade glass",
        "milkshake",
    ),
    yaw=-14,
    elevation=14,
)
def glass_of_juice(look: Look) -> list[Part]:
    """A tumbler of juice with ice, a slice on the rim and a straw."""
    juice = look.color or "#e8901c"
    foot = lathe([(0, 0), (2.75, 0), (2.83, 1.2), (0, 1.2)], [0, 0.3, 0, 0])
    rim = lathe(
        [(3.32, 10.1), (3.45, 12.5), (3.28, 12.5), (3.15, 10.1), (3.32, 10.1)],
        [0, 0.08, 0.08, 0, 0],
    )
    inside = lathe(
        [(0, 1.18), (2.83, 1.18), (3.32, 10.12), (3.1, 10.2), (0, 10.15)], [0, 0.03, 0.04, 0.1, 0]
    )
    parts = [*of(CLEAR, foot, rim), *of(Material(kind="liquid", color=juice), inside)]
    rng = np.random.default_rng(look.seed)
    for x, y in ((-1.2, -0.9), (1.1, 0.9), (0.7, -1.5)):
        a, b, c = (float(v) for v in rng.uniform(-28, 28, 3))
        cube = place(rounded_box((1.9, 1.9, 1.9), 0.3), at=(x, y, 10.1), turn=(a, b, c))
        parts += of(Material(kind="frosted", color="#ffffff", roughness=0.12), cube)
    stem = spline([(-1.5, 0.4, 1.2), (0.6, 0.9, 12.5), (1.15, 1.0, 14.8), (2.3, 0.9, 16.2)], 50)
    straw = sweep(stem, 0.3, round_ends=False)
    parts += of(paint(second(look, "#f1ece2"), 0.4), straw)
    rind = Material(kind="food", color="#e08a1e", roughness=0.45)
    slice_ = citrus_slice(rind, colours.mixed(juice, "#f2a53a", 0.4), 2.8)
    return parts + moved(slice_, at=(-3.2, -0.6, 12.2), turn=(0, 0, 24))
