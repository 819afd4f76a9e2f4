"""Light and colour of a photo: white balance, exposure, contrast, vividness, noise, sharpness.

A `Correction` is numbers only; `apply` makes the picture. `automatic` decides on numbers that
cannot make a photo worse: a photo that is well lit and neutral is left almost as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import Pixels
from imaging.engines.picture import luma
from imaging.engines.studio import measure
from imaging.engines.studio.strips import in_strips

_CODES = np.arange(256, dtype=np.float64) / 255
_AUTOMATIC_BALANCE = 0.75  # share of a believed cast that is taken out
_WHITE_TARGET = 95.0  # lightness that the brightest parts of a photo should reach
_MOST_STOPS = 2.4
_NOISY = 0.011  # noise (0 to 1) from which it is worth removing
_PROBE = 512  # side of the part of a photo on which a correction is tried
_MOST_NOISE = 0.02  # an exposure lift may not raise noise above this


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What to change. The defaults change nothing."""

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)  # linear light, per channel
    stops: float = 0.0  # exposure
    black: float = 0.0  # linear light that becomes black
    gamma: float = 1.0  # below 1 lifts the middle tones
    contrast: float = 0.0  # S-curve, -1 to 1
    vividness: float = 0.0  # -1 grey, 0 as it is, 1 twice the chroma
    sharpness: float = 0.0  # 0 to 1
    noise: float = 0.0  # standard deviation to remove, 0 to 1


def automatic(pixels: Pixels) -> Correction:
    """What helps this photo without a word from its owner."""
    tones = measure.tones(pixels)
    light = measure.light(pixels)
    noise = measure.noise(pixels)
    stops = _exposure(tones)
    noisy = noise > _NOISY or noise * 2 ** (stops / 2.2) > 1.2 * _NOISY
    left = noise * (0.4 if noisy else 1.0)
    if left > 0.002:
        stops = float(min(stops, 2.2 * max(0.0, np.log2(_MOST_NOISE / left))))
    return Correction(
        gains=balance(light, light.belief * _cautious(light)),
        stops=stops,
        black=_haze(tones),
        gamma=_lift(tones, stops),
        contrast=float(np.interp(tones.white - tones.black, [5, 25, 60], [0, 0.3, 0.06])),
        vividness=0.08,
        sharpness=0.35,
        noise=noise if noisy else 0.0,
    )


def _cautious(light: measure.Light) -> float:
    """Share of a cast to take out: warm evening light is a mood as often as a fault."""
    red, _, blue = light.colour
    cast = abs(float(np.log(red / blue))) / 2
    return _AUTOMATIC_BALANCE * min(1.0, 0.36 / max(cast, 1e-6))


def balance(light: measure.Light, share: float) -> tuple[float, float, float]:
    """Gains that take `share` (0 to 1) of the light's colour out, keeping a grey's luminance."""
    gains = np.array(light.colour) ** -share
    red, green, blue = gains / float(gains @ np.array([0.2126, 0.7152, 0.0722]))
    return float(red), float(green), float(blue)


def _exposure(tones: measure.Tones) -> float:
    """Stops that bring the brightest parts to white; nothing where they are there already, nor
    where the photo is all one tone and none of it need be white."""
    if tones.white >= _WHITE_TARGET or tones.white < 4 or tones.white - tones.black < 3:
        return 0.0
    wanted = measure.luminance_of(_WHITE_TARGET) / measure.luminance_of(tones.white)
    # A frame that is dark all over, with a glint somewhere, is judged by its bright tenth too.
    return float(min(_MOST_STOPS, 0.85 * np.log2(wanted)))


def _haze(tones: measure.Tones) -> float:
    """Linear light to take away where even the darkest parts are grey. White on white, where
    nothing was meant to be black, is left alone."""
    veil = np.interp(tones.black, [8, 16, 28, 40, 52, 66], [0, 6, 17, 28, 32, 0])
    return measure.luminance_of(float(veil)) if tones.white > tones.black + 20 else 0.0


def _lift(tones: measure.Tones, stops: float) -> float:
    """Gamma for a photo whose bright tenth is still dark after the exposure. Night and black
    backdrops, whose middle is black, keep their mood."""
    bright = measure.luminance_of(tones.bright) * 2**stops
    after = float(measure.lightness_of(np.array([bright], np.float32))[0])
    if tones.middle < 7 or after >= 62:
        return 1.0
    return float(np.interp(after, [30, 62], [0.8, 1.0]))


