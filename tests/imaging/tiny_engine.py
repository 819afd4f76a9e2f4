"""An engine that paints one colour and otherwise does what its prompt says."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from imaging.engines.base import (
    BatchWatch,
    EngineError,
    Failed,
    Inputs,
    Made,
    Outcome,
    Picture,
    Recipe,
    Replay,
)


class TinyEngine:
    """`steps N S`: N steps of S seconds. `die`, `raise`, `hang`, `blocked`, `bad_input`,
    `out_of_memory`, `stand_in`, `nothing`, `print`, `once FILE` (dies the first time),
    `cannot_think` (answers that it fell back to fast), `together N S` (steps of a batch)."""

    name = "tiny"
    version = "1"
    kind = "procedural"
    batch = 3
    batch_pixels = 3 * 64 * 48
    native_pixels = 64 * 48

    def supports(self, recipe: Recipe) -> bool:
        return True

    def run(
        self, recipes: Sequence[Recipe], inputs: Sequence[Inputs], watch: BatchWatch
    ) -> list[Outcome]:
        if all(recipe.prompt.startswith("together") for recipe in recipes):
            return self._together(recipes, inputs, watch)
        return [self._one(*pair, watch) for pair in zip(recipes, inputs, strict=True)]

    def _together(
        self, recipes: Sequence[Recipe], inputs: Sequence[Inputs], watch: BatchWatch
    ) -> list[Outcome]:
        """As a network does it: one loop of steps for all, each job told and asked by itself."""
        _, steps, seconds = recipes[0].prompt.split()
        outcomes: dict[int, Outcome] = {}
        for step in range(int(steps)):
            for position in range(len(recipes)):
                try:
                    watch.task(position).step(step, int(steps), f"step {step}")
                except EngineError as error:
                    outcomes[position] = error.as_failed()
            time.sleep(float(seconds))
        painted = [self._paint(*pair, stand_in=False) for pair in zip(recipes, inputs, strict=True)]
        size = len(recipes)
        return [
            outcomes.get(
                row,
                replace(made, replay=Replay(prompt="", model="tiny-1", batches=((size, row),))),
            )
            for row, made in enumerate(painted)
        ]

    def _one(self, recipe: Recipe, source: Inputs, watch: BatchWatch) -> Outcome:
        word, *rest = recipe.prompt.split() or ["plain"]
        if word == "steps":
            for step in range(int(rest[0])):
                watch.step(step, int(rest[0]), f"step {step}")
                time.sleep(float(rest[1]))
        if word in ("blocked", "bad_input", "out_of_memory"):
            return Failed(kind=word, reason=f"It is {word}.", categories=("test",))
        _misbehave(word, rest)
        if word == "nothing":
            return Made(pictures=(), model="tiny")
        made = self._paint(recipe, source, stand_in=word == "stand_in")
        if word == "cannot_think":
            return replace(made, mode="fast", notes=("It could not think.",))
        return made

    def _paint(self, recipe: Recipe, source: Inputs, *, stand_in: bool) -> Made:
        colour = np.array([recipe.seed % 256, len(source.pictures), 7], np.uint8)
        pixels = np.full((recipe.height or 48, recipe.width or 64, 3), colour, np.uint8)
        count = max(recipe.count, len(source.pictures))
        picture = Picture(pixels=pixels, source_type="algorithmicMedia")
        return Made(
            pictures=(picture,) * count,
            model="tiny-1",
            prompt_used=recipe.prompt,
            notes=("Painted.",),
            stand_in=stand_in,
            fidelity=1.0 if source.pictures else None,
            details={"mode": recipe.mode},
        )


def _misbehave(word: str, rest: Sequence[str]) -> None:
    if word == "die":
        os._exit(3)
    if word == "raise":
        raise RuntimeError("a bug")
    if word == "hang":
        time.sleep(3600)
    if word == "print":
        sys.stdout.write("a library prints\n")
        sys.stdout.flush()
        os.write(1, b"and another one writes past it\n")
    if word == "once" and not os.path.exists(rest[0]):
        with open(rest[0], "w"):
            os._exit(4)


class ThinkingEngine(TinyEngine):
    """One that has a language model."""

    thinks = True


class BrokenEngine:
    """It cannot even start."""

    def __init__(self) -> None:
        raise ImportError("no weights here")


class FussyEngine(TinyEngine):
    """It draws in batches, but not everything."""

    name = "fussy"

    def _one(self, recipe: Recipe, source: Inputs, watch: BatchWatch) -> Outcome:
        if recipe.prompt == "fussy":
            return Failed(kind="failed", reason="Not this one.")
        return super()._one(recipe, source, watch)
