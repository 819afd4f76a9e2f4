"""Which pieces of a picture are product: boosted decision trees over what is measured on them.

`forest.npz` holds the trees, fitted on path-traced development renders by
`python -m bench.cutout fit`: thresholds and numbers, no neural network, nothing learned from
anybody's photographs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.engines.studio.cutout.pieces import F64

PATH = Path(__file__).with_name("forest.npz")


@dataclass(frozen=True)
class Forest:
    """Trees side by side: (trees, nodes) arrays, node 0 a tree's root.

    A fact of at most `threshold` goes `left`. A leaf leads to itself and carries its log odds in
    `value`, which is 0 elsewhere. `names` are the facts in the order of `fact`; `depth` steps lead
    from every root to a leaf.
    """

    names: tuple[str, ...]
    fact: NDArray[np.uint8]
    threshold: NDArray[np.float32]
    left: NDArray[np.uint16]
    right: NDArray[np.uint16]
    value: NDArray[np.float32]
    depth: int
    caution: float  # see `confidence`

    def chances(self, facts: Mapping[str, F64]) -> F64:
        """(count,) the chance of each piece to be product. `facts` has every name, (count,)."""
        table = np.stack([np.asarray(facts[name], np.float32) for name in self.names], 1)
        rows = np.arange(len(table))[:, None]
        trees = np.arange(len(self.fact))[None]
        node = np.zeros((len(table), len(self.fact)), np.uint16)
        for _ in range(self.depth):
            small = table[rows, self.fact[trees, node]] <= self.threshold[trees, node]
            node = np.where(small, self.left[trees, node], self.right[trees, node])
        odds = self.value[trees, node].sum(1, dtype=np.float64)
        return np.asarray(1 / (1 + np.exp(-odds)))

    def confidence(self, expected: float) -> float:
        """0..1 for an expected intersection over union; 0.6 where, on kinds of product that the
        trees had not seen, deliveries from there on were as good as promised."""
        return float(np.clip(expected, 0, 1) ** self.caution)

    def save(self, path: Path) -> None:
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        np.savez_compressed(
            path, names=list(self.names), depth=self.depth, caution=self.caution, **arrays
        )


_ARRAYS = ("fact", "threshold", "left", "right", "value")


@cache
def forest() -> Forest:
    """The trees that come with the package."""
    with np.load(PATH, allow_pickle=False) as file:
        return Forest(
            names=tuple(str(name) for name in file["names"]),
            depth=int(file["depth"]),
            caution=float(file["caution"]),
            **{name: file[name] for name in _ARRAYS},
        )