def curves(correction: Correction) -> NDArray[np.float32]:
    """(3, 256) float32: per channel, sRGB code -> corrected value in [0, 1]."""
    encoded = np.where(
        _CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4
    )  # linear light
    out = np.empty((3, 256), np.float32)
    for channel, gain in enumerate(correction.gains):
        clear = np.maximum(encoded - correction.black, 0) / (1 - correction.black)
        light = _shoulder(clear * gain * 2**correction.stops, gain * 2**correction.stops)
        code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        code = np.clip(code, 0, 1) ** correction.gamma
        bend = code * code * (3 - 2 * code) - code
        out[channel] = np.clip(code + correction.contrast * bend, 0, 1)
    return out


def _shoulder(light: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
    """Bend what a gain would push past white back under it; the identity for gains up to 1."""
    if gain <= 1.001:
        return light
    knee = max(0.55, 1 - 0.5 * (gain - 1))
    room = 1 - knee
    top = -np.expm1(-(gain - knee) / room)  # where full white ends up
    over = knee + room * -np.expm1(-(np.maximum(light, knee) - knee) / room) / top
    return np.where(light <= knee, light, over)


def apply(pixels: Pixels, correction: Correction) -> Pixels:
    """`pixels` corrected, same size; alpha is passed through."""
    rgb = np.ascontiguousarray(pixels[..., :3])
    if correction.noise > 0:
        rgb = denoise(rgb, correction.noise)
    rgb = recolour(rgb, correction)
    if correction.sharpness > 0:
        rgb = sharpen(rgb, correction.sharpness, measure.noise(rgb))
    return np.dstack([rgb, pixels[..., 3]]) if pixels.shape[2] == 4 else rgb


def recolour(pixels: Pixels, correction: Correction) -> Pixels:
    """Only the part of a correction that depends on a pixel's own colour: curves, vividness.

    (H, W, 3) uint8 in and out. Where the curves widen the steps between codes the result is
    dithered, so that skies and backdrops do not band.
    """
    tables = curves(correction)
    if correction.vividness == 0 and np.abs(tables - _CODES.astype(np.float32)).max() < 0.001:
        return pixels
    tints = max(correction.gains) - min(correction.gains) > 0.01
    grain = _grain()
    stretched = float(np.diff(tables, axis=1).max()) * 255 > 1.4

    def work(strip: Pixels, top: int) -> Pixels:
        colour = cv2.merge([cv2.LUT(strip[..., c], tables[c]) for c in range(3)])
        kept = _unburnt(np.asarray(colour, np.float32), strip) if tints else colour
        toned = vivid(np.asarray(kept, np.float32), correction.vividness)
        level = toned * np.float32(255) + np.float32(0.5)
        if stretched:
            level += _tiled(grain, strip.shape[0], strip.shape[1], top)[..., None]
        return np.asarray(np.clip(level, 0, 255), np.uint8)

    return in_strips(pixels, work)


def _unburnt(colour: NDArray[np.float32], before: Pixels) -> NDArray[np.float32]:
    """Corrected colours in which a channel that was clipped before is no lower than the others.

    What it really was is lost, but it was more: a gain under 1 would make cyan of burnt whites.
    """
    burnt = np.clip((before.astype(np.float32) - 247) / 8, 0, 1)
    highest = colour.max(axis=2, keepdims=True)
    return np.asarray(colour + burnt * (highest - colour), np.float32)


def _grain() -> NDArray[np.float32]:
    """(128, 128) triangular noise of one code, always the same."""
    rng = np.random.default_rng(20)
    return ((rng.random((128, 128)) - rng.random((128, 128))) * 0.7).astype(np.float32)


def _tiled(tile: NDArray[np.float32], height: int, width: int, top: int) -> NDArray[np.float32]:
    rows = (np.arange(top, top + height) % tile.shape[0])[:, None]
    return np.asarray(tile[rows, np.arange(width) % tile.shape[1]])


def vivid(colour: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Scale the chroma of (H, W, 3) non-linear RGB by 1 + amount, luma kept.

    Pale colours gain most, near-greys and strong colours little, and no channel is pushed past
    its end (nothing clips that did not before).
    """
    if amount == 0:
        return colour
    grey = luma(colour)[..., None]
    chroma = colour - grey
    largest = np.abs(chroma).max(axis=2, keepdims=True)
    if amount < 0:
        return np.asarray(grey + chroma * np.float32(1 + max(-1.0, amount)), np.float32)
    wanted = np.minimum(largest / 0.03, 1) * np.maximum(1 - largest / 0.7, 0) * np.float32(amount)
    room = np.minimum(1 - colour.max(axis=2, keepdims=True), colour.min(axis=2, keepdims=True))
    allowed = 0.6 * room / np.maximum(largest, 1e-3)
    return np.asarray(colour + chroma * np.minimum(wanted, np.maximum(allowed, 0)), np.float32)


def denoise(pixels: Pixels, sigma: float) -> Pixels:
    """Less noise of standard deviation `sigma` (0 to 1), most of the texture kept.

    Colour noise is removed at half size, where it costs a quarter. A share of the original is
    mixed back, so that leather and linen do not turn to plastic.
    Source: Buades, Coll and Morel, Non-Local Means Denoising, IPOL 2011.
    """
    strength = float(np.clip(sigma * 255 * 0.9, 1.5, 9))
    planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb))
    size = (pixels.shape[1], pixels.shape[0])
    bright = cv2.fastNlMeansDenoising(np.ascontiguousarray(planes[..., 0]), None, strength, 3, 9)
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    clean = [np.asarray(bright)]
    for channel in (1, 2):
        small = cv2.resize(
            np.ascontiguousarray(planes[..., channel]), half, interpolation=cv2.INTER_AREA
        )
        calm = cv2.fastNlMeansDenoising(np.asarray(small), None, strength * 0.8, 3, 7)
        clean.append(np.asarray(cv2.resize(calm, size, interpolation=cv2.INTER_CUBIC)))
    quiet = cv2.cvtColor(cv2.merge(clean), cv2.COLOR_YCrCb2RGB)
    return np.asarray(cv2.addWeighted(quiet, 0.9, pixels, 0.1, 0), np.uint8)


def sharpen(pixels: Pixels, amount: float, noise: float, radius: float = 0.9) -> Pixels:
    """Unsharp mask on luma, on edges above the noise only, overshoot held to a few codes.

    (H, W, 3) uint8 in and out; `amount` 0 to 1, `radius` in pixels, `noise` 0 to 1.
    """
    threshold = np.float32(255 * (1.5 * noise + 0.004))
    kernel = np.ones((3, 3), np.uint8)

    def work(strip: Pixels, top: int) -> Pixels:
        del top
        grey = np.asarray(cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY)).astype(np.float32)
        detail = grey - np.asarray(cv2.GaussianBlur(grey, (0, 0), radius))
        edges = np.asarray(cv2.blur(np.abs(detail), (5, 5)))
        trust = np.clip((edges - threshold * 0.5) / threshold, 0, 1)
        sharper = grey + np.clip(detail * trust * np.float32(1.6 * amount), -14, 14)
        low = np.asarray(cv2.erode(grey, kernel)) - 4
        high = np.asarray(cv2.dilate(grey, kernel)) + 4
        change = np.clip(sharper, low, high) - grey
        return np.asarray(np.clip(strip + change[..., None] + 0.5, 0, 255), np.uint8)

    return in_strips(pixels, work, halo=8)


def enhanced(pixels: Pixels) -> tuple[Pixels, Correction]:
    """The photo after its automatic correction, and that correction."""
    correction = held_back(pixels, automatic(pixels))
    return apply(pixels, correction), correction


def held_back(pixels: Pixels, wanted: Correction) -> Correction:
    """`wanted`, or so much of it that the photo is no worse by measure.

    No worse means: hardly any more clipped pixels, and no more noise than there was (or than the
    eye sees). Tried on the middle of the photo and on a small copy of it.
    """
    height, width = pixels.shape[:2]
    top, left = max(0, (height - _PROBE) // 2), max(0, (width - _PROBE) // 2)
    probe = np.ascontiguousarray(pixels[top : top + _PROBE, left : left + _PROBE, :3])
    small = measure.small_copy(pixels)
    noise, clipped = measure.noise(probe), measure.clipped_share(small)
    for share in (1.0, 0.5, 0.25):
        tried = scaled(wanted, share)
        noisier = measure.noise(apply(probe, tried)) > max(1.15 * noise, _MOST_NOISE / 2)
        burnt = measure.clipped_share(recolour(small, tried)) > clipped + 0.005
        if not (noisier or burnt):
            return tried
    return Correction()


def scaled(correction: Correction, share: float) -> Correction:
    """The same correction, weaker. Noise removal is not weakened."""
    red, green, blue = (gain**share for gain in correction.gains)
    return replace(
        correction,
        gains=(red, green, blue),
        stops=correction.stops * share,
        black=correction.black * share,
        gamma=correction.gamma**share,
        contrast=correction.contrast * share,
        vividness=correction.vividness * share,
        sharpness=correction.sharpness * share,
    )
