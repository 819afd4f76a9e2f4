"""Our PNG writer, metadata included, against Pillow's default: CPU time and size.

    python -m bench.png [--rounds 5]

Pictures are photo-like (light falling off with frequency as in photographs, edges, sensor noise)
at three sizes, and a sample photo enlarged. Both writers take turns; the ratio is between medians.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from bench.figures import Figure, conclude
from bench.ground import ROOT
from imaging.engines.base import Pixels
from imaging.engines.encode import Metadata, encode

TARGET = 1 / 8
METADATA = Metadata(source_type="algorithmicMedia", recipe_id="0" * 64, software="Softbox studio 1")


def photo_like(side: int, seed: int = 7) -> Pixels:
    """(side, side, 3) uint8: 1/f noise, a few hard edges, noise of 1.2 levels."""
    draw = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = 1
    layers = []
    for _ in range(3):
        wave = np.fft.irfft2(np.fft.rfft2(draw.standard_normal((side, side))) / frequency**1.2)
        layers.append(wave / wave.std())
    picture = 128 + 45 * np.stack(layers, -1)
    for _ in range(12):
        top, left = draw.integers(0, side * 3 // 4, 2)
        height, width = draw.integers(side // 16, side // 4, 2)
        picture[top : top + height, left : left + width] += draw.normal(0, 30, 3)
    picture += draw.normal(0, 1.2, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def sample(name: str, side: int) -> Pixels:
    """A sample photo of ours, its long side `side` pixels."""
    with Image.open(ROOT / "imaging" / "static" / "samples" / f"{name}.jpg") as photo:
        pixels = np.asarray(photo.convert("RGB"))
    scale = side / max(pixels.shape[:2])
    resized = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.asarray(resized, np.uint8)


def ours(pixels: Pixels) -> bytes:
    return encode(pixels, format="png", metadata=METADATA)


def pillow(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def compare(pixels: Pixels, rounds: int) -> tuple[float, float, float]:
    """CPU milliseconds of ours, the CPU ratio to Pillow's, and the ratio of sizes.

    Raises SystemExit where a file does not decode to the same pixels.
    """
    spent: dict[Callable[[Pixels], bytes], list[float]] = {ours: [], pillow: []}
    sizes: dict[Callable[[Pixels], bytes], int] = {}
    for _ in range(rounds):
        for write, times in spent.items():
            begun = time.process_time()
            data = write(pixels)
            times.append(time.process_time() - begun)
            sizes[write] = len(data)
    decoded = np.asarray(Image.open(io.BytesIO(ours(pixels))))
    if not np.array_equal(decoded, pixels):
        raise SystemExit("the file does not hold the same pixels")
    mine, theirs = (statistics.median(times) for times in spent.values())
    return mine * 1000, mine / theirs, sizes[ours] / sizes[pillow]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    pictures = {f"photo-like {side}": photo_like(side) for side in (1024, 2048, 4096)}
    pictures |= {f"sample photo {side}": sample("mug", side) for side in (1024, 2048)}
    figures = []
    for name, pixels in pictures.items():
        milliseconds, cpu, size = compare(pixels, rounds)
        figures.append(Figure(f"{name} ({milliseconds:.0f} ms): CPU / Pillow's", cpu, TARGET))
        figures.append(Figure(f"{name}: size / Pillow's", size, 1.0))
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
