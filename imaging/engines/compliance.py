"""A finished file against the rules of the marketplace it was made for.

Everything is measured on the file as it is delivered, decoded again, not on what was meant to be
made. The rules are those of `presets.toml`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from imaging.engines.base import Pixels
from imaging.engines.picture import flatten
from imaging.engines.presets import Platform

_RIM = 0.01  # of the short side: the frame on which the background is judged
_WHITE = 254  # lossy formats round pure white down by one code at times
_WHITE_SHARE = 0.999
_APART = 14.0  # CIE76 from the background's colour that counts as product
_MEGA = 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One rule, what it asks for, what was found; both in words for people."""

    rule: str
    required: str
    actual: str
    passed: bool


Box = tuple[int, int, int, int]
"""(x, y, width, height) in pixels."""


def report(data: bytes, platform: Platform, product: Box | None = None) -> list[Finding]:
    """What the rules of `platform` say of the file: size, background, fill, format, bytes.

    `product` is where the engine put the product, if it knows: a white product on white cannot be
    measured. Raises OSError for a file that is no picture.
    """
    with Image.open(io.BytesIO(data)) as image:
        kind = (image.format or "").lower()
        pixels = flatten(np.array(image.convert("RGBA" if image.has_transparency_data else "RGB")))
    return [
        _size(pixels, platform),
        _background(pixels, platform),
        _fill(pixels, platform, product),
        Finding("format", " or ".join(platform.accepts), kind, kind in platform.accepts),
        _bytes(len(data), platform),
    ]


def _size(pixels: Pixels, platform: Platform) -> Finding:
    height, width = pixels.shape[:2]
    passed = platform.least_side <= max(width, height) <= platform.most_side
    required = f"long side of {platform.least_side} to {platform.most_side} px"
    return Finding("size", required, f"{width} x {height} px", passed)


def _background(pixels: Pixels, platform: Platform) -> Finding:
    share = float((rim_of(pixels) >= _WHITE).all(axis=1).mean())
    actual = f"{share:.1%} of the rim is pure white"
    if not platform.white_only:
        return Finding("background", "any", actual, True)
    return Finding("background", "pure white (255, 255, 255)", actual, share >= _WHITE_SHARE)


def rim_of(pixels: Pixels) -> Pixels:
    """(n, 3): the pixels of the frame around the picture."""
    wide = max(1, round(_RIM * min(pixels.shape[:2])))
    sides = (pixels[:wide], pixels[-wide:], pixels[:, :wide], pixels[:, -wide:])
    return np.concatenate([side.reshape(-1, 3) for side in sides])


def _fill(pixels: Pixels, platform: Platform, product: Box | None) -> Finding:
    height, width = pixels.shape[:2]
    share = max(product[2] / width, product[3] / height) if product else fill_of(pixels)
    required = f"product at least {platform.least_fill:.0%} of the width or height"
    # Rounded as it is told: a pixel more or less is no breach.
    passed = round(share, 2) >= platform.least_fill
    return Finding("fill", required, f"{share:.0%}", passed)


def fill_of(pixels: Pixels) -> float:
    """Share of the frame's width or height, whichever is the greater, between the outermost
    pixels that differ from the rim in hue or are far darker: soft shadows, which are grey, do not
    count unless the product is grey as well."""
    lab = np.asarray(
        cv2.cvtColor(np.ascontiguousarray(pixels).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    )
    rim = np.median(
        np.asarray(cv2.cvtColor(rim_of(pixels)[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB))[
            0
        ],
        axis=0,
    )
    away = lab - rim.astype(np.float32)
    chroma = np.hypot(away[..., 1], away[..., 2])
    seen = (chroma > _APART) | (np.abs(away[..., 0]) > 4 * _APART)
    height, width = seen.shape
    # One stray pixel is no product: a row counts from a hundredth of the other side.
    columns = np.flatnonzero(seen.sum(axis=0) > 0.01 * height)
    rows = np.flatnonzero(seen.sum(axis=1) > 0.01 * width)
    if not len(columns) or not len(rows):
        return 0.0
    across = (columns[-1] - columns[0] + 1) / width
    return float(max(across, (rows[-1] - rows[0] + 1) / height))


def _bytes(size: int, platform: Platform) -> Finding:
    required = f"at most {platform.most_megabytes:g} MB"
    passed = size <= platform.most_megabytes * _MEGA
    return Finding("bytes", required, f"{size / _MEGA:.2f} MB", passed)


def worst(reports: Sequence[Sequence[Finding]]) -> list[Finding]:
    """One report of several pictures: of each rule a breach, where there is one."""
    return [
        next((finding for finding in rule if not finding.passed), rule[0])
        for rule in zip(*reports, strict=True)
    ]
