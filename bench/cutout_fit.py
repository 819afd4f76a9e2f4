"""Fit the cut-out's two logistic rules on development renders and print them for pasting.

`python -m bench.cutout fit`. Nothing of the held-out split is read here. The quality figures
that are printed come from six-fold cross-validation over scenes: what a rule achieves on
development scenes it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.cutout_renders import DEVELOPMENT, Fault, Shot, degraded, rendered, shots
from imaging.engines.studio.cutout import arbitrate, judge
from imaging.engines.studio.cutout.cut import MIN_CONFIDENCE, WORKING_SIDE
from imaging.engines.studio.cutout.evidence import Mask, View, look_at
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.masks import overlap
from imaging.engines.studio.cutout.proposals import Proposals, propose

F64 = NDArray[np.float64]

SCENES = 48
FOLDS = 6
RULE_RIDGE, JUDGE_RIDGE = 3e-3, 3e-2
# Confidence 0 stands for an intersection over union of POOR, 1 for FINE.
POOR, FINE = 0.88, 0.98
_VARIANTS: tuple[Fault | None, ...] = (None, "dark", "faint")


@dataclass
class Looked:
    """A development picture as the cut-out sees it, and the truth about it."""

    scene: int
    view: View
    proposals: Proposals
    explained: Explained
    truth: Mask
    labels: NDArray[np.int32] = field(init=False)
    votes: NDArray[np.float32] = field(init=False)
    facts: dict[str, F64] = field(init=False)

    def __post_init__(self) -> None:
        self.labels, self.votes = arbitrate.regions(self.proposals)
        self.facts = arbitrate.measure(
            self.view, self.proposals, self.explained, self.labels, self.votes
        )


def look(job: tuple[int, Shot, Fault | None]) -> Looked:
    scene, shot, fault = job
    cv2.setNumThreads(1)
    pixels, alpha = rendered(shot)
    view = look_at(degraded(pixels, fault, scene) if fault else pixels, WORKING_SIDE)
    proposals, explained = propose(view)
    height, width = view.prob.shape
    truth = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA) > 0.5
    return Looked(scene, view, proposals, explained, truth)


def logistic(x: F64, y: F64, weight: F64, ridge: float) -> F64:
    """Weights and, last, the bias of a ridge logistic regression; `y` may be any 0..1."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    scaled = np.c_[(x - mean) / spread, np.ones(len(x))]
    share = weight / weight.sum()

    def loss(w: F64) -> tuple[float, F64]:
        z = scaled @ w
        miss = share * (1 / (1 + np.exp(-z)) - y)
        slope = scaled.T @ miss
        slope[:-1] += 2 * ridge * w[:-1]
        cost = (share * (np.logaddexp(0, z) - y * z)).sum() + ridge * (w[:-1] ** 2).sum()
        return float(cost), slope

    w = minimize(loss, np.zeros(scaled.shape[1]), jac=True, method="L-BFGS-B").x
    return np.r_[w[:-1] / spread, w[-1] - (w[:-1] * mean / spread).sum()]


def fit_rule(looked: Sequence[Looked], names: Sequence[str]) -> dict[str, float]:
    x, y, weight = [], [], []
    for seen in looked:
        count = int(seen.labels.max()) + 1
        size = np.bincount(seen.labels.ravel(), minlength=count)
        inside = np.bincount(seen.labels.ravel(), seen.truth.ravel().astype(float), count)
        x.append(np.stack([seen.facts[name] for name in names], 1)[1:])
        y.append((inside / np.maximum(size, 1))[1:])
        weight.append(np.minimum(size[1:] / max(int(seen.truth.sum()), 1), 0.5))
    w = logistic(np.concatenate(x), np.concatenate(y), np.concatenate(weight), RULE_RIDGE)
    return dict(zip([*names, "bias"], w.tolist(), strict=True))


def settled(seen: Looked, rule: dict[str, float]) -> tuple[Mask, float]:
    weights = {name: value for name, value in rule.items() if name != "bias"}
    return arbitrate.decide(seen.view, seen.labels, seen.votes, seen.facts, weights, rule["bias"])


@dataclass(frozen=True)
class Row:
    """One mask, what the judge measures on it, and how good it is."""

    scene: int
    settled: bool
    facts: dict[str, float]
    iou: float


def fit_judge(rows: Sequence[Row]) -> dict[str, float]:
    names = list(rows[0].facts)
    x = np.array([[row.facts[name] for name in names] for row in rows])
    y = np.clip((np.array([row.iou for row in rows]) - POOR) / (FINE - POOR), 0, 1)
    w = logistic(x, y, np.ones(len(y)), JUDGE_RIDGE)
    return dict(zip([*names, "bias"], w.tolist(), strict=True))


def odds(facts: dict[str, float], rule: dict[str, float]) -> float:
    return sum(rule[name] * value for name, value in facts.items()) + rule["bias"]


def main() -> int:
    jobs = [(i, s, v) for i, s in enumerate(shots(DEVELOPMENT, SCENES)) for v in _VARIANTS]
    with ProcessPoolExecutor(2) as pool:
        fit([seen for seen in pool.map(look, jobs) if seen.truth.mean() > 0.003])
    return 0


def fit(looked: Sequence[Looked]) -> None:
    """Cross-validate, fit on everything, print."""
    names = list(looked[0].facts)
    rows: list[Row] = []
    for fold in range(FOLDS):
        rule = fit_rule([seen for seen in looked if seen.scene % FOLDS != fold], names)
        for seen in looked:
            if seen.scene % FOLDS == fold:
                rows += _rows(seen, rule)
    final = [row for row in rows if row.settled]
    print(f"settled, cross-validated: mean IoU {np.mean([row.iou for row in final]):.4f}")
    sure = np.zeros(len(final))
    for fold in range(FOLDS):
        opinion = fit_judge([row for row in rows if row.scene % FOLDS != fold])
        for index, row in enumerate(final):
            if row.scene % FOLDS == fold:
                sure[index] = 1 / (1 + np.exp(-odds(row.facts, opinion)))
    agreement = np.corrcoef([row.iou for row in final], sure)[0, 1]
    kept = [row.iou for row, p in zip(final, sure, strict=True) if p >= MIN_CONFIDENCE]
    print(f"judge, cross-validated: correlation {agreement:.3f}")
    print(f"    would deliver {len(kept)} of {len(final)}, mean IoU {np.mean(kept):.4f}")
    print("arbitrate.RULE", _literal(fit_rule(looked, names)))
    print("judge.WEIGHTS", _literal(fit_judge(rows)))


def _rows(seen: Looked, rule: dict[str, float]) -> list[Row]:
    """The settled mask and, for the judge to see worse ones too, every proposal."""
    mask, clear = settled(seen, rule)
    masks = {"settled": mask, **seen.proposals}
    rows = []
    for name, candidate in masks.items():
        if not candidate.any() or candidate.all():
            continue
        others = [other for key, other in seen.proposals.items() if key != name]
        facts = judge.features(seen.view, seen.explained, candidate, others, clear)
        good = overlap(candidate, seen.truth)
        rows.append(Row(seen.scene, name == "settled", facts, good))
    return rows


def _literal(rule: dict[str, float]) -> str:
    return "{" + ", ".join(f'"{name}": {value:.2f}' for name, value in rule.items()) + "}"
