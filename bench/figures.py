"""A benchmark's figures against their targets, in one shape for all of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number. `at_least` False: it may not be above its target."""

    what: str
    measured: float
    target: float
    unit: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        if self.at_least:
            return self.measured >= self.target
        return self.measured <= self.target

    def __str__(self) -> str:
        word = "at least" if self.at_least else "at most"
        verdict = "holds" if self.holds else "MISSED"
        measured = f"{self.measured:.3g}" if self.measured < 100 else f"{self.measured:.0f}"
        return f"{self.what:58s} {measured:>8} {self.unit:7s} {word} {self.target:g}: {verdict}"


def conclude(figures: Sequence[Figure]) -> int:
    """Print the figures and how busy the machine is; 1 if any target is missed, else 0."""
    for figure in figures:
        print(figure)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    return int(not all(figure.holds for figure in figures))


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
