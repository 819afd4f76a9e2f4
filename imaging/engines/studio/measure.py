"""What a photo is like: its tones, its noise and the colour of its light.

Everything is measured on a small copy, so that it costs milliseconds whatever the size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import Pixels
from imaging.engines.picture import Linear, Plane, fit_within, luma, to_linear

_SMALL = 320
_MOST_SMEARED = 2.5  # times the finest grain that smeared noise may be believed
_NEUTRAL = 0.045  # log-chroma within which a surface counts as grey
_WARMEST, _GREENEST = 0.75, 0.22  # log-chroma of the strangest light believed to be light


@dataclass(frozen=True, kw_only=True)
class Tones:
    """Percentiles of CIE lightness, 0 black to 100 white."""

    black: float  # 0.5 % of the darkest channel: what a veil of light adds to all three
    middle: float  # 50 %
    bright: float  # 90 %
    white: float  # 99.5 %
    clipped: float  # share of pixels with a channel at 255


@dataclass(frozen=True, kw_only=True)
class Light:
    """The colour of the light a photo was taken in.

    `colour` is linear RGB with a mean of 1; `belief` in [0, 1] says how far the photo supports
    it (0: the photo may as well be of coloured things in white light).
    """

    colour: tuple[float, float, float]
    belief: float


def small_copy(pixels: Pixels, side: int = _SMALL) -> Pixels:
    """RGB of `pixels` with a long side of at most `side`, area averaged."""
    rgb = np.ascontiguousarray(pixels[..., :3])
    size = fit_within((rgb.shape[1], rgb.shape[0]), side)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def lightness(light: Linear) -> Plane:
    """(H, W) CIE L* of linear sRGB. Source: CIE 15."""
    return lightness_of(luma(light))


def lightness_of(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE L* of relative luminance (any shape)."""
    cube = np.cbrt(np.maximum(luminance, 0))
    scaled = np.where(luminance > 0.008856, 116 * cube - 16, 903.3 * luminance)
    return np.clip(scaled, 0, 100).astype(np.float32)


def luminance_of(lightness_value: float) -> float:
    """The inverse of `lightness_of` for one value."""
    if lightness_value <= 8:
        return lightness_value / 903.3
    return float(((lightness_value + 16) / 116) ** 3)


def tones(pixels: Pixels) -> Tones:
    """The tones of a photo."""
    small = small_copy(pixels)
    linear = to_linear(small)
    middle, bright, white = np.percentile(lightness(linear), [50, 90, 99.5])
    # Source: He, Sun and Tang, Single Image Haze Removal Using Dark Channel Prior, CVPR 2009.
    black = np.percentile(lightness_of(linear.min(axis=2)), 0.5)
    return Tones(
        black=float(black),
        middle=float(middle),
        bright=float(bright),
        white=float(white),
        clipped=clipped_share(pixels),
    )


