"""Fit the cut-out's logistic rules on development renders and write them into the package.

`python -m bench.cutout fit`. Nothing of the held-out split is read here. The quality figures
that are printed come from six-fold cross-validation over kinds of product: what the rules achieve
on kinds they were not fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bench.cutout_renders import DEVELOPMENT, Fault, Shot, degraded, rendered, shots
from imaging.engines.studio.cutout import arbitrate, fitted, judge
from imaging.engines.studio.cutout.choose import RIVALS, candidates, merit
from imaging.engines.studio.cutout.cut import MIN_CONFIDENCE, WORKING_SIDE
from imaging.engines.studio.cutout.evidence import Mask, View, look_at
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.masks import overlap
from imaging.engines.studio.cutout.proposals import Proposals, propose

F64 = NDArray[np.float64]

Rule = dict[str, float]

SCENES = 72
FOLDS = 6
RULE_RIDGE, CHOICE_RIDGE, JUDGE_RIDGE = 3e-3, 1e-3, 3e-2
GOOD = 0.95
PROMISED = 0.96  # mean IoU of what is delivered
FAMILIAR = ("prob_in", "agree", "agree_best", "clear", "clutter")
# Confidence 0 stands for an intersection over union of POOR, 1 for FINE.
POOR, FINE = 0.6, 0.98
_VARIANTS: tuple[Fault | None, ...] = (None, "dark", "faint")


@dataclass
class Looked:
    """A development picture as the cut-out sees it, and the truth about it."""

    kind: str
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
    return Looked(shot.archetype, view, proposals, explained, truth)


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


def fit_rule(looked: Sequence[Looked], names: Sequence[str]) -> Rule:
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


def settled(seen: Looked, rule: Rule) -> tuple[Mask, float]:
    return arbitrate.decide(seen.view, seen.labels, seen.votes, seen.facts, rule)


@dataclass(frozen=True)
class Row:
    """One candidate mask, what the judge measures on it, and how good it is."""

    cut: int
    fold: int
    name: str
    facts: dict[str, float]
    iou: float


def fit_merit(rows: Sequence[Row], poor: float, fine: float, ridge: float) -> Rule:
    """A rule whose chance is 0 for masks of an IoU of `poor` and 1 for `fine`."""
    names = list(rows[0].facts)
    x = np.array([[row.facts[name] for name in names] for row in rows])
    y = np.clip((np.array([row.iou for row in rows]) - poor) / (fine - poor), 0, 1)
    w = logistic(x, y, np.ones(len(y)), ridge)
    return dict(zip([*names, "bias"], w.tolist(), strict=True))


def fit_choice(rows: Sequence[Row]) -> Rule:
    return fit_merit(rows, 0.5, 0.99, CHOICE_RIDGE)


def fit_judge(rows: Sequence[Row]) -> Rule:
    return fit_merit(rows, POOR, FINE, JUDGE_RIDGE)


def best(rows: Sequence[Row], choice: Rule) -> list[Row]:
    """The row of every cut that the rule picks, among those that are eligible."""
    picked: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: merit(row.facts, choice)):
        if row.name in ("settled", *RIVALS):
            picked[row.cut] = row
    return list(picked.values())


def usual(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """Where trust ends and where it is full, for the measures that tell unlike pictures.

    Full is where 19 of 20 good cut-outs lie; none as far beyond as that is from their median.
    """
    limits = {}
    for name in FAMILIAR:
        values = [row.facts[name] for row in rows if row.iou > GOOD]
        full = float(np.percentile(values, 95 if name == "clutter" else 5))
        limits[name] = (2 * full - float(np.median(values)), full)
    return limits


def main() -> int:
    jobs = [(i, s, v) for i, s in enumerate(shots(DEVELOPMENT, SCENES)) for v in _VARIANTS]
    with ProcessPoolExecutor(2) as pool:
        looked = [seen for seen in pool.map(look, jobs) if seen.truth.mean() > 0.003]
    fit(looked)
    return 0


def fit(looked: Sequence[Looked]) -> None:
    """Cross-validate over archetypes, fit on everything, write the numbers."""
    kinds = list(dict.fromkeys(seen.kind for seen in looked))
    folds = [kinds.index(seen.kind) % FOLDS for seen in looked]
    names = list(looked[0].facts)
    rules = [
        fit_rule([s for s, f in zip(looked, folds, strict=True) if f != fold], names)
        for fold in range(FOLDS)
    ]

    with ProcessPoolExecutor(2) as pool:
        used = [rules[fold] for fold in folds]
        found = pool.map(_rows, range(len(looked)), folds, looked, used)
        rows = [row for several in found for row in several]
    caution = validate(rows)
    choice, opinion = fit_choice(rows), fit_judge(rows)
    opinion["bias"] -= caution
    limits = usual(best(rows, choice))
    _write(REGION=fit_rule(looked, names), CHOICE=choice, CONFIDENCE=opinion, USUAL=limits)


def validate(rows: Sequence[Row]) -> float:
    """Print what the choice and the confidence achieve on kinds they were not fitted on.

    Returns the caution (log odds taken off) that keeps the mean of what is delivered at PROMISED
    and seven of eight above 0.9.
    """
    picked, sure, unusual = [], [], []
    for fold in range(FOLDS):
        known = [row for row in rows if row.fold != fold]
        choice, opinion = fit_choice(known), fit_judge(known)
        limits = usual(best(known, choice))
        for row in best([row for row in rows if row.fold == fold], choice):
            picked.append(row.iou)
            sure.append(merit(row.facts, opinion))
            unusual.append(judge.familiar(row.facts, limits))
    good, odds, known_ways = np.array(picked), np.array(sure), np.array(unusual)
    settled = np.mean([row.iou for row in rows if row.facts["settled"]])
    print(f"cross-validated over kinds: settled {settled:.4f}, chosen {good.mean():.4f}")
    caution = 0.0
    for caution in np.arange(0, 4, 0.1):
        trust = known_ways / (1 + np.exp(caution - odds))
        kept = good[trust >= MIN_CONFIDENCE]
        if kept.mean() >= PROMISED and (kept < 0.9).mean() <= 1 / 8:
            break
    print(
        f"    median {np.median(good):.4f}, correlation {np.corrcoef(good, trust)[0, 1]:.3f};"
        f" caution {caution:.1f} delivers {len(kept)} of {len(good)}, mean {kept.mean():.4f},"
        f" {(kept < 0.9).sum()} below 0.9"
    )
    return float(caution)


def _rows(cut: int, fold: int, seen: Looked, rule: Rule) -> list[Row]:
    mask, clear = settled(seen, rule)
    found = candidates(
        seen.view, seen.explained, seen.proposals, mask, clear, rivals=tuple(seen.proposals)
    )
    return [Row(cut, fold, name, c.facts, overlap(c.mask, seen.truth)) for name, c in found.items()]


def _write(**rules: Mapping[str, object]) -> None:
    """Put the numbers into the package."""
    path = Path(fitted.__file__)
    text = f'"""{fitted.__doc__}"""\n'
    for name, rule in rules.items():
        kind = fitted.__annotations__[name]
        lines = "".join(f'    "{key}": {_literal(value)},\n' for key, value in rule.items())
        text += f"\n{name}: {kind} = {{\n{lines}}}\n"
    path.write_text(text)
    print(f"written: {path}")


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_literal(v) for v in value) + ")"
    return str(round(float(str(value)), 3))
