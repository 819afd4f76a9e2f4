"""The chain of engines that a job falls through, and the hosts that run them.

One host process per engine, started once per worker and kept: loading costs seconds, and an
engine that dies must not take the next one along.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings

from imaging.engines.base import Failed, Made, Outcome, Recipe
from imaging.engines.client import DIED, EngineHost, Follower, HostError
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
# Sixteen gigabytes of weights from a slow disk, checked and compiled. With the longest single job
# still shorter than the wake-up's timeout.
_START_SECONDS: Mapping[str, float] = {"diffusion": 300.0}
_CANNOT_START = (HostError, OSError, ValueError, TypeError)


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


@dataclass(frozen=True, kw_only=True)
class Order:
    """One recipe to make: the files of its decoded photos, and who follows it."""

    recipe: Recipe
    inputs: Sequence[str]
    follower: Follower


class Engines:
    """The chain of this installation. Lives as long as its worker process."""

    def __init__(self) -> None:
        factories = {**FACTORIES, **getattr(settings, "ENGINE_FACTORIES", {})}
        chain = dict.fromkeys([settings.IMAGING_ENGINE, "studio"])
        self._hosts = {
            name: EngineHost(factories[name], start_seconds=_START_SECONDS.get(name, 180.0))
            for name in chain
        }

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

    def room_beside(self, recipe: Recipe, photos: int) -> int:
        """How many more recipes like this one the first engine makes as quickly together as one
        after the other; 0 while it is not known yet."""
        facts = next(iter(self._hosts.values())).known_facts
        if facts is None or facts.batch <= 1:
            return 0
        pictures = max(recipe.count, photos, 1)
        area = min(recipe.width * recipe.height, facts.native_pixels)
        looked_at = 2 if photos else 1  # a photo that is looked at costs as much as a drawn one
        most = min(
            facts.batch // pictures, facts.batch_pixels // max(1, area * pictures * looked_at)
        )
        return max(0, most - 1)

    def make(self, orders: Sequence[Order], *, folder: Path) -> list[Attempt]:
        """Try one engine after the other until each order's pictures are made, or it is said why
        nobody can. What one engine cannot make of a batch goes on without the others."""
        nobody = Failed(kind="model_missing", reason="There is no engine.")
        attempts = [Attempt(order.recipe, nobody) for order in orders]
        until = time.monotonic() + max(deadline_seconds(order.recipe) for order in orders)
        open_pairs = list(zip(attempts, orders, strict=True))
        last = next(reversed(self._hosts))
        for name, host in self._hosts.items():
            mine = [pair for pair in open_pairs if _takes(name, pair[1].recipe)]
            others = [pair for pair in open_pairs if not _takes(name, pair[1].recipe)]
            for pairs in _portions(host, mine):
                seconds = max(until - time.monotonic(), _LEAST_SECONDS)
                _try(host, pairs, folder=folder, deadline_seconds=seconds)
            if name != last and mine:
                _once_more(host, mine, folder=folder, until=until)
            open_pairs = others + [pair for pair in mine if _note_failure(pair[0], name)]
            if not open_pairs:
                break
        return attempts


_Pair = tuple[Attempt, Order]


def _takes(name: str, recipe: Recipe) -> bool:
    """Whether that engine is asked at all: edits are exact steps, which no network draws."""
    return name == "studio" or recipe.operation != "edit"


def _portions(host: EngineHost, pairs: list[_Pair]) -> list[list[_Pair]]:
    """All together for an engine that draws in batches, else one by one. A host that has not
    started yet is started by the first."""
    if len(pairs) > 1:
        try:
            facts = host.facts(lambda: [order.follower.go_on() for _, order in pairs])
            if facts.batch > 1:
                return [pairs]
        except _CANNOT_START:
            host.kill()
    return [[pair] for pair in pairs]


def _note_failure(attempt: Attempt, engine: str) -> bool:
    """Whether another engine should try; what this one said is written down."""
    if isinstance(attempt.outcome, Made) or attempt.outcome.kind in _FINAL:
        return False
    failed = attempt.outcome
    attempt.fallbacks.append({"engine": engine, "kind": failed.kind, "reason": failed.reason})
    return True


def _once_more(host: EngineHost, pairs: Sequence[_Pair], *, folder: Path, until: float) -> None:
    """An engine that died under its jobs is started again before a lesser one takes over. One by
    one: it may have died of one of them. (The last engine's jobs go back to the queue.)"""
    for pair in pairs:
        if pair[0].outcome == DIED:
            seconds = max(until - time.monotonic(), _LEAST_SECONDS)
            _try(host, [pair], folder=folder, deadline_seconds=seconds)


def _try(
    host: EngineHost, pairs: Sequence[_Pair], *, folder: Path, deadline_seconds: float
) -> None:
    """One engine; its answers are written into the attempts."""
    try:
        facts = host.facts(lambda: [order.follower.go_on() for _, order in pairs])
    except _CANNOT_START:
        host.kill()
        for attempt, _ in pairs:
            attempt.engine = None
            attempt.outcome = Failed(kind="failed", reason="The engine could not start.")
        return
    for attempt, order in pairs:
        attempt.engine, attempt.recipe, attempt.notes = facts, order.recipe, []
        if order.recipe.mode == "thinking" and not facts.thinks:
            attempt.recipe, attempt.notes = replace(order.recipe, mode="fast"), [NOT_THINKING]
    outcomes = host.run_batch(
        [Task(attempt.recipe, tuple(order.inputs)) for attempt, order in pairs],
        [order.follower for _, order in pairs],
        folder=folder,
        deadline_seconds=deadline_seconds,
    )
    for (attempt, _), outcome in zip(pairs, outcomes, strict=True):
        _settle(attempt, outcome)


def _settle(attempt: Attempt, outcome: Outcome) -> None:
    """The recipe as it was really used: its mode, and how a network drew it."""
    if isinstance(outcome, Made) and not outcome.pictures:
        outcome = Failed(kind="failed", reason="The engine made no picture.")
    if isinstance(outcome, Made):
        attempt.recipe = replace(attempt.recipe, replay=outcome.replay)
        if outcome.mode == "fast":
            # Only downwards: what was held is the price of the mode that was asked for.
            attempt.recipe = replace(attempt.recipe, mode="fast")
    attempt.outcome = outcome
