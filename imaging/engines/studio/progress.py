"""Progress of work that is made of parts which report progress of their own."""

from __future__ import annotations

from dataclasses import dataclass

from imaging.engines.base import Watch

_FINE = 100  # steps that each part counts for


@dataclass(frozen=True)
class Part:
    """A watch for part `index` of `count` equal parts: what is reported to it reaches the watch of
    the whole as progress that never goes back."""

    whole: Watch
    index: int
    count: int

    def step(self, done: int, of: int, label: str) -> None:
        """Raises Cancelled as the watch of the whole does."""
        within = min(_FINE, round(_FINE * done / of)) if of else 0
        self.whole.step(self.index * _FINE + within, self.count * _FINE, label)
