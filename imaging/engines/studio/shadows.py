"""Shadows and reflections that follow a product's own base line.

All of it is computed from the silhouette alone, at a moderate size: shadows are soft.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.picture import Linear, Plane
from imaging.engines.studio.looks import ShadowKind

_SIDE = 720  # long side at which shadows are computed
_DARKEST = 0.88
STANDS = 0.3
"""Sureness from which a column of a product stands on the floor."""


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """Where the light comes from: `side` -1 (left) to 1 (right), `height` 0 (low, long shadows)
    to 1 (overhead)."""

    side: float = -0.7
    height: float = 0.55


def transmittance(kind: ShadowKind, alpha: Plane, lamp: Lamp, strength: float = 1.0) -> Plane:
    """(h, w) in [0, 1]: how much of the backdrop's light is left, at most 720 px long.

    `alpha` is the product in its whole frame, any size. Nothing reaches the frame's edge, so an
    exact background stays exact there.
    """
    scale = min(1.0, _SIDE / max(alpha.shape))
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    small = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    if kind == "none" or (small > 0.4).sum() < 9:
        return np.ones(small.shape, np.float32)
    ground = Ground(small)
    density = {
        "contact": _contact,
        "reflection": _contact,
        "soft": _soft,
        "hard": _hard,
        "floating": _floating,
        "drop": _drop,
        "hung": _hung,
    }[kind](ground, lamp)
    faded = density * ground.fade() * np.float32(strength)
    return np.asarray(1 - np.clip(faded, 0, _DARKEST), np.float32)


class Ground:
    """Where a silhouette meets the floor. Lengths are in pixels of the small picture."""

    def __init__(self, alpha: Plane) -> None:
        self.alpha = alpha
        self.height, self.width = alpha.shape
        solid = alpha > 0.4
        rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        self.left, self.right = int(columns[0]), int(columns[-1])
        self.top, self.bottom = int(rows[0]), int(rows[-1])
        self.tall = max(1, self.bottom - self.top)
        self.wide = max(1, self.right - self.left)
        self.size = float(np.sqrt(self.tall * self.wide))
        self.line, self.touch = base_line(solid, self.tall)
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        self.x, self.y = x, y
        self.up = self.line[None] - y  # height above the base line

    def fade(self) -> Plane:
        """0 up to 3 % of the frame from its edge, 1 from 13 % inwards."""
        x, y = self.x, self.y
        inset = np.minimum(np.minimum(x, self.width - 1 - x), self.height - 1 - y)
        reach = 0.1 * min(self.height, self.width)
        return np.asarray(np.clip(inset / reach - 0.3, 0, 1), np.float32)


def base_line(solid: NDArray[np.bool_], tall: int) -> tuple[Plane, Plane]:
    """Per column (W,): the row of the floor under the product (the lower hull of its outline,
    so that arches do not pull it up; level beyond its outermost feet), and how surely it stands
    there, 0 to 1."""
    height, width = solid.shape
    rows = np.arange(height)[:, None]
    foot = np.where(solid, rows, -1).max(axis=0)
    columns = np.flatnonzero(foot >= 0)
    hull: list[tuple[int, int]] = []
    for column in columns:
        point = (int(column), int(foot[column]))
        while len(hull) > 1 and _turns_up(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    corners = np.array(hull, np.float32)
    line = np.interp(np.arange(width), corners[:, 0], corners[:, 1]).astype(np.float32)
    slope = np.abs(np.gradient(_smooth(line, 0.008 * width)))
    gap = np.where(foot >= 0, line - foot, 1e3)
    stands = np.exp(-np.maximum(gap, 0) / (0.02 * tall + 1))
    stands *= np.clip((0.85 - slope) / 0.5, 0, 1)  # a steep flank does not stand
    stands *= np.clip(1 - (line.max() - line) / (0.28 * tall), 0, 1)
    touch = _smooth(stands.astype(np.float32), 0.006 * width)
    # Beside its feet a product's flanks and handles say nothing about the floor.
    feet = np.flatnonzero(touch > STANDS)
    if len(feet):
        line = np.interp(np.arange(width), feet, line[feet]).astype(np.float32)
    return _smooth(line, 0.01 * width) + np.float32(0.5), touch


def _turns_up(first: tuple[int, int], middle: tuple[int, int], last: tuple[int, int]) -> bool:
    cross = (middle[0] - first[0]) * (last[1] - first[1]) - (middle[1] - first[1]) * (
        last[0] - first[0]
    )
    return cross >= 0


def _smooth(line: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    blurred = cv2.GaussianBlur(line[None], (0, 0), max(1.0, sigma), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32).ravel()


def _blur(plane: Plane, across: float, down: float | None = None) -> Plane:
    down = across if down is None else down
    return np.asarray(
        cv2.GaussianBlur(plane, (0, 0), max(0.5, across), sigmaY=max(0.5, down)), np.float32
    )


def _contact(ground: Ground, lamp: Lamp) -> Plane:
    """The dark seam and the occlusion right under the product."""
    del lamp
    up, touch, size = np.abs(ground.up), ground.touch[None], ground.size
    seam = _blur(np.exp(-up / (0.009 * size + 0.5)) * touch, 0.004 * size + 0.4)
    under = _blur(np.exp(-up / (0.03 * size)) * touch, 0.02 * size)
    shade = 0.66 * np.clip(seam, 0, 1) + 0.44 * under
    for x, y in _thin_feet(ground):
        distance = ((ground.x - x) / (0.035 * size)) ** 2 + ((ground.y - y) / (0.014 * size)) ** 2
        shade = np.maximum(shade, 0.5 * np.exp(-distance))
    return np.asarray(shade, np.float32)


def _thin_feet(ground: Ground) -> list[tuple[int, int]]:
    """(x, y) of legs that stand behind the base line, as the back legs of a chair do: narrow
    tips with a long run of product above them, so that no handle is taken for one."""
    solid = ground.alpha > 0.4
    rows = np.arange(ground.height)[:, None]
    foot = np.where(solid, rows, -1).max(axis=0)
    reach = max(2, round(0.04 * ground.wide))
    feet: list[tuple[int, int]] = []
    for x in range(ground.left, ground.right + 1):
        y = int(foot[x])
        around = foot[max(0, x - reach) : x + reach + 1]
        gap = float(ground.line[x]) - y
        if y < around.max() or not 0.03 * ground.tall < gap < 0.35 * ground.tall:
            continue
        above = y - max(1, round(0.02 * ground.tall))
        nearby = solid[above, max(0, x - 2 * reach) : x + 2 * reach + 1]
        run = solid[max(0, y - round(0.12 * ground.tall)) : y, max(0, x - 1) : x + 2].any(axis=1)
        apart = not feet or x - feet[-1][0] > reach
        if apart and nearby.sum() < 0.07 * ground.wide and run.all():
            feet.append((x, y))
    return feet


def _soft(ground: Ground, lamp: Lamp) -> Plane:
    """Contact, a cast whose penumbra widens with height, and the shade of a large light."""
    size, up = ground.size, ground.up
    cast = np.zeros_like(up)
    for share, spread, weight in ((0.2, 0.025, 0.42), (0.5, 0.055, 0.36), (1.0, 0.11, 0.22)):
        low = ground.alpha * np.clip(1 - (up - share * ground.tall) / (0.15 * ground.tall), 0, 1)
        cast += weight * _thrown(ground, low, lamp, 0.22, spread * size)
    stands = _smooth((ground.touch > 0.1).astype(np.float32), 0.06 * ground.wide)[None]
    near = np.exp(-np.maximum(np.abs(up) - 0.02 * size, 0) / (0.07 * size)) * stands
    shade = _contact(ground, lamp) + 0.36 * cast + 0.26 * _blur(near, 0.05 * size)
    return np.asarray(shade, np.float32)


def _hard(ground: Ground, lamp: Lamp) -> Plane:
    """The outline thrown on the floor by one lamp, crisp at the foot, a little softer beyond."""
    size = ground.size
    near = ground.alpha * np.clip(1 - (ground.up - 0.35 * ground.tall) / (0.3 * ground.tall), 0, 1)
    squash = 0.42 - 0.2 * lamp.height
    crisp = _thrown(ground, near, lamp, squash, 0.004 * size)
    whole = _thrown(ground, ground.alpha, lamp, squash, 0.012 * size)
    return np.asarray(0.5 * np.maximum(crisp, whole) + 0.6 * _contact(ground, lamp), np.float32)


def _thrown(ground: Ground, source: Plane, lamp: Lamp, squash: float, blur: float) -> Plane:
    """The silhouette laid on the floor behind the product, away from the lamp."""
    shear = -lamp.side * (1.2 - 0.75 * lamp.height)
    lift = ground.up / squash
    # A floor shadow starts at the base line of its own column, which slants with the product.
    thrown = cv2.remap(
        source,
        ground.x - shear * lift,
        ground.line[None] - lift,
        cv2.INTER_LINEAR,
        borderValue=0,
    )
    return _blur(np.asarray(thrown) * (ground.up > -1), blur, blur * 0.55)


def _floating(ground: Ground, lamp: Lamp) -> Plane:
    """An ellipse on the floor some way under a product that hangs in the air."""
    centre = (ground.left + ground.right) / 2 - 0.06 * lamp.side * ground.wide
    down = ground.bottom + 0.075 * ground.tall
    across, deep = 0.4 * ground.wide, max(2.0, 0.035 * ground.size)
    distance = ((ground.x - centre) / across) ** 2 + ((ground.y - down) / deep) ** 2
    disc = np.clip(1.6 - 1.2 * distance, 0, 1).astype(np.float32)
    return 0.42 * _blur(disc, 0.05 * ground.size, 0.018 * ground.size)


def _drop(ground: Ground, lamp: Lamp) -> Plane:
    """The outline pushed away from the lamp on the surface it lies on."""
    size = ground.size
    density = np.zeros_like(ground.alpha)
    for share, offset, spread in ((0.34, 0.012, 0.008), (0.3, 0.035, 0.03)):
        move = np.array([[1, 0, -lamp.side * offset * size], [0, 1, offset * size]], np.float32)
        moved = cv2.warpAffine(ground.alpha, move, (ground.width, ground.height))
        density += np.float32(share) * _blur(np.asarray(moved), spread * size)
    return density


def _hung(ground: Ground, lamp: Lamp) -> Plane:
    """The outline on a wall behind a product that hangs before it: wide and faint."""
    size = ground.size
    density = np.zeros_like(ground.alpha)
    for share, offset, spread in ((0.12, 0.03, 0.022), (0.2, 0.075, 0.07)):
        move = np.array(
            [[1, 0, -lamp.side * offset * size], [0, 1, 0.8 * offset * size]], np.float32
        )
        moved = cv2.warpAffine(ground.alpha, move, (ground.width, ground.height))
        density += np.float32(share) * _blur(np.asarray(moved), spread * size)
    return density


def reflection(
    light: Linear, alpha: Plane, strength: float = 0.24, depth: float = 0.3
) -> tuple[Linear, Plane]:
    """What a glossy floor shows under the product: (rows, w, 3) premultiplied linear light and
    (rows, w) alpha, both as wide as the product's box; the first row is the box's first row.

    Every column is mirrored about the floor under it, so a slanted base stays attached and a
    handle in the air is mirrored as far below the floor.
    """
    height, width = alpha.shape
    rows = height + round(depth * height)
    solid = alpha > 0.5
    if not solid.any():
        return np.zeros((rows, width, 3), np.float32), np.zeros((rows, width), np.float32)
    foot, _ = base_line(solid, height)
    y, x = np.mgrid[0:rows, 0:width].astype(np.float32)
    mirrored = 2 * foot[None] - y
    below = y - foot[None]
    fade = np.clip(1 - below / (depth * height), 0, 1) ** 1.7 * (below > -1) * strength
    fade = fade.astype(np.float32)
    image = np.asarray(cv2.remap(light, x, mirrored, cv2.INTER_LINEAR, borderValue=0))
    matte = np.asarray(cv2.remap(alpha, x, mirrored, cv2.INTER_LINEAR, borderValue=0))
    soften = 0.004 * height
    return _blur(image * fade[..., None], soften), _blur(matte * fade, soften)
