"""How good the cut-out is, on path-traced product photos with known alpha.

    python -m bench.cutout            measure on the held-out renders, ordinary and hard ones
    python -m bench.cutout sheet      the same, and a sheet of every cut-out over magenta
    python -m bench.cutout fit        fit the rules again, on development renders only

Held-out and development scenes are drawn from disjoint lists (`bench/cutout_renders.py`): no
archetype, seed, surface, colour, frame format or yaw range is in both. Rules and thresholds
are fitted on development scenes only.
The first run renders the set (a few minutes on two cores); it is kept under var/bench/cutout/.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from bench import cutout_fit
from bench.cutout_fit import GOOD
from bench.cutout_renders import (
    FOLDER,
    HELD_OUT,
    Fault,
    Shot,
    degraded,
    ordinary_shots,
    rendered,
    shots,
)
from imaging.engines.base import Pixels
from imaging.engines.picture import Plane
from imaging.engines.studio.cutout import MIN_CONFIDENCE, CutOut, cut_out

TARGET = 0.96
_MEGAPIXEL = (1152, 864)
_TIMED = 5


@dataclass(frozen=True)
class Result:
    """One cut-out against the truth."""

    name: str
    group: str
    iou: float
    error: float  # mean absolute alpha error over the whole frame
    confidence: float

    @property
    def delivered(self) -> bool:
        return self.confidence >= MIN_CONFIDENCE


def compare(name: str, group: str, cut: CutOut, truth: Plane) -> Result:
    found, true = cut.alpha > 0.5, truth > 0.5
    iou = float((found & true).sum() / max(int((found | true).sum()), 1))
    return Result(name, group, iou, float(np.abs(cut.alpha - truth).mean()), cut.confidence)


def ordinary() -> list[tuple[Shot, Fault | None]]:
    """40 shots of what most shops send; a quarter each faint and dark besides."""
    faults: list[Fault | None] = ["faint", None, "dark", None]
    return [(shot, faults[i % 4]) for i, shot in enumerate(ordinary_shots(40))]


def hard() -> list[tuple[Shot, Fault | None]]:
    """36 shots of any kind from any side; a third each dark and faint besides."""
    faults: list[Fault | None] = ["dark", "faint", None]
    return [(shot, faults[i // 12]) for i, shot in enumerate(shots(HELD_OUT, 36))]


def measure(scenes: Sequence[tuple[Shot, Fault | None]]) -> tuple[list[Result], list[Pixels]]:
    """Every scene as rendered, and with its fault where it has one."""
    results, tiles = [], []
    for index, (shot, fault) in enumerate(scenes):
        pixels, truth = rendered(shot)
        views: list[tuple[str, Pixels]] = [(shot.group, pixels)]
        if fault:
            views.append((fault, degraded(pixels, fault, index)))
        for group, seen in views:
            cut = cut_out(seen)
            results.append(compare(f"{shot.name} {shot.archetype}", group, cut, truth))
            tiles.append(_tile(cut, results[-1]))
    return results, tiles


def report(results: Sequence[Result]) -> None:
    heads = f"{'mean IoU':>10}{'median':>8}{'MAE':>8}{'delivered':>11}{'their IoU':>11}"
    print(f"{'':12}{'cuts':>5}{heads}")
    groups = list(dict.fromkeys(r.group for r in results))
    for group in [*groups, "all"]:
        _row(group, [r for r in results if group in (r.group, "all")])
    good = np.array([r.iou for r in results])
    sure = np.array([r.confidence for r in results])
    print(f"confidence against IoU: correlation {np.corrcoef(good, sure)[0, 1]:.2f}")
    failures = [r for r in results if r.delivered and r.iou < GOOD]
    refused = [r for r in results if not r.delivered]
    print(f"delivered below {GOOD}: {len(failures)} of {len(results) - len(refused)}")
    for r in failures:
        print(f"    {r.name} ({r.group}): IoU {r.iou:.3f}, confidence {r.confidence:.2f}")
    print(f"refused: {len(refused)}, of which {sum(r.iou >= GOOD for r in refused)} were good")


def _row(name: str, results: Sequence[Result]) -> None:
    good = np.array([r.iou for r in results])
    kept = np.array([r.iou for r in results if r.delivered])
    error = float(np.mean([r.error for r in results]))
    print(
        f"{name:12}{len(good):5}{good.mean():10.4f}{np.median(good):8.4f}{error:8.4f}"
        f"{len(kept):8}/{len(good):2}{kept.mean() if len(kept) else 0:11.4f}"
    )


def timed() -> float:
    """Median seconds for a cut-out of a 1 MP photo, the first one (loading) left out."""
    seconds = []
    for shot in shots(HELD_OUT, _TIMED + 1):
        photo = cv2.resize(rendered(shot)[0], _MEGAPIXEL, interpolation=cv2.INTER_CUBIC)
        start = time.perf_counter()
        cut_out(np.asarray(photo, np.uint8))
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[1:]))


def _tile(cut: CutOut, result: Result, side: int = 240) -> Pixels:
    """The cut-out over magenta with its figures, (side, side, 3)."""
    alpha = cut.alpha[..., None]
    shown = (cut.foreground * alpha + np.float32([1, 0, 1]) * (1 - alpha)) * 255
    scale = side / max(shown.shape[:2])
    shown = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((side, side, 3), np.uint8)
    tile[: shown.shape[0], : shown.shape[1]] = np.clip(shown, 0, 255)
    colour = (255, 255, 0) if result.delivered else (0, 255, 255)
    text = f"{result.group} {result.iou:.3f} {result.confidence:.2f}"
    cv2.putText(tile, text, (4, side - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1)
    return tile


def _save(name: str, tiles: Sequence[Pixels], columns: int = 6) -> None:
    blank = [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [*tiles, *blank]
    sheet = np.vstack([np.hstack(rows[i : i + columns]) for i in range(0, len(rows), columns)])
    path = FOLDER / f"sheet-{name}.png"
    cv2.imwrite(str(path), sheet[..., ::-1])
    print(f"sheet: {path}")


def main(arguments: Sequence[str]) -> int:
    if "fit" in arguments:
        return cutout_fit.main()
    missed = 0
    for name, scenes in (("ordinary", ordinary()), ("hard", hard())):
        print(f"{name} scenes")
        results, tiles = measure(scenes)
        report(results)
        mean = float(np.mean([r.iou for r in results]))
        missed += mean < TARGET
        print(f"mean IoU {mean:.4f}, target {TARGET}: {'met' if mean >= TARGET else 'MISSED'}")
        if "sheet" in arguments:
            _save(name, tiles)
    print(f"seconds for a cut-out at 1 MP (median): {timed():.2f}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
