"""What is measured on every piece of a picture before `forest.py` decides on it.

Each function answers facts by name, (count,) each. What most proposals hold to be product is
called the core here, what hardly any does the ground.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from imaging.engines.studio.cutout.evidence import DARK, F32, Mask, View
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.masks import overlap
from imaging.engines.studio.cutout.pieces import F64, Borders, Pieces, borders
from imaging.engines.studio.cutout.proposals import Proposals, share_of

Facts = dict[str, F64]

_STRONG = 26.0  # Lab units per Sobel kernel: an edge nobody doubts
_CORE, _GROUND = 0.85, 0.12  # shares of the votes
_NONE = 99.0  # distance to a core or a ground that is not there


def measure(view: View, proposals: Proposals, explained: Explained, pieces: Pieces) -> Facts:
    """All facts about all pieces."""
    votes = share_of(proposals)
    facts = _looks(view, explained, pieces)
    facts |= {f"by_{name}": pieces.mean(mask) for name, mask in proposals.items()}
    facts["votes"] = pieces.mean(votes)
    core, ground = facts["votes"] > _CORE, facts["votes"] < _GROUND
    strength = np.asarray(np.minimum(view.edges / _STRONG, 1), np.float32)
    meeting = borders(pieces, strength)
    facts |= _place(pieces, votes)
    facts |= _histograms(view, pieces, votes)
    facts |= _likeness(view, pieces, core, ground)
    facts |= _ways(view, pieces, meeting, core, ground)
    facts |= _borders(meeting, facts["votes"], pieces.mean(view.prob))
    facts |= _surroundings(view, pieces, votes)
    facts |= _mirror(view, pieces, votes)
    facts |= _picture(view, proposals, pieces, facts["votes"], strength)
    return facts


def _looks(view: View, explained: Explained, pieces: Pieces) -> Facts:
    """Colour, and the evidence for and against."""
    light = pieces.mean(view.lab[..., 0])
    a, b = pieces.mean(view.lab[..., 1]), pieces.mean(view.lab[..., 2])
    variance = pieces.mean(view.lab[..., 0].astype(np.float64) ** 2) - light**2
    return {
        "light": light,
        "a": a,
        "b": b,
        "chroma": np.hypot(a, b),
        "rough": np.sqrt(np.maximum(variance, 0)),
        **{f"evidence_{name}": pieces.mean(values) for name, values in view.evidence.items()},
        "prob": pieces.mean(view.prob),
        "cautious_prob": pieces.mean(view.cautious),
        "same": pieces.mean(explained.same),
        "shaded": pieces.mean(explained.shaded),
        "drop": pieces.mean(explained.drop),
        "texture": pieces.mean(np.minimum(view.edges / _STRONG, 1)),
        "size": pieces.sizes / pieces.sizes.mean(),
    }


def _centre(weight: F32) -> tuple[float, float, float, float]:
    """Mean x and y of a soft mask, and its spreads, pixels."""
    h, w = weight.shape
    total = max(float(weight.sum()), 1.0)
    across, down = weight.sum(0), weight.sum(1)
    x = float((across * np.arange(w)).sum()) / total
    y = float((down * np.arange(h)).sum()) / total
    wide = float((across * (np.arange(w) - x) ** 2).sum()) / total
    high = float((down * (np.arange(h) - y) ** 2).sum()) / total
    return x, y, wide**0.5 + 3, high**0.5 + 3


def _place(pieces: Pieces, votes: F32) -> Facts:
    """Where in the picture, and where beside what the votes hold to be the product."""
    h, w = votes.shape
    x, y = pieces.places.T
    middle, centre, wide, high = _centre(votes)
    held = (votes > 0.5).astype(np.uint8)
    inside = cv2.distanceTransform(held, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - held, cv2.DIST_L2, 5)
    return {
        "off_middle": np.abs(x / w - 0.5),
        "height": y / h,
        "beside": np.abs(x - middle) / wide,
        "below": (y - centre) / high,
        "depth": pieces.mean(inside - outside) / max(float(votes.sum()), 1.0) ** 0.5,
    }


def _histograms(view: View, pieces: Pieces, votes: F32) -> Facts:
    """How much commoner the colours are in the core than in the ground, log odds."""
    lab = view.lab
    light = np.clip(lab[..., 0] / 100 * 12, 0, 11).astype(np.int32)
    a = np.clip((lab[..., 1] + 64) / 8, 0, 15).astype(np.int32)
    b = np.clip((lab[..., 2] + 64) / 8, 0, 15).astype(np.int32)
    bins = (light * 16 + a) * 16 + b

    def frequencies(mask: Mask) -> F64:
        counts = np.bincount(bins[mask], minlength=12 * 256).reshape(12, 16, 16)
        soft: F64 = counts.astype(np.float64)
        for axis in range(3):
            soft = soft + 0.3 * (np.roll(soft, 1, axis) + np.roll(soft, -1, axis))
        return np.asarray(soft.ravel() / max(float(soft.sum()), 1e-9) + 1e-5)

    odds = np.log(frequencies(votes > _CORE) / frequencies(votes < _GROUND))
    return {"of_the_core": pieces.mean(odds[bins])}


def _likeness(view: View, pieces: Pieces, core: Mask, ground: Mask) -> Facts:
    """Distance to the most similar piece of the core and of the ground, Lab units.

    The farther away a piece lies, the more alike it has to be: `side` units for the whole picture.
    The last two ask for a ground of the same hue, whatever its light: what a shadow lies on.
    """
    colours = pieces.colours(view)
    places = pieces.places / max(view.prob.shape)
    away = _distances(places)
    facts: Facts = {}
    for name, side in (("far", 40), ("near", 200)):
        unlike = _distances(colours) + side * away
        np.fill_diagonal(unlike, np.inf)
        facts[f"to_core_{name}"] = _least(unlike, core)
        facts[f"to_ground_{name}"] = _least(unlike, ground)
        facts[f"core_{name}"] = facts[f"to_ground_{name}"] - facts[f"to_core_{name}"]
    light = colours[:, 0]
    hue = np.stack([pieces.mean(view.lab[..., c]) for c in (1, 2)], 1)
    unlike = _distances(hue / np.maximum(light, DARK)[:, None] * 60) + 60 * away
    np.fill_diagonal(unlike, np.inf)
    facts["hue_to_ground"] = _least(unlike, ground)
    lit = light[ground][np.argmin(unlike[:, ground], 1)] if ground.any() else light
    facts["darker_than_ground"] = lit - light
    return facts


def _distances(points: F64) -> F64:
    """(n, n) Euclidean distances of (n, k) points."""
    squares = (points**2).sum(1)
    return np.asarray(
        np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * points @ points.T, 0))
    )


def _least(unlike: F64, among: Mask) -> F64:
    """(n,) the least of each row among the chosen columns."""
    if not among.any():
        return np.full(len(unlike), _NONE)
    return np.asarray(np.minimum(unlike[:, among].min(1), _NONE))


def _ways(view: View, pieces: Pieces, meeting: Borders, core: Mask, ground: Mask) -> Facts:
    """The cheapest ways over borders from the picture's frame, the core and the ground.

    A border costs what edge and change of colour it has.
    """
    colours = pieces.colours(view)
    change = np.linalg.norm(colours[meeting.here] - colours[meeting.there], axis=1) / 60
    graph = meeting.graph(0.02 + meeting.strength + change)
    labels = pieces.labels
    rim = np.zeros(pieces.count, np.bool_)
    rim[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = True

    def cost_from(start: Mask) -> F64:
        if not start.any():
            return np.full(pieces.count, _NONE)
        found = dijkstra(graph, indices=np.nonzero(start)[0], min_only=True)
        return np.asarray(np.minimum(found, _NONE))

    from_core, from_ground = cost_from(core), cost_from(ground)
    return {
        "way_from_frame": cost_from(rim),
        "way_from_core": from_core,
        "way_from_ground": from_ground,
        "nearer_to_core": from_ground - from_core,
    }


def _borders(meeting: Borders, votes: F64, prob: F64) -> Facts:
    """Edges towards pieces with more votes and towards the others, and what is next door."""
    inwards = votes[meeting.there] > votes[meeting.here] + 0.02
    return {
        "edge_in": meeting.mean_over(meeting.strength, inwards),
        "edge_out": meeting.mean_over(meeting.strength, ~inwards),
        "held": meeting.share_of_length(inwards),
        "votes_next_door": meeting.mean_over(votes[meeting.there]),
        "prob_next_door": meeting.mean_over(prob[meeting.there]),
    }


def _surroundings(view: View, pieces: Pieces, votes: F32) -> Facts:
    """Votes and evidence in the neighbourhood, and some way up, down and aside."""
    facts: Facts = {}
    x, y = np.rint(pieces.places).astype(np.int64).T
    for sigma in (8, 20):
        facts[f"votes_within_{sigma}"] = cv2.GaussianBlur(votes, (0, 0), sigma)[y, x]
        facts[f"prob_within_{sigma}"] = cv2.GaussianBlur(view.prob, (0, 0), sigma)[y, x]
    soft = cv2.GaussianBlur(votes, (0, 0), 8)
    h, w = votes.shape
    step = int(0.09 * max(h, w))
    left, right = soft[y, np.maximum(x - step, 0)], soft[y, np.minimum(x + step, w - 1)]
    return facts | {
        "votes_above": soft[np.maximum(y - step, 0), x],
        "votes_below": soft[np.minimum(y + step, h - 1), x],
        "votes_aside_least": np.minimum(left, right),
        "votes_aside_most": np.maximum(left, right),
    }


def _mirror(view: View, pieces: Pieces, votes: F32) -> Facts:
    """The place on the other side of the product's upright axis: many products are symmetrical."""
    colours = pieces.colours(view)
    x, y = pieces.places.T
    across = np.clip(np.rint(2 * _centre(votes)[0] - x), 0, votes.shape[1] - 1).astype(np.int64)
    down = np.rint(y).astype(np.int64)
    opposite = pieces.labels[down, across]
    return {
        "votes_opposite": cv2.GaussianBlur(votes, (0, 0), 3)[down, across],
        "unlike_opposite": np.linalg.norm(colours - colours[opposite], axis=1),
    }


def _picture(
    view: View, proposals: Proposals, pieces: Pieces, votes: F64, strength: NDArray[np.float32]
) -> Facts:
    """Facts about the whole picture, the same for every piece, and two against them."""
    light = pieces.mean(view.lab[..., 0])
    sure, ground = votes > _CORE, votes < _GROUND
    product_light = float(np.average(light, weights=pieces.sizes * sure + 1e-6))
    ground_light = float(np.average(light, weights=pieces.sizes * ground + 1e-6))
    masks = list(proposals.values())
    agreement = [overlap(a, b) for i, a in enumerate(masks) for b in masks[:i]]
    around = ground[pieces.labels]
    whole = {
        "area": float(np.mean(masks)),
        "agreement": float(np.mean(agreement)),
        "product_light": product_light,
        "ground_light": ground_light,
        "clutter": float(strength[around].mean()) if around.any() else 1.0,
    }
    return {
        **{name: np.full(pieces.count, value) for name, value in whole.items()},
        "lighter_than_product": light - product_light,
        "lighter_than_ground": light - ground_light,
    }
