"""Light rigs: softboxes, domes and a sun through a window, around a product of one unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import colours
from .bsdf import reflectance, spectrum
from .camera import F64, View
from .spec import Light
from .variant import mitsuba

Point = tuple[float, float, float]

# How far a lamp moves sideways to be out of the picture, the least that does.
_PUSHES = (1.0, 1.25, 1.55, 1.9, 2.4, 3.0)


class Rig:
    """Collects the emitters of one set-up. `turn` swings every lamp about the product, degrees;
    none of them shows in the `view`."""

    def __init__(self, middle: float, turn: float, view: View) -> None:
        self.middle: Point = (0.0, 0.0, middle)
        self.shapes: dict[str, Any] = {}
        self._turn = np.radians(turn)
        self._view = view

    def softbox(
        self,
        name: str,
        position: Point,
        half_width: float,
        half_height: float,
        radiance: float,
        colour: str = "#ffffff",
        aim: Point | None = None,
    ) -> None:
        """A rectangular lamp that faces the product (or `aim`)."""
        c, s = np.cos(self._turn), np.sin(self._turn)
        turned = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array(position)
        target = np.array(aim or self.middle)
        for push in _PUSHES:
            origin = turned * [push, 1, 1]
            # Farther away and as much larger: the product gets the same light.
            grown = float(np.linalg.norm(origin - target) / np.linalg.norm(turned - target))
            place = _facing(origin, target, half_width * grown, half_height * grown)
            if not self._view.sees(_points_of(place)):
                break
        light = colours.linear(colours.rgb(colour)) * radiance
        self.shapes[name] = {
            "type": "rectangle",
            "to_world": place,
            "emitter": {"type": "area", "radiance": spectrum(light)},
            "bsdf": {"type": "diffuse", "reflectance": reflectance("#000000")},
        }

    def dome(self, top: str, horizon: str, radiance: float) -> None:
        """Light from all around, from the horizon's colour to the zenith's."""
        mi = mitsuba()
        height = np.linspace(1, -1, 64, dtype=np.float32)[:, None, None]
        share = np.clip(height * 0.5 + 0.5, 0, 1) ** 1.2
        low, high = (colours.linear(colours.rgb(c)) for c in (horizon, top))
        sky = np.repeat((low * (1 - share) + high * share) * radiance, 128, 1)
        self.shapes["dome"] = {
            "type": "envmap",
            "bitmap": mi.Bitmap(np.ascontiguousarray(sky, np.float32)),
            "to_world": mi.ScalarTransform4f().rotate([1, 0, 0], 90),
        }

    def window(self, sun: Point, aim: Point) -> None:
        """A window frame half-way between the sun and what it shines on."""
        mi = mitsuba()
        origin, target = np.array(sun), np.array(aim)
        half_way = origin + (target - origin) * 0.52
        place = mi.ScalarTransform4f().look_at(
            origin=[float(v) for v in half_way], target=list(aim), up=[0, 0, 1]
        )
        dark = {"type": "diffuse", "reflectance": reflectance("#222222")}
        bars = {
            "jamb_left": (-1.73, 0.0, 0.55, 2.2),
            "mullion_left": (-0.37, 0.0, 0.06, 2.2),
            "mullion_right": (0.44, 0.0, 0.06, 2.2),
            "jamb_right": (1.80, 0.0, 0.55, 2.2),
            "transom_low": (0.0, -0.62, 2.4, 0.05),
            "transom_high": (0.0, 0.30, 2.4, 0.05),
        }
        for name, (x, y, half_width, half_height) in bars.items():
            at = mi.ScalarTransform4f().translate([x, y, 0])
            size = mi.ScalarTransform4f().scale([half_width, half_height, 0.02])
            self.shapes[name] = {"type": "cube", "to_world": place @ at @ size, "bsdf": dark}

    def fronds(self, sun: Point, aim: Point) -> None:
        """Palm fronds between the sun and what it shines on."""
        mi = mitsuba()
        origin, target = np.array(sun), np.array(aim)
        half_way = origin + (target - origin) * 0.6
        place = mi.ScalarTransform4f().look_at(
            origin=[float(v) for v in half_way], target=list(aim), up=[0, 0, 1]
        )
        dark = {"type": "diffuse", "reflectance": reflectance("#1d2a18")}
        transform = mi.ScalarTransform4f()
        for number, (x, y, turn, length) in enumerate(_FRONDS):
            stem = place @ transform.translate([x, y, 0]) @ transform.rotate([0, 0, 1], turn)
            for leaflet, along in enumerate(np.linspace(0.12, 1.0, 15)):
                for side in (-1, 1):
                    long = 0.42 * length * (1.15 - abs(float(along) - 0.45))
                    lean = side * (62 - 34 * float(along))
                    leaf = (
                        stem
                        @ transform.translate([float(along) * length, 0, 0.01 * side])
                        @ transform.rotate([0, 0, 1], lean)
                        @ transform.translate([long / 2, 0, 0])
                        @ transform.scale([long / 2, 0.021 * length, 1])
                    )
                    name = f"frond{number}_{leaflet}_{'left' if side < 0 else 'right'}"
                    self.shapes[name] = {
                        "type": "disk",
                        "to_world": leaf,
                        "bsdf": {"type": "twosided", "bsdf": dark},
                    }


# Fronds as they hang before the sun: (x, y) of the stem's foot, its direction in degrees, length.
_FRONDS = (
    (-1.55, 0.75, -18.0, 1.7),
    (-1.35, -0.95, 28.0, 1.5),
    (1.7, 1.0, 205.0, 1.5),
)


def _facing(origin: F64, target: F64, half_width: float, half_height: float) -> Any:
    """The transform of the unit square to a lamp at `origin` that faces `target`."""
    transform = mitsuba().ScalarTransform4f()
    place = transform.look_at(
        origin=[float(v) for v in origin], target=[float(v) for v in target], up=[0, 0.01, 1]
    )
    return place @ transform.scale([half_width, half_height, 1])


def _points_of(place: Any) -> F64:
    """(81, 3) points all over a lamp."""
    x, y = (g.ravel() for g in np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)))
    matrix = np.array(place.matrix, np.float64).reshape(4, 4)
    points: F64 = (np.stack([x, y, 0 * x, 0 * x + 1], -1) @ matrix.T)[:, :3]
    return points


def rig(light: Light, view: View, *, podium: float, turn: float) -> dict[str, Any]:
    """The emitters (and gobos) of a light, by name. `turn` varies the key light's azimuth."""
    made = Rig(0.45 + podium, turn, view)
    _RIGS[light](made)
    return made.shapes


