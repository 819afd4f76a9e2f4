"""The furniture of a set: floor or sweep, wall and podium, in world units.

The product is about one unit large and stands at the origin; the camera looks towards +y.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import colours, geometry, grounds, paintings, props, tone
from .bsdf import Shading, picture, principled, reflectance, textured, two_sided
from .camera import View
from .look import Mesh
from .spec import Light, Setting, Surface

PODIUM_HEIGHT = 0.16
_WALL_Y = 3.0
_TABLE_END_Y = 1.7  # of a table that stands before a painted place
_BEHIND = 5.0  # world units from the product to what is painted
_OVERLAP = 1.2  # of a painting over the frame
_SWEEP_Y = 3.4
_SWEEP_RADIUS = 1.5

# World units across one repeat of the texture.
_SPANS: dict[Surface, float] = {
    "marble": 4.6,
    "dark_marble": 4.6,
    "linen": 2.4,
    "terrazzo": 3.6,
    "snow": 3.2,
    "sand": 2.6,
    "water": 8.0,
}
_SPAN = 4.0

_SWEEPS: dict[Light, str] = {
    "softbox": "#efedea",
    "highkey": "#f4f3f1",
    "lowkey": "#1c1c1f",
    "sun": "#e6d9c7",
    "sunset": "#d9b48f",
    "neon": "#15131f",
    "open": "#e8edf0",
    "dappled": "#e9dfd0",
}
_WALLS: dict[Light, str] = {
    "softbox": "#e3e0db",
    "highkey": "#efeeec",
    "lowkey": "#232427",
    "sun": "#e8dccb",
    "sunset": "#dcb894",
    "neon": "#171522",
    "open": "#e6e9ea",
    "dappled": "#e7dccb",
}


class Piece(NamedTuple):
    """One shape of the set."""

    mesh: Mesh
    shading: Shading


def podium_height(setting: Setting) -> float:
    """How high the product stands above the floor."""
    return PODIUM_HEIGHT if setting.podium else 0.0


def backdrop_colour(setting: Setting) -> str:
    """The colour behind the product: as asked, or what suits the light."""
    if setting.backdrop:
        return setting.backdrop
    return (_SWEEPS if setting.surface is None else _WALLS)[setting.light]


def is_white(setting: Setting) -> bool:
    """Whether the product stands on nothing but white paper in bright light, as shops want it."""
    plain = setting.surface is None and setting.props is None and not setting.podium
    return plain and setting.light == "highkey" and setting.backdrop == "#ffffff"


def furniture(setting: Setting, footprint: float, view: View) -> dict[str, Piece]:
    """The pieces of the set by name, as they are needed in the view. `footprint` is the radius
    that the product stands on."""
    pieces: dict[str, Piece] = {}
    if setting.surface is None:
        pieces["sweep"] = Piece(_sweep(), {"bsdf": _paper(backdrop_colour(setting))})
    else:
        end = _WALL_Y if setting.place is None else _TABLE_END_Y
        pieces["floor"] = _floor(setting.surface, setting.seed, end)
        if setting.place is None:
            pieces["wall"] = _wall(backdrop_colour(setting), setting.seed)
        else:
            pieces["place"] = _place(setting, view)
    for name, (mesh, shading) in props.around(setting, footprint).items():
        pieces[f"prop_{name}"] = Piece(mesh, shading)
    if setting.podium:
        pieces["podium"] = _podium(setting, footprint)
    return pieces


def _paper(colour: str) -> dict[str, Any]:
    return two_sided(principled(colour, 0.7, 0.25))


def _sweep() -> Mesh:
    """Paper that runs from the floor up behind the product in one curve."""
    turn = np.linspace(0, np.pi / 2, 48)
    centre = _SWEEP_Y - _SWEEP_RADIUS
    curve = np.stack(
        [centre + _SWEEP_RADIUS * np.sin(turn), _SWEEP_RADIUS * (1 - np.cos(turn))], -1
    )
    profile = np.concatenate([[[-9.0, 0.0]], curve, [[_SWEEP_Y, 12.0]]])
    facing = np.concatenate([[[0.0, 1.0]], np.stack([-np.sin(turn), np.cos(turn)], -1), [[-1, 0]]])
    return _drawn_out(profile, facing, 14.0)


def _drawn_out(profile: Any, facing: Any, half_width: float) -> Mesh:
    """A (K, 2) profile in (y, z) drawn out along x, with its normals (K, 2)."""
    count = len(profile)
    x = np.tile([-half_width, half_width], count)
    yz, n_yz = np.repeat(profile, 2, 0), np.repeat(facing, 2, 0)
    vertices = np.column_stack([x, yz])
    normals = np.column_stack([np.zeros(2 * count), n_yz])
    uv = np.column_stack([x, np.arange(2 * count) // 2]) * 0.1
    at = 2 * np.arange(count - 1)
    faces = np.concatenate([np.stack([at, at + 1, at + 3], -1), np.stack([at, at + 3, at + 2], -1)])
    return geometry.as_mesh(vertices, normals, faces, uv)


def _floor(surface: Surface, seed: int, end: float) -> Piece:
    """A table top. Its texture repeats away from the product, never under it."""
    span = _SPANS.get(surface, _SPAN)
    reach = 12.0
    x, y = np.array([-1, 1, 1, -1]) * reach, np.array([-8.0, -8.0, end, end])
    vertices = np.column_stack([x, y, np.zeros(4)])
    uv = np.column_stack([x / span + 0.5, (y - 0.6) / span + 0.5])
    normals = np.tile([0.0, 0.0, 1.0], (4, 1))
    mesh = geometry.as_mesh(vertices, normals, np.array([[0, 1, 2], [0, 2, 3]]), uv)
    return Piece(mesh, {"bsdf": textured(grounds.ground(surface, seed), (1, 1), span)})


def _wall(colour: str, seed: int) -> Piece:
    mesh = _drawn_out([[_WALL_Y, -0.5], [_WALL_Y, 12.0]], [[-1, 0], [-1, 0]], 16.0)
    vertices = mesh.vertices
    uv = np.stack([vertices[:, 0], vertices[:, 2]], -1) / 5
    paint = {"type": "diffuse", "reflectance": picture(grounds.wall(colour, seed % 3))}
    return Piece(mesh._replace(uv=uv.astype(np.float32)), {"bsdf": two_sided(paint)})


def _place(setting: Setting, view: View) -> Piece:
    """A painting that shines by itself, square to the camera and a little larger than the frame,
    so that it looks alike from every height."""
    assert setting.place is not None
    forward, right, up = view.axes
    away = view.distance + _BEHIND
    across, down = (slope * away * _OVERLAP for slope in view.slopes)
    corners = [(-across, -down), (across, -down), (across, down), (-across, down)]
    vertices = np.array([view.eye + forward * away + right * x + up * y for x, y in corners])
    uv = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    mesh = geometry.as_mesh(vertices, np.tile(-forward, (4, 1)), faces, uv)
    light = paintings.painting(setting.place, view.width / view.height, setting.seed)
    shown = np.ascontiguousarray(light[::-1] / tone.fixed_exposure(setting.light))
    radiance = picture(shown, raw=True, clamp=True)
    black = {"type": "diffuse", "reflectance": reflectance("#000000")}
    return Piece(mesh, {"bsdf": black, "emitter": {"type": "area", "radiance": radiance}})


def _podium(setting: Setting, footprint: float) -> Piece:
    """A low turned block in the colour of the backdrop."""
    radius, top = footprint * 1.18 + 0.03, PODIUM_HEIGHT
    profile = [(1e-3, 0.0), (radius, 0.0), (radius, top), (1e-3, top)]
    mesh = geometry.lathe(profile, [0, 0.01, 0.018, 0], around=200)
    colour = colours.shaded(backdrop_colour(setting), 0.98)
    return Piece(mesh, {"bsdf": principled(colour, 0.6, 0.3)})
