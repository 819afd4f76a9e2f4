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
from imaging.engines.studio.cutout.judge import colour_histogram
from imaging.engines.studio.cutout.proposals import Proposals, tidy

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

VOTERS = ("seeded", "outside", "within", "evidence", "vote")
EVIDENCE = ("margin", "field", "chroma", "wall")
MEASURES = (
    *VOTERS, *EVIDENCE, "prob", "size", "edge_in", "edge_out", "held", "enclosed", "frame",
    "like_product", "like_backdrop",
)
# Fitted by `python -m bench.cutout fit` on the development renders.
RULE: dict[str, float] = {}
RULE_BIAS = 0.0


def regions(proposals: Proposals) -> tuple[I32, F32]:
    """(h, w) region labels, 0 where all agree, and (h, w) share of the votes."""
    masks = [proposals[name] for name in VOTERS]
    pattern = sum((m.astype(np.int32) << i for i, m in enumerate(masks)), np.int32(0))
    votes = sum((m.astype(np.float32) for m in masks), np.float32(0)) / len(masks)
    labels = np.zeros(pattern.shape, np.int32)
    count = 0
    for code in np.unique(pattern):
        if code in (0, 2 ** len(masks) - 1):
            continue
        found, pieces = cv2.connectedComponents((pattern == code).astype(np.uint8), connectivity=4)
        labels[pieces > 0] = pieces[pieces > 0] + count
        count += found - 1
    return labels, np.asarray(votes, np.float32)


def measure(view: View, proposals: Proposals, labels: I32, votes: F32) -> F64:
    """(regions, len(MEASURES)) facts about every region, row 0 for label 1."""
    count = int(labels.max()) + 1
    flat = labels.ravel()
    size = np.maximum(np.bincount(flat, minlength=count), 1)

    def mean(values: NDArray[np.generic]) -> F64:
        return np.bincount(flat, values.ravel().astype(np.float64), count) / size

    columns = {name: mean(proposals[name]) for name in VOTERS}
    columns |= {name: mean(view.evidence[name]) for name in EVIDENCE}
    columns |= {"prob": mean(view.prob), "size": np.log10(size / flat.size + 1e-6) + 3}
    columns |= _sides(view, labels, votes, count)
    border = np.zeros(labels.shape, np.bool_)
    border[:3] = border[-3:] = border[:, :3] = border[:, -3:] = True
    columns["frame"] = (np.bincount(labels[border], minlength=count) > 0).astype(np.float64)
    columns |= _likeness(view, labels, votes, count)
    return np.stack([columns[name] for name in MEASURES], 1)[1:]


def _sides(view: View, labels: I32, votes: F32, count: int) -> dict[str, F64]:
    """Edge strength towards neighbours with more votes and towards those with fewer."""
    strength = np.minimum(view.edges / 26, 1)
    length = np.zeros((2, count))  # border towards more votes, towards fewer
    edge = np.zeros((2, count))
    for here, there in _neighbours(labels.shape):
        differ = labels[here] != labels[there]
        own, other = votes[here][differ], votes[there][differ]
        along = np.maximum(strength[here], strength[there])[differ]
        side = (other < own).astype(int)
        np.add.at(length, (side, labels[here][differ]), 1)
        np.add.at(edge, (side, labels[here][differ]), along)
    mean = edge / np.maximum(length, 1)
    around = np.maximum(length.sum(0), 1)
    return {
        "edge_in": np.where(length[0] > 0, mean[0], 0.5),
        "edge_out": np.where(length[1] > 0, mean[1], 0.5),
        "held": length[0] / around,
        "enclosed": (length[1] == 0).astype(np.float64),
    }


def _neighbours(
    shape: tuple[int, ...],
) -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Slices of a pixel and its neighbour, for all four directions."""
    full, head, tail = slice(None), slice(None, -1), slice(1, None)
    down, across = ((head, full), (tail, full)), ((full, head), (full, tail))
    return [down, (down[1], down[0]), across, (across[1], across[0])]


def _likeness(view: View, labels: I32, votes: F32, count: int) -> dict[str, F64]:
    """Bhattacharyya coefficient of each region's colours with the agreed parts."""
    product, backdrop = votes > 0.99, votes < 0.01
    if not product.any():
        product = votes >= votes.max()
    known = [colour_histogram(view.lab, part) for part in (product, backdrop)]
    like = np.zeros((2, count))
    for label in range(1, count):
        own = colour_histogram(view.lab, labels == label)
        like[:, label] = [float(np.sqrt(own * other).sum()) for other in known]
    return {"like_product": like[0], "like_backdrop": like[1]}


def arbitrate(view: View, proposals: Proposals) -> tuple[Mask, float]:
    """The settled mask, and how clear-cut the decisions were (0..1, weighted by area)."""
    labels, votes = regions(proposals)
    agreed = votes > 0.99
    if labels.max() == 0:
        return tidy(agreed, view.prob), 1.0
    facts = measure(view, proposals, labels, votes)
    odds = facts @ np.array([RULE[name] for name in MEASURES]) + RULE_BIAS
    chance = np.concatenate([[0.0], 1 / (1 + np.exp(-odds))])
    mask = agreed | (chance > 0.5)[labels]
    doubt = float(np.minimum(chance, 1 - chance)[labels].sum()) / max(float(mask.sum()), 1)
    return tidy(mask, view.prob), 1 - min(1.0, 2 * doubt)