def _softbox(rig: Rig) -> None:
    rig.dome("#ffffff", "#d6dadf", 0.21)
    rig.softbox("key", (-2.3, -1.1, 2.3), 0.75, 1.0, 13.0, "#fff8ee")
    rig.softbox("fill", (3.2, -2.2, 1.4), 0.8, 1.1, 0.9, "#eaf2ff")
    rig.softbox("rim", (1.9, 1.5, 2.4), 0.3, 1.1, 7.0)
    rig.softbox("card", (0.6, -2.6, 3.4), 0.7, 0.5, 1.6)


def _highkey(rig: Rig) -> None:
    rig.dome("#ffffff", "#ffffff", 0.62)
    rig.softbox("key", (-2.2, -1.6, 2.8), 0.9, 1.1, 8.5)
    rig.softbox("fill", (2.8, -2.2, 2.0), 1.2, 1.2, 1.2)
    rig.softbox("back", (0, 2.2, 3.8), 2.4, 0.8, 5.0, aim=(0, 3.2, 0.6))


def _lowkey(rig: Rig) -> None:
    rig.dome("#8fa0b8", "#30343c", 0.05)
    rig.softbox("key", (-2.4, 0.5, 2.5), 0.35, 1.4, 16, "#fff0dd")
    rig.softbox("rim", (2.5, 1.3, 1.7), 0.28, 1.4, 13, "#dfe9ff")
    rig.softbox("front", (-0.8, -2.4, 3.2), 0.6, 0.6, 2.2)
    # Seen by polished metal only: gold that mirrors a dark room is black.
    rig.softbox("card", (-2.4, -2.2, 1.3), 0.8, 1.3, 1.0, "#fff3e2")
    rig.softbox("edge", (2.6, -2.0, 1.0), 0.6, 1.3, 0.7, "#eef3ff")


def _sun(rig: Rig) -> None:
    rig.dome("#dfeaff", "#f3e9dc", 0.34)
    _through_window(rig, (-4.6, -3.2, 4.4), 3070, "#ffe9c9")


def _sunset(rig: Rig) -> None:
    rig.dome("#cfd6ff", "#f3e9dc", 0.22)
    _through_window(rig, (-4.6, -3.2, 2.9), 2480, "#ffc08a")


def _through_window(rig: Rig, sun: Point, radiance: float, colour: str) -> None:
    aim = (0.2, 0.3, 0.3)
    rig.softbox("key", sun, 0.07, 0.07, radiance, colour, aim=aim)
    rig.softbox("fill", (3.0, -2.4, 1.6), 1.2, 1.2, 0.5)
    rig.window(sun, aim)


def _neon(rig: Rig) -> None:
    rig.dome("#26233a", "#15131f", 0.12)
    rig.softbox("key", (-2.2, 0.2, 1.6), 0.25, 1.5, 16, "#ff3d9a")
    rig.softbox("rim", (2.2, 0.3, 1.6), 0.25, 1.5, 16, "#22c9ff")
    rig.softbox("front", (0, -2.4, 3.2), 0.7, 0.6, 1.6)


def _open(rig: Rig) -> None:
    """Outdoors: a bright sky and a sun behind thin cloud."""
    rig.dome("#e3eeff", "#f4efe6", 0.42)
    rig.softbox("key", (-3.4, -0.6, 4.2), 0.42, 0.42, 62, "#fff0d6")
    rig.softbox("fill", (3.0, -2.4, 1.6), 1.2, 1.2, 0.7)


def _dappled(rig: Rig) -> None:
    """A low sun through the fronds of a palm."""
    sun, aim = (-6.6, -5.1, 5.6), (0.1, 2.4, 0.85)
    rig.dome("#e6eeff", "#f5ecdf", 0.34)
    rig.softbox("key", sun, 0.05, 0.05, 16800, "#ffe6c0", aim=aim)
    rig.softbox("fill", (3.0, -2.4, 1.6), 1.2, 1.2, 0.5)
    rig.fronds(sun, aim)


_RIGS: dict[Light, Callable[[Rig], None]] = {
    "softbox": _softbox,
    "highkey": _highkey,
    "lowkey": _lowkey,
    "sun": _sun,
    "sunset": _sunset,
    "neon": _neon,
    "open": _open,
    "dappled": _dappled,
}
