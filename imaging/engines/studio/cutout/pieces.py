"""A picture in pieces: small regions of one colour on which all proposals agree.

SLIC superpixels (Achanta et al. 2012), cut along the proposals' outlines. A piece is product or it
is not; which of the two is for `forest.py` to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from skimage.segmentation import slic

from imaging.engines.studio.cutout.evidence import HUE_FIRST, Mask, View

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
Values = NDArray[np.generic]

_SUPERPIXELS = 450
_COMPACTNESS = 0.1  # of SLIC: low, so that pieces follow edges
_LEAST = 6  # pixels: smaller pieces join another one of their superpixel
# How pieces draw each other: strength, Lab units that count as alike, surest chance, rounds.
_PULL, _ALIKE, _SUREST, _ROUNDS = 0.5, 6.0, 1e-4, 12


@dataclass(frozen=True)
class Pieces:
    """`labels` (h, w) is 0..count - 1; every piece has pixels."""

    labels: I32
    count: int

    @cached_property
    def sizes(self) -> F64:
        """(count,) pixels."""
        return np.bincount(self.labels.ravel(), minlength=self.count).astype(np.float64)

    def mean(self, values: Values) -> F64:
        """(count,) mean of (h, w) `values` over each piece."""
        flat = values.ravel().astype(np.float64)
        return np.bincount(self.labels.ravel(), flat, self.count) / self.sizes

    @cached_property
    def places(self) -> F64:
        """(count, 2) mean x and y, pixels."""
        y, x = np.mgrid[0 : self.labels.shape[0], 0 : self.labels.shape[1]]
        return np.stack([self.mean(x), self.mean(y)], 1)

    def colours(self, view: View) -> F64:
        """(count, 3) mean Lab colour, hue weighted as HUE_FIRST says."""
        return np.stack([self.mean(view.lab[..., c]) for c in range(3)], 1) * HUE_FIRST


@dataclass(frozen=True)
class Borders:
    """Where two pieces meet; every border stands in both directions.

    `here` and `there` are pieces, `length` pixels, `strength` 0..1 the mean edge along it.
    """

    here: NDArray[np.intp]
    there: NDArray[np.intp]
    length: F64
    strength: F64
    count: int

    def mean_over(self, values: F64, chosen: Mask | None = None) -> F64:
        """(count,) mean of a border's `values` around each piece, weighted by length; 0.5 where
        none of its borders is `chosen`."""
        which = np.ones(len(self.here), np.bool_) if chosen is None else chosen
        here, weight = self.here[which], self.length[which]
        length = np.bincount(here, weight, self.count)
        total = np.bincount(here, weight * values[which], self.count)
        return np.where(length > 0, total / np.maximum(length, 1), 0.5)

    def share_of_length(self, chosen: Mask) -> F64:
        """(count,) how much of each piece's border is `chosen`, 0..1."""
        length = np.bincount(self.here, self.length, self.count)
        part = np.bincount(self.here[chosen], self.length[chosen], self.count)
        return np.asarray(part / np.maximum(length, 1))

    def graph(self, costs: F64) -> csr_matrix:
        """The pieces as a graph, crossing a border at its cost."""
        return coo_matrix((costs, (self.here, self.there)), (self.count, self.count)).tocsr()


def divide(view: View, masks: list[Mask]) -> Pieces:
    """The pieces of a view, along the outlines of up to 31 masks (h, w). Deterministic."""
    superpixels = slic(
        view.lab,
        n_segments=_SUPERPIXELS,
        compactness=_COMPACTNESS,
        convert2lab=False,
        start_label=0,
        channel_axis=-1,
    )
    pattern = np.zeros(superpixels.shape, np.int64)
    for bit, mask in enumerate(masks):
        pattern |= mask.astype(np.int64) << bit
    keys, labels, sizes = np.unique(
        superpixels.astype(np.int64) << 31 | pattern, return_inverse=True, return_counts=True
    )
    joined = _joined(keys, sizes)
    used, labels = np.unique(joined[labels], return_inverse=True)
    return Pieces(labels.reshape(superpixels.shape).astype(np.int32), len(used))


def _joined(keys: NDArray[np.int64], sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """For every piece itself, or, where it is too small, the piece of its superpixel whose votes
    are nearest."""
    superpixel, votes = keys >> 31, np.bitwise_count(keys & 0x7FFFFFFF).astype(np.int64)
    to = np.arange(len(keys))
    for small in np.nonzero(sizes < _LEAST)[0]:
        others = np.nonzero((superpixel == superpixel[small]) & (sizes >= _LEAST))[0]
        if len(others):
            to[small] = others[np.argmin(np.abs(votes[others] - votes[small]))]
    return to


def borders(pieces: Pieces, strength: NDArray[np.float32]) -> Borders:
    """All borders between pieces; `strength` (h, w) 0..1 is how strong an edge each pixel is on."""
    labels, count = pieces.labels, pieces.count
    pairs, edges = [], []
    for one, other in (
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        differ = labels[one] != labels[other]
        a, b = labels[one][differ].astype(np.int64), labels[other][differ].astype(np.int64)
        pairs += [a * count + b, b * count + a]
        edges += [np.maximum(strength[one], strength[other])[differ]] * 2
    keys, which = np.unique(np.concatenate(pairs), return_inverse=True)
    length = np.bincount(which).astype(np.float64)
    total = np.bincount(which, np.concatenate(edges).astype(np.float64))
    return Borders(keys // count, keys % count, length, total / length, count)


def smoothed(view: View, pieces: Pieces, chances: F64) -> F64:
    """(count,) chances, drawn towards those of the pieces next door that are of one colour.

    Mean field of a Potts model: a piece speaks by its area, a border by its length and by how
    alike its sides are.
    """
    meeting = borders(pieces, np.zeros(pieces.labels.shape, np.float32))
    colours = pieces.colours(view)
    change = np.linalg.norm(colours[meeting.here] - colours[meeting.there], axis=1)
    pull = _PULL * meeting.length * np.exp(-change / _ALIKE)
    safe = np.clip(chances, _SUREST, 1 - _SUREST)
    own = np.log(safe / (1 - safe)) * np.sqrt(pieces.sizes) / 3
    found = chances
    for _ in range(_ROUNDS):
        others = pull * (2 * found[meeting.there] - 1)
        odds = own + np.bincount(meeting.here, others, pieces.count)
        found = (found + 1 / (1 + np.exp(-np.clip(odds, -30, 30)))) / 2
    return np.asarray(found)
