"""What the worker and the engine host say to each other: one JSON object a line, pictures by path.

To the host: `{"do": "run", "id", "folder", "seconds", "tasks": [{"recipe", "inputs": [path]}]}` and
`{"do": "cancel", "id", "task": position}`. From it: `ready` once, then for each run `progress`
lines (of one task, or of all) and one `done` with an outcome per task. Pictures are `.npy` files,
(H, W, 3 or 4) uint8 sRGB.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from imaging.engines.base import (
    Failed,
    Inputs,
    Made,
    Outcome,
    Picture,
    Pixels,
    Recipe,
    Replay,
)

Message = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One recipe and the files of its decoded source pictures."""

    recipe: Recipe
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostFacts:
    """Which engine a host runs. `thinks`: it has a language model for thinking mode. It draws up
    to `batch` pictures at once, of at most `batch_pixels` pixels together; none is drawn larger
    than `native_pixels`."""

    name: str
    version: str
    kind: str
    thinks: bool = False
    batch: int = 1
    batch_pixels: int = 0
    native_pixels: int = 0


def line(message: Mapping[str, Any]) -> str:
    """A message as one line of text, newline included."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=True) + "\n"


def parse(text: str) -> Message:
    """The message in a line. Raises ValueError for anything but one JSON object."""
    message = json.loads(text)
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")
    return message


def save_pixels(path: Path, pixels: Pixels) -> str:
    """Write (H, W, C) uint8 as .npy; returns the path as text."""
    np.save(path, np.ascontiguousarray(pixels), allow_pickle=False)
    return str(path)


def load_pixels(path: str) -> Pixels:
    """Read what `save_pixels` wrote. Raises ValueError for another shape or type."""
    pixels: Pixels = np.load(path, allow_pickle=False)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"not a picture: {pixels.dtype} {pixels.shape}")
    return pixels


def task_as_json(task: Task) -> Message:
    return {"recipe": task.recipe.as_json(), "inputs": list(task.inputs)}


def task_from_json(data: Mapping[str, Any]) -> tuple[Recipe, Inputs]:
    """The recipe and its decoded source pictures."""
    pictures = tuple(load_pixels(path) for path in data["inputs"])
    return Recipe.from_json(data["recipe"]), Inputs(pictures=pictures)


def outcome_as_json(outcome: Outcome, folder: Path, stem: str) -> Message:
    """An outcome as plain JSON, its pixels in files of `folder`."""
    if isinstance(outcome, Failed):
        return {"failed": asdict(outcome)}
    pictures = [
        {
            "path": save_pixels(folder / f"{stem}-{position}.npy", picture.pixels),
            "source_type": picture.source_type,
        }
        for position, picture in enumerate(outcome.pictures)
    ]
    facts = asdict(replace(outcome, pictures=()))
    return {"made": {**facts, "details": dict(outcome.details), "pictures": pictures}}


def outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    """What `outcome_as_json` wrote, pixels read back. Raises ValueError, KeyError or OSError."""
    if "failed" in data:
        failed = data["failed"]
        return Failed(
            kind=failed["kind"],
            reason=failed["reason"],
            categories=tuple(failed["categories"]),
        )
    made = data["made"]
    pictures = tuple(
        Picture(pixels=load_pixels(item["path"]), source_type=item["source_type"])
        for item in made["pictures"]
    )
    return Made(
        pictures=pictures,
        model=made["model"],
        prompt_used=made["prompt_used"],
        notes=tuple(made["notes"]),
        understood=tuple(made["understood"]),
        not_understood=tuple(made["not_understood"]),
        stand_in=made["stand_in"],
        fidelity=made["fidelity"],
        mode=made["mode"],
        replay=Replay.from_json(made["replay"]) if made["replay"] else None,
        details=made["details"],
    )


def all_failed(tasks: Sequence[Any], failure: Failed) -> list[Outcome]:
    """The same failure for every task of a run."""
    return [failure for _ in tasks]
