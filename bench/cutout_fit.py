"""Fit the cut-out's forest on development renders and write it into the package.

`python -m bench.cutout fit`, with `pip install -e .[fit]`. Nothing of the held-out split is read
here. The quality figures that are printed come from six-fold cross-validation over kinds of
product: what the forest achieves on kinds it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.cutout_renders import (
    DEVELOPMENT,
    Fault,
    Shot,
    cropped,
    degraded,
    rendered,
    shots,
)
from imaging.engines.studio.cutout import cut, forest, measures
from imaging.engines.studio.cutout.evidence import F32, Mask, View, look_at
from imaging.engines.studio.cutout.forest import Forest
from imaging.engines.studio.cutout.masks import overlap
from imaging.engines.studio.cutout.pieces import Pieces, divide
from imaging.engines.studio.cutout.proposals import propose

F64 = NDArray[np.float64]

SCENES = 456
FOLDS = 6
TREES = 300
HEAVIEST = 0.05  # of a product's area: no piece counts for more
GOOD = 0.9  # below this a delivered cut-out counts as a confident failure
PROMISED, FAILURES = 0.97, 1 / 15  # mean IoU of what is delivered, and share of it below GOOD
SETTINGS: dict[str, Any] = {
    "objective": "cross_entropy",
    "learning_rate": 0.06,
    "num_leaves": 31,
    "min_data_in_leaf": 300,
    "feature_fraction": 0.25,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 15,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbose": -1,
}


@dataclass
class Looked:
    """A development picture as the cut-out sees it, and the truth about it."""

    kind: str
    group: str
    view: View
    pieces: Pieces
    facts: dict[str, F64]
    truth: Mask

    @property
    def table(self) -> F32:
        """(count, facts)."""
        return np.stack(list(self.facts.values()), 1).astype(np.float32)

    @property
    def shares(self) -> F64:
        """(count,) how much of each piece is product."""
        return self.pieces.mean(self.truth)

    @property
    def weights(self) -> F64:
        """(count,) what each piece counts for: its area beside the product's."""
        return np.minimum(self.pieces.sizes / int(self.truth.sum()), HEAVIEST)


Job = tuple[int, Shot, Fault | Literal["cropped"] | None]


def look(job: Job) -> Looked:
    scene, shot, fault = job
    cv2.setNumThreads(1)
    pixels, alpha = rendered(shot)
    if fault == "cropped":
        pixels, alpha = cropped(pixels, alpha, scene)
    elif fault:
        pixels = degraded(pixels, fault, scene)
    view = look_at(pixels, cut.WORKING_SIDE)
    proposals, explained = propose(view)
    height, width = view.prob.shape
    truth = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA) > 0.5
    pieces = divide(view, list(proposals.values()))
    facts = measures.measure(view, proposals, explained, pieces)
    return Looked(shot.archetype, shot.group, view, pieces, facts, truth)


def grow(looked: Sequence[Looked]) -> Forest:
    """A forest for these pictures, its caution not yet known."""
    import lightgbm  # the extra `fit`: nobody who runs Softbox needs it

    names = list(looked[0].facts)
    data = lightgbm.Dataset(
        np.concatenate([seen.table for seen in looked]),
        np.concatenate([seen.shares for seen in looked]),
        weight=np.concatenate([seen.weights for seen in looked]) * 1000,
        feature_name=names,
    )
    model = lightgbm.train(SETTINGS, data, TREES).dump_model()
    return planted(names, [tree["tree_structure"] for tree in model["tree_info"]])


def planted(names: Sequence[str], roots: Sequence[dict[str, Any]]) -> Forest:
    """LightGBM's trees as arrays."""
    trees = [_nodes(root) for root in roots]
    shape = len(trees), max(len(nodes) for nodes in trees)
    fact, left, right = (np.zeros(shape, kind) for kind in (np.uint8, np.uint16, np.uint16))
    threshold, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for t, nodes in enumerate(trees):
        for n, (node, ways) in enumerate(nodes):
            left[t, n], right[t, n] = ways
            if "leaf_value" in node:
                value[t, n] = node["leaf_value"]
            else:
                fact[t, n], threshold[t, n] = node["split_feature"], node["threshold"]
    deepest = max(_depth(root) for root in roots)
    return Forest(tuple(names), fact, threshold, left, right, value, deepest, caution=1.0)


