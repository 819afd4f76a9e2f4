"""A Monte-Carlo denoiser without learned weights.

Where albedo, normal and depth are known almost without noise, the noisy colour is locally a
linear function of them: least squares in a window (a guided filter with seven guides) removes
the noise and keeps edges and textures. Several window sizes are tried; for each pixel the one
that best predicts the *other* half of the samples wins.
Source: regression-based reconstruction as in Bitterli et al. 2016 ("Nonlinearly Weighted
First-order Regression"), simplified to box windows (He et al. 2010, "Guided Image Filtering").
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numpy as np

from imaging.engines.cores import THREADS

from .look import F32


class Window(NamedTuple):
    """A candidate filter: window radius in pixels, and how far statistics are thinned out."""

    radius: int
    step: int
    bias: float  # below 1 prefers this window when errors are about equal


_WINDOWS = (Window(2, 1, 1.0), Window(5, 2, 0.95), Window(12, 4, 0.90))
_UNFILTERED_BIAS = 1.3
_RIDGE = 2e-3
_STRIP = 128  # rows worked on at a time: temporaries stay in the cache


def denoise(first: F32, second: F32, features: F32) -> F32:
    """(H, W, 3) linear light without noise.

    `first` and `second` are two independent (H, W, 3) renders with equal sample counts;
    `features` is (H, W, 7): albedo, shading normal, depth.
    """
    guide = _guide(features)
    a, b = (np.nan_to_num(half, nan=0, posinf=50, neginf=0) for half in (first, second))
    a, b = _without_fireflies(a, b), _without_fireflies(b, a)
    halves = np.concatenate([_compressed(a), _compressed(b)], -1)  # (H, W, 6)
    estimates = [halves, *(_filtered(halves, guide, window) for window in _WINDOWS)]
    biases = [_UNFILTERED_BIAS, *(window.bias for window in _WINDOWS)]
    errors = np.stack(
        [_error(estimate, halves) * bias for estimate, bias in zip(estimates, biases, strict=True)]
    )
    best = errors.argmin(0)
    total = np.zeros(best.shape, np.float32)
    out = np.zeros(first.shape, np.float32)
    for index, estimate in enumerate(estimates):
        weight = cv2.GaussianBlur((best == index).astype(np.float32), (0, 0), 2.0)
        total += weight
        out += weight[..., None] * (estimate[..., :3] + estimate[..., 3:]) * 0.5
    out /= np.maximum(total, 1e-6)[..., None]
    return np.asarray(np.expm1(np.maximum(out, 0)) / 4, np.float32)


def _guide(features: F32) -> F32:
    """Features on comparable scales."""
    guide = np.nan_to_num(features, nan=0, posinf=0, neginf=0).astype(np.float32)
    far = float(np.percentile(guide[..., 6], 95)) + 1e-6
    guide[..., 6] *= 2 / far
    guide[..., 3:6] *= 0.7
    return guide


def _compressed(light: F32) -> F32:
    """Logarithmic light: errors then weigh about as the eye weighs them."""
    return np.asarray(np.log1p(4 * np.maximum(light, 0)), np.float32)


def _without_fireflies(light: F32, other: F32) -> F32:
    """Isolated outliers brought down to their neighbourhood.

    A true highlight, however thin, is in the `other` half of the samples too and stays.
    """
    peak = np.ascontiguousarray(light.max(-1))
    median = cv2.medianBlur(peak, 3)
    seen_again = cv2.blur(np.ascontiguousarray(other.max(-1)), (3, 3))
    limit = np.maximum(1.5 * median + 0.1, 2.0 * seen_again)
    scale = np.minimum(1, limit / np.maximum(peak, 1e-6))
    return np.asarray(light * scale[..., None], np.float32)


def _error(estimate: F32, halves: F32) -> F32:
    """How badly each half's estimate predicts the other half, (H, W), smoothed."""
    crossed = np.concatenate([halves[..., 3:], halves[..., :3]], -1)
    square = ((estimate - crossed) ** 2).sum(-1)
    near = cv2.GaussianBlur(square, (0, 0), 2.5)
    return np.asarray(0.5 * near + 0.5 * cv2.blur(square, (15, 15)), np.float32)


