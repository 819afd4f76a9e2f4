"""Times of the studio engine in its host process, warm, as a worker drives it.

    python -m bench.engine [--rounds 3] [--keep FOLDER]

From handing the recipe over to having the pixels back; the first run of each is not counted. The
photo has one megapixel. With and without LLVM means Mitsuba's `llvm_ad_rgb` and `scalar_rgb`; a
machine without a good libLLVM has the second only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench import png
from bench.figures import Figure, conclude
from imaging.engines.base import Made, Pixels, Recipe
from imaging.engines.client import EngineHost
from imaging.engines.encode import encode
from imaging.engines.protocol import Task, save_pixels

STUDIO = "imaging.engines.studio.engine:StudioEngine"
CREATE = Recipe(
    operation="create",
    width=1024,
    height=1024,
    seed=1,
    prompt="A ceramic mug on an oak table, soft morning light",
)
PACKSHOT = Recipe(
    operation="packshot", width=1024, height=1024, seed=1, background="#ffffff", shadow="soft"
)
ENHANCE = Recipe(
    operation="enhance", width=1024, height=1024, seed=1, prompt="brighter and more vibrant"
)
TARGETS = {"packshot": 6.0, "enhance": 1.5, "llvm_ad_rgb": 15.0, "scalar_rgb": 35.0, "to 4k": 3.0}


@contextmanager
def studio(variant: str = "") -> Iterator[EngineHost]:
    """The engine host, ready; `variant` forces one of Mitsuba's."""
    if variant:
        os.environ["SOFTBOX_MITSUBA_VARIANT"] = variant
    host = EngineHost(STUDIO)
    try:
        host.facts()
        yield host
    finally:
        host.close()
        os.environ.pop("SOFTBOX_MITSUBA_VARIANT", None)


def make(host: EngineHost, recipe: Recipe, photos: Sequence[Pixels], folder: Path) -> Pixels:
    """The first picture of one run. Raises SystemExit where the engine refuses."""
    inputs = tuple(save_pixels(folder / f"in-{n}.npy", photo) for n, photo in enumerate(photos))
    [outcome] = host.run([Task(recipe, inputs)], folder=folder, deadline_seconds=200)
    if not isinstance(outcome, Made):
        raise SystemExit(f"{recipe.operation} failed: {outcome.reason}")
    return outcome.pictures[0].pixels


def timed(
    host: EngineHost, recipe: Recipe, photos: Sequence[Pixels], rounds: int
) -> tuple[float, Pixels]:
    """Median seconds of `rounds` warm runs with a seed each, and the last picture."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            began = time.perf_counter()
            pixels = make(host, replace(recipe, seed=number), photos, Path(folder))
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:]), pixels


def variants() -> list[str]:
    """What renders here, the faster one first."""
    from imaging.engines.studio.scene import variant

    return [variant.LLVM, variant.SCALAR] if variant.working_llvm() else [variant.SCALAR]


def finish_4k(photo: Pixels, rounds: int) -> float:
    """Median seconds from a picture of 1,024 pixels to a PNG file of 4,096."""
    from imaging.engines.studio.upscale import enlarge

    seconds = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        encode(enlarge(photo, 4096, 4096), format="png", metadata=png.METADATA)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])


def keep(folder: str, name: str, pixels: Pixels) -> None:
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}.png").write_bytes(png.ours(pixels))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", default="", metavar="FOLDER", help="write the pictures there")
    options = parser.parse_args()
    photo = png.sample("bottle", 1024)
    figures = []
    with studio() as host:
        for name, recipe in (("packshot", PACKSHOT), ("enhance", ENHANCE)):
            seconds, pixels = timed(host, recipe, [photo], options.rounds)
            keep(options.keep, name, pixels)
            figures.append(Figure(f"{name}, 1 MP photo to 1k", seconds, TARGETS[name], "s"))
    for variant in variants():
        with studio(variant) as host:
            seconds, pixels = timed(host, CREATE, [], options.rounds)
        keep(options.keep, f"create-{variant}", pixels)
        figures.append(Figure(f"create at 1k, {variant}", seconds, TARGETS[variant], "s"))
    seconds = finish_4k(pixels, options.rounds)
    figures.append(Figure("1k to 4k and its PNG file", seconds, TARGETS["to 4k"], "s"))
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
