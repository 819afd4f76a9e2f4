"""Settle, region by region, what the proposals disagree on.

Where all proposals agree nothing is done. The rest falls into regions of one voting pattern;
each region is measured (who voted for it, what it looks like, on which side its edges are) and
a logistic rule decides whether it is product.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.studio.cutout.evidence import F32, Mask, View
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.fitted import REGION
from imaging.engines.studio.cutout.proposals import Proposals, tidy

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

VOTERS = (
    "seeded",
    "cautious",
    "within",
    "evidence",
    "unshaded",
    "vote",
    "tinted",
    "tinted_vote",
    "near",
)
_EVIDENCE = ("margin", "field", "chroma", "wall")
_LEAST = 0.0004  # share of the picture: smaller regions follow the vote


def regions(proposals: Proposals) -> tuple[I32, F32]:
    """(h, w) region labels, 0 where all agree, and (h, w) share of the votes."""
    masks = [proposals[name] for name in VOTERS]
    pattern = np.zeros(masks[0].shape, np.int32)
    for bit, mask in enumerate(masks):
        pattern |= mask.astype(np.int32) << bit
    votes = np.asarray(np.mean(masks, axis=0), np.float32)
    labels: I32 = np.zeros(pattern.shape, np.int32)
    count = 0
    for code in np.unique(pattern):
        if code in (0, 2 ** len(masks) - 1):
            continue
        found, pieces = cv2.connectedComponents((pattern == code).astype(np.uint8), connectivity=4)
        labels[pieces > 0] = pieces[pieces > 0] + count
        count += found - 1
    return labels, votes


def measure(
    view: View, proposals: Proposals, explained: Explained, labels: I32, votes: F32
) -> dict[str, F64]:
    """Facts about every region by name, each (labels + 1,); entry 0 means nothing."""
    count = int(labels.max()) + 1
    flat = labels.ravel()
    size = np.maximum(np.bincount(flat, minlength=count), 1)

    def mean(values: NDArray[np.generic]) -> F64:
        return np.bincount(flat, values.ravel().astype(np.float64), count) / size

    facts = {name: mean(proposals[name]) for name in VOTERS}
    facts |= {name: mean(view.evidence[name]) for name in _EVIDENCE}
    facts |= {"same": mean(explained.same), "shaded": mean(explained.shaded)}
    facts |= {
        "drop": np.clip(mean(explained.drop) / 50, -1, 1),
        "shadow": mean(explained.shaded * np.clip(explained.drop / 20, 0, 1)),
        "prob": mean(view.prob),
        "cautious_prob": mean(view.cautious),
        "texture": mean(np.minimum(view.edges / 26, 1)),
        "size": np.log10(size / flat.size) + 3,
    }
    facts |= _sides(view, labels, votes, count)
    # A cast shadow ends softly where the product does not: worth saying together.
    facts["soft_shadow"] = facts["shadow"] * (1 - facts["edge_out"])
    facts["soft_same"] = facts["same"] * (1 - facts["edge_out"])
    facts["firm"] = facts["edge_out"] * (1 - facts["edge_in"])
    facts["kept_unshaded"] = facts["unshaded"] * facts["edge_out"]
    return facts


def _sides(view: View, labels: I32, votes: F32, count: int) -> dict[str, F64]:
    """Edge strength towards neighbours with more votes and towards those with fewer."""
    strength = np.minimum(view.edges / 26, 1)
    length = np.zeros((2, count))  # border towards more votes, towards fewer
    edge = np.zeros((2, count))
    for here, there in _neighbours():
        differ = labels[here] != labels[there]
        own, other = votes[here][differ], votes[there][differ]
        along = np.maximum(strength[here], strength[there])[differ]
        region = labels[here][differ]
        for side, chosen in enumerate((other >= own, other < own)):
            length[side] += np.bincount(region[chosen], minlength=count)
            edge[side] += np.bincount(region[chosen], along[chosen], count)
    mean = edge / np.maximum(length, 1)
    return {
        "edge_in": np.where(length[0] > 0, mean[0], 0.5),
        "edge_out": np.where(length[1] > 0, mean[1], 0.5),
        "held": length[0] / np.maximum(length.sum(0), 1),
        "enclosed": (length[1] == 0).astype(np.float64),
    }


def _neighbours() -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Slices of a pixel and its neighbour, for all four directions."""
    full, head, tail = slice(None), slice(None, -1), slice(1, None)
    down, across = ((head, full), (tail, full)), ((full, head), (full, tail))
    return [down, (down[1], down[0]), across, (across[1], across[0])]


def arbitrate(view: View, proposals: Proposals, explained: Explained) -> tuple[Mask, float]:
    """The settled mask, and how clear-cut the decisions were (0..1, weighted by area)."""
    labels, votes = regions(proposals)
    if labels.max() == 0:
        return tidy(votes > 0.99, view.prob), 1.0
    facts = measure(view, proposals, explained, labels, votes)
    return decide(view, labels, votes, facts, REGION)


def decide(
    view: View, labels: I32, votes: F32, facts: dict[str, F64], rule: dict[str, float]
) -> tuple[Mask, float]:
    """Apply a rule to measured regions; returns what `arbitrate` does."""
    odds = sum((rule[name] * fact for name, fact in facts.items()), np.float64(rule["bias"]))
    chance = 1 / (1 + np.exp(-odds))
    share = np.bincount(labels.ravel(), minlength=len(chance)) / labels.size
    chance = np.where(share < _LEAST, facts["vote"], chance)
    mask = np.where(labels > 0, chance[labels] > 0.5, votes > 0.99)
    doubt = np.where(labels > 0, np.minimum(chance, 1 - chance)[labels], 0).sum()
    return tidy(mask, view.prob), 1 - min(1.0, 2 * float(doubt) / max(float(mask.sum()), 1))