def clipped_share(pixels: Pixels) -> float:
    """Share of pixels with a channel at its upper end, where detail is lost."""
    step = max(1, max(pixels.shape[:2]) // 1024)
    return float((pixels[::step, ::step, :3] == 255).any(axis=2).mean())


def noise(pixels: Pixels) -> float:
    """Standard deviation of the luma noise, 0 to 1.

    Cameras and JPEG smear noise over neighbours, where a mask of three pixels misses it, so half
    the size is measured, too: there smeared noise is stronger than single grains would be.
    Source of the mask: Immerkaer, Fast Noise Variance Estimation, CVIU 1996.
    """
    height, width = pixels.shape[:2]
    window = pixels[
        max(0, height // 2 - 512) : height // 2 + 512, max(0, width // 2 - 512) : width // 2 + 512
    ]
    grey = cv2.cvtColor(np.ascontiguousarray(window[..., :3]), cv2.COLOR_RGB2GRAY)
    fine = np.asarray(grey).astype(np.float32) / np.float32(255)
    half = (max(1, fine.shape[1] // 2), max(1, fine.shape[0] // 2))
    coarse = np.asarray(cv2.resize(fine, half, interpolation=cv2.INTER_AREA), np.float32)
    grains = _grains(fine)
    return max(grains, min(2 * _grains(coarse), _MOST_SMEARED * grains))


def _grains(grey: Plane) -> float:
    """Blocks are measured one by one and the calm ones decide, so that texture is not taken for
    noise; blocks at the ends of the scale, where noise is cut off, are left out."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    block = 16
    rows, columns = grey.shape[0] // block, grey.shape[1] // block
    if rows * columns < 4:
        return 0.0
    size = (columns, rows)
    response = np.abs(cv2.filter2D(grey, -1, mask))[: rows * block, : columns * block]
    level = cv2.resize(grey[: rows * block, : columns * block], size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(response, size, interpolation=cv2.INTER_AREA)
    usable = (np.asarray(level) > 0.03) & (np.asarray(level) < 0.96)
    if usable.sum() < 4:
        return 0.0
    return float(np.percentile(np.asarray(mean)[usable], 20) * np.sqrt(np.pi / 2) / 6)


def light(pixels: Pixels) -> Light:
    """The colour of the light, judged from four estimates and the presence of greys.

    Coloured backdrops are not mistaken for coloured light: daylight and lamps vary between blue
    and orange, hardly between green and magenta, and under coloured light nothing looks grey.
    Sources: Finlayson and Trezzi, Shades of Gray, CIC 2004; van de Weijer et al., Edge-Based
    Color Constancy, TIP 2007.
    """
    linear = to_linear(small_copy(pixels))
    brightness = linear.max(axis=2)
    usable = (brightness < 0.97) & (brightness > 0.02) & (linear.min(axis=2) > 0.003)
    if usable.mean() < 0.02:
        return Light(colour=(1.0, 1.0, 1.0), belief=0.0)
    estimates = np.array(
        [
            _power_mean(linear[usable]),
            _edge_colour(linear, usable),
            _bright_border(linear, usable),
            _brightest(linear[usable]),
        ]
    )
    chroma = _log_chroma(estimates)  # (4, 2)
    centre = np.median(chroma, axis=0)
    spread = float(np.abs(chroma - centre).max(axis=1).mean())
    warmth, magenta = (float(v) for v in centre)
    agreement = float(np.exp(-((spread / 0.22) ** 2)))
    # Lamps are a little greener the warmer they are (black body against the sRGB primaries).
    strange = abs(magenta + 0.2 * max(warmth, 0.0))
    plausible = max(0.0, 1 - (strange / _GREENEST) ** 2) * float(abs(warmth) < _WARMEST)
    believed = agreement * plausible * (1 - _grey_share(linear, usable, brightness))
    return Light(colour=_from_log_chroma(warmth, magenta), belief=believed)


def _power_mean(colours: NDArray[np.float32], power: float = 5.0) -> NDArray[np.float32]:
    return np.asarray((colours**power).mean(axis=0) ** (1 / power), np.float32)


def _brightest(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of the brightest hundredth: labels, paper and highlights are whiter than backdrops."""
    shine = colours.sum(axis=1)
    return np.asarray(colours[shine >= np.percentile(shine, 99)].mean(axis=0), np.float32)


def _edge_colour(linear: Linear, usable: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean colour of the differences between neighbours: greys of the light, not of the paint."""
    across = np.abs(np.diff(linear, axis=1))[:-1]
    down = np.abs(np.diff(linear, axis=0))[:, :-1]
    inside = usable[:-1, :-1] & usable[1:, :-1] & usable[:-1, 1:]
    steps = (across + down)[inside]
    if len(steps) < 16 or steps.mean() < 1e-5:
        return _power_mean(linear[usable])
    return np.asarray((steps**2).mean(axis=0) ** 0.5 + 1e-6, np.float32)


def _bright_border(linear: Linear, usable: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Median colour of the brighter half of the frame's border, where backdrops are."""
    rim = max(2, min(linear.shape[:2]) // 12)
    border = np.ones(usable.shape, bool)
    border[rim:-rim, rim:-rim] = False
    colours = linear[border & usable]
    if len(colours) < 16:
        return _power_mean(linear[usable])
    shine = colours.sum(axis=1)
    return np.asarray(np.median(colours[shine >= np.median(shine)], axis=0), np.float32)


def _log_chroma(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 3) linear RGB -> (n, 2): warmth (orange over blue) and magenta (over green)."""
    logs = np.log(np.maximum(colours, 1e-4))
    red, blue = logs[:, 0] - logs[:, 1], logs[:, 2] - logs[:, 1]
    return np.stack([(red - blue) / 2, (red + blue) / 2], axis=1)


def _from_log_chroma(warmth: float, magenta: float) -> tuple[float, float, float]:
    colour = np.exp([magenta + warmth, 0.0, magenta - warmth])
    red, green, blue = (float(v) for v in colour / colour.mean())
    return red, green, blue


def _grey_share(
    linear: Linear, usable: NDArray[np.bool_], brightness: NDArray[np.float32]
) -> float:
    """0 to 1: how surely the photo shows true greys or whites, in light that is not dim."""
    lit = usable & (brightness > 0.35 * np.percentile(brightness, 99))
    if lit.sum() < 16:
        return 0.0
    chroma = np.abs(_log_chroma(linear[lit]))
    share = float((chroma < _NEUTRAL).all(axis=1).mean())
    return min(1.0, share / 0.06)