def _filtered(values: F32, guide: F32, window: Window) -> F32:
    """Local linear regression of (H, W, C) values on the (H, W, K) guide."""
    height = values.shape[0]
    margin = 2 * window.radius + 2 * window.step
    margin += -margin % window.step
    strips = [
        (max(0, top - margin), top, min(top + _STRIP, height), min(top + _STRIP + margin, height))
        for top in range(0, height, _STRIP)
    ]

    def work(strip: tuple[int, int, int, int]) -> F32:
        before, top, bottom, after = strip
        done = _regression(values[before:after], guide[before:after], window)
        return done[top - before : bottom - before]

    with ThreadPoolExecutor(THREADS) as pool:
        return np.concatenate(list(pool.map(work, strips)))


def _regression(values: F32, guide: F32, window: Window) -> F32:
    height, width, channels = values.shape
    f = _thinned(guide, window.step)
    y = _thinned(values, window.step)
    radius = max(1, round(window.radius / window.step))
    slopes, offsets = _coefficients(_planes(f), _planes(y), radius)
    out = np.empty_like(values)
    full = _planes(guide)
    for c in range(channels):
        total = _grown(_box(offsets[c], radius), width, height)
        for k, plane in enumerate(full):
            total = total + _grown(_box(slopes[c][k], radius), width, height) * plane
        out[..., c] = total
    return out


def _coefficients(
    f: Sequence[F32], y: Sequence[F32], radius: int
) -> tuple[list[list[F32]], list[F32]]:
    """Slopes [channel][guide] and offsets [channel] of the least-squares fit in each window."""
    count = len(f)
    mean_f = [_box(plane, radius) for plane in f]
    lower = _cholesky(f, mean_f, radius)
    slopes, offsets = [], []
    for plane in y:
        mean_y = _box(plane, radius)
        b = [_box(f[k] * plane, radius) - mean_f[k] * mean_y for k in range(count)]
        for i in range(count):  # forward substitution
            for k in range(i):
                b[i] -= lower[i][k] * b[k]
            b[i] *= lower[i][i]  # holds the reciprocal
        for i in reversed(range(count)):  # back substitution
            for k in range(i + 1, count):
                b[i] -= lower[k][i] * b[k]
            b[i] *= lower[i][i]
        offset = mean_y.copy()
        for k in range(count):
            offset -= b[k] * mean_f[k]
        slopes.append(b)
        offsets.append(offset)
    return slopes, offsets


def _cholesky(f: Sequence[F32], mean: Sequence[F32], radius: int) -> list[list[F32]]:
    """Factor of the guides' covariance; the diagonal holds reciprocals."""
    lower: list[list[F32]] = []
    for i in range(len(f)):
        row: list[F32] = []
        for j in range(i + 1):
            s = _box(f[i] * f[j], radius) - mean[i] * mean[j]
            if i == j:
                s += _RIDGE
            for k in range(j):
                s -= row[k] * (row[k] if i == j else lower[j][k])
            entry = 1 / np.sqrt(np.maximum(s, 1e-9)) if i == j else s * lower[j][j]
            row.append(np.asarray(entry, np.float32))
        lower.append(row)
    return lower


def _planes(image: F32) -> list[F32]:
    return [np.ascontiguousarray(image[..., i]) for i in range(image.shape[-1])]


def _box(plane: F32, radius: int) -> F32:
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.blur(plane, size, borderType=cv2.BORDER_REFLECT), np.float32)


def _thinned(image: F32, step: int) -> F32:
    if step == 1:
        return image
    size = (max(1, image.shape[1] // step), max(1, image.shape[0] // step))
    planes = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in _planes(image)]
    return np.stack(planes, -1)


def _grown(plane: F32, width: int, height: int) -> F32:
    if plane.shape == (height, width):
        return plane
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR))