def _nodes(root: dict[str, Any]) -> list[tuple[dict[str, Any], tuple[int, int]]]:
    """Every node of a tree with the numbers of its children; a leaf is its own."""
    found = [root]
    ways = []
    for node in found:  # grows as it is walked
        if "leaf_value" in node:
            ways.append((len(ways), len(ways)))
        else:
            ways.append((len(found), len(found) + 1))
            found += [node["left_child"], node["right_child"]]
    return list(zip(found, ways, strict=True))


def _depth(node: dict[str, Any]) -> int:
    if "leaf_value" in node:
        return 0
    return 1 + max(_depth(node["left_child"]), _depth(node["right_child"]))


def judged(grown: Forest, seen: Looked) -> tuple[float, float]:
    """Intersection over union of a forest's mask, and what it expected."""
    chances = grown.chances(seen.facts)
    mask = cut.drawn_together(seen.view, seen.pieces, chances)
    chance = chances.astype(np.float32)[seen.pieces.labels]
    return overlap(mask, seen.truth), cut.expected_overlap(chance, mask)


def caution(good: F64, expected: F64) -> float:
    """The power that makes an expected overlap a confidence: MIN_CONFIDENCE falls where what is
    expected to be at least as good keeps the promise."""
    order = np.argsort(-expected)
    many = np.arange(1, len(good) + 1)
    mean = np.cumsum(good[order]) / many
    failed = np.cumsum(good[order] < GOOD) / many
    kept = np.nonzero((mean >= PROMISED) & (failed <= FAILURES) & (many > len(good) / 10))[0]
    least = float(expected[order][kept[-1]])
    print(
        f"    delivers {kept[-1] + 1} of {len(good)} (expected overlap {least:.3f} and more),"
        f" mean {mean[kept[-1]]:.4f}, {failed[kept[-1]]:.3f} of them below {GOOD}"
    )
    return float(np.log(cut.MIN_CONFIDENCE) / np.log(least))


def validated(looked: Sequence[Looked]) -> float:
    """Print what forests achieve on kinds they were not fitted on; returns the caution."""
    kinds = sorted({seen.kind for seen in looked})
    folds = np.array([kinds.index(seen.kind) % FOLDS for seen in looked])
    good, expected = np.zeros(len(looked)), np.zeros(len(looked))
    for fold in range(FOLDS):
        grown = grow([seen for seen, f in zip(looked, folds, strict=True) if f != fold])
        for i in np.nonzero(folds == fold)[0]:
            good[i], expected[i] = judged(grown, looked[i])
    groups = np.array([seen.group for seen in looked])
    by_group = ", ".join(f"{g} {good[groups == g].mean():.4f}" for g in dict.fromkeys(groups))
    print(f"cross-validated over kinds: mean {good.mean():.4f} ({by_group})")
    print(f"    median {np.median(good):.4f}, below {GOOD}: {(good < GOOD).sum()}")
    print(f"    correlation with what is expected {np.corrcoef(good, expected)[0, 1]:.3f}")
    return caution(good, expected)


def main() -> int:
    """Every scene as rendered, and dark or faint in turn; every fourth one cropped too."""
    jobs: list[Job] = []
    for i, shot in enumerate(shots(DEVELOPMENT, SCENES)):
        fault: Fault = "dark" if i // 2 % 2 else "faint"
        jobs += [(i, shot, None), (i, shot, fault)]
        if i % 4 == 0:
            jobs.append((i, shot, "cropped"))
    with ProcessPoolExecutor(2) as pool:
        found = pool.map(look, jobs, chunksize=4)
        looked = [seen for seen in found if seen.truth.mean() > 0.003]
    power = validated(looked)
    replace(grow(looked), caution=power).save(forest.PATH)
    print(f"written: {forest.PATH}, {forest.PATH.stat().st_size // 1024} KB")
    return 0
