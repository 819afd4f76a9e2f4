"""One recipe on its way through the engine: who is told, what was found out, what it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from imaging.engines.base import EngineError, Inputs, Mode, Outcome, Recipe, Watch
from imaging.engines.diffusion.drawing import Wanted


@dataclass
class Job:
    """A recipe, its photos, and what is known about it so far. `outcome` ends it."""

    recipe: Recipe
    inputs: Inputs
    watch: Watch
    mode: Mode = "fast"
    prompt: str = ""
    wanted: list[Wanted] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    steps: int = 1
    done: int = 0
    wanted_done: dict[int, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    def tell(self, label: str) -> None:
        """`label` comes now. Raises EngineError where the job should stop."""
        self.watch.step(self.done, self.steps, label)

    def fail(self, error: EngineError) -> None:
        if self.outcome is None:
            self.outcome = error.as_failed()

    def note(self, sentence: str) -> None:
        """Say it once, however many of its pictures it holds for."""
        if sentence not in self.notes:
            self.notes.append(sentence)
