"""The chain of engines that a job falls through, and the hosts that run them.

One host process per engine, started once per worker and kept: loading costs seconds, and an
engine that dies must not take the next one along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from django.conf import settings

from imaging.engines.base import Failed, Made, Outcome, Recipe
from imaging.engines.client import EngineHost, HostError, Progress
from imaging.engines.protocol import HostFacts, Task

FACTORIES: Mapping[str, str] = {
    "studio": "imaging.engines.studio.engine:StudioEngine",
    "diffusion": "imaging.engines.diffusion.engine:DiffusionEngine",
}
"""Name in IMAGING_ENGINE -> what makes the engine in its host process."""

NOT_THINKING = (
    "Thinking mode needs a language model, which this engine does not have: "
    "made in fast mode, at the price of fast mode."
)

# These say something about the request: another engine would have to say the same.
_FINAL = frozenset({"blocked", "bad_input", "cancelled"})

_BASE_SECONDS = 240.0
_PER_PICTURE_SECONDS = 15.0
_MOST_SECONDS = 420.0
_LEAST_SECONDS = 60.0


def deadline_seconds(recipe: Recipe) -> float:
    """How long the engines may take for one recipe. Shorter than the wake-up's own timeout."""
    return min(_BASE_SECONDS + _PER_PICTURE_SECONDS * (recipe.count - 1), _MOST_SECONDS)


@dataclass
class Attempt:
    """What became of a recipe: the outcome, who said so, and who was tried before in vain.

    `recipe` is the one used (its mode may have fallen back, because the engine does not think or
    because its thinking failed); `engine` is None where no engine could even start.
    """

    recipe: Recipe
    outcome: Outcome
    engine: HostFacts | None = None
    notes: list[str] = field(default_factory=list)
    fallbacks: list[dict[str, str]] = field(default_factory=list)


class Engines:
    """The chain of this installation. Lives as long as its worker process."""

    def __init__(self) -> None:
        factories = {**FACTORIES, **getattr(settings, "ENGINE_FACTORIES", {})}
        chain = dict.fromkeys([settings.IMAGING_ENGINE, "studio"])
        self._hosts = {name: EngineHost(factories[name]) for name in chain}

    def start(self) -> None:
        """Begin loading the first engine, before the first job asks for it."""
        next(iter(self._hosts.values())).start()

    def kill(self) -> None:
        """End every host at once, whatever it is doing."""
        for host in self._hosts.values():
            host.kill()

    def close(self) -> None:
        for host in self._hosts.values():
            host.close()

    def make(
        self,
        recipe: Recipe,
        inputs: Sequence[str],
        *,
        folder: Path,
        go_on: Callable[[], bool],
        on_progress: Progress,
    ) -> Attempt:
        """Try one engine after the other until one makes the pictures or says why nobody can."""
        attempt = Attempt(recipe, Failed(kind="model_missing", reason="There is no engine."))
        until = time.monotonic() + deadline_seconds(recipe)
        for name, host in self._hosts.items():
            run = partial(
                host.run,
                folder=folder,
                deadline_seconds=max(until - time.monotonic(), _LEAST_SECONDS),
                go_on=go_on,
                on_progress=on_progress,
            )
            _try(attempt, host, recipe, inputs, run)
            if isinstance(attempt.outcome, Made) or attempt.outcome.kind in _FINAL:
                return attempt
            failed = attempt.outcome
            attempt.fallbacks.append({"engine": name, "kind": failed.kind, "reason": failed.reason})
        return attempt


def _try(
    attempt: Attempt,
    host: EngineHost,
    recipe: Recipe,
    inputs: Sequence[str],
    run: Callable[[Sequence[Task]], list[Outcome]],
) -> None:
    """One engine; its answer is written into `attempt`."""
    try:
        attempt.engine = host.facts()
    except (HostError, OSError, ValueError, TypeError):
        host.kill()
        attempt.engine = None
        attempt.outcome = Failed(kind="failed", reason="The engine could not start.")
        return
    attempt.recipe, attempt.notes = recipe, []
    if recipe.mode == "thinking" and not attempt.engine.thinks:
        attempt.recipe, attempt.notes = replace(recipe, mode="fast"), [NOT_THINKING]
    [outcome] = run([Task(attempt.recipe, tuple(inputs))])
    if isinstance(outcome, Made) and not outcome.pictures:
        outcome = Failed(kind="failed", reason="The engine made no picture.")
    if isinstance(outcome, Made) and outcome.mode == "fast":
        # Only downwards: what was held is the price of the mode that was asked for.
        attempt.recipe = replace(attempt.recipe, mode="fast")
    attempt.outcome = outcome
