"""What every engine takes and gives. No Django here: engines run in their own process.

A `Recipe` says everything needed to make a picture again; `Inputs` are the decoded source
pictures; an `Outcome` is either finished pictures or one typed failure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(H, W, 3) or (H, W, 4) uint8, sRGB, straight (not premultiplied) alpha."""

Operation = Literal["create", "enhance", "packshot", "edit"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
Mode = Literal["fast", "thinking"]

ASPECT_RATIOS: Mapping[str, tuple[int, int]] = {
    "1:1": (1, 1),
    "16:9": (16, 9),
    "9:16": (9, 16),
    "4:3": (4, 3),
    "3:4": (3, 4),
    "3:2": (3, 2),
    "2:3": (2, 3),
}
RESOLUTIONS: Mapping[str, int] = {"1k": 1024, "2k": 2048, "4k": 4096}
"""Name of a resolution -> long side in pixels."""


def output_size(aspect_ratio: str, resolution: str) -> tuple[int, int]:
    """(width, height) in pixels: the long side is the resolution's, the short side follows the
    ratio, rounded to a multiple of 8 (16:9 at 1k is 1024 x 576)."""
    across, down = ASPECT_RATIOS[aspect_ratio]
    side = RESOLUTIONS[resolution]
    short = round(side * min(across, down) / max(across, down) / 8) * 8
    return (side, short) if across >= down else (short, side)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """How a network drew the pictures of a recipe: what must be repeated for the same bits.

    `prompt` is what the network read, `model` its name and revision. `batches` is (batch size,
    row) of each picture: sums are taken in another order in a batch of another size.
    """

    prompt: str
    model: str
    batches: tuple[tuple[int, int], ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Replay:
        """What `dataclasses.asdict` made of one, after a journey through JSON."""
        batches = tuple((int(size), int(row)) for size, row in data["batches"])
        return cls(prompt=data["prompt"], model=data["model"], batches=batches)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything needed to make a picture again, as plain JSON values.

    `inputs` are sha256 hex digests of the source files in order. `width` and `height` are the
    finished size in pixels; an edit, which has both 0, leads to whatever size it leads to. `mode`
    is the mode that was really used.
    """

    operation: Operation
    width: int
    height: int
    seed: int
    prompt: str = ""
    mode: Mode = "fast"
    aspect_ratio: str = "1:1"
    resolution: str = "1k"
    inputs: tuple[str, ...] = ()
    count: int = 1
    format: Literal["png", "jpeg", "webp", "avif"] = "png"
    quality: int = 90
    # Packshots only; empty where the request left them out.
    style: str = ""
    background: str = ""
    scene_type: str = ""
    people: str = ""
    location: str = ""
    platform: str = ""
    shadow: str = ""
    # Edits only: what to do, in order, as `imaging/edit_orders.py` checked it.
    steps: tuple[Mapping[str, Any], ...] = ()
    # Once made; a recipe that was never made is drawn in whatever batch it comes into.
    replay: Replay | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; `Recipe.from_json` gives the same recipe back."""
        data = {**asdict(self), "inputs": list(self.inputs)}
        if self.steps:
            data["steps"] = [dict(step) for step in self.steps]
        else:
            del data["steps"]
        if self.replay is None:
            del data["replay"]
        else:
            data["replay"]["batches"] = [list(batch) for batch in self.replay.batches]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Recipe:
        """The recipe that `as_json` wrote. Unknown keys (of a later version) are left out."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        replay = values.get("replay")
        return cls(
            **{
                **values,
                "inputs": tuple(values.get("inputs", ())),
                "steps": tuple(values.get("steps", ())),
                "replay": Replay.from_json(replay) if replay else None,
            }
        )

    def digest(self) -> str:
        """sha256 hex of the canonical JSON: the recipe id."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Inputs:
    """Decoded source pictures of one recipe, in the order of the request."""

    pictures: tuple[Pixels, ...] = ()


# IPTC digital source types: https://cv.iptc.org/newscodes/digitalsourcetype/
SourceType = Literal[
    "algorithmicMedia",
    "algorithmicallyEnhanced",
    "compositeSynthetic",
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One finished picture and what must be said about it."""

    pixels: Pixels
    source_type: SourceType


@dataclass(frozen=True, kw_only=True)
class Made:
    """Pictures that were made.

    `notes` are plain sentences about what the engine could not honour. `stand_in` is true where
    a neutral stand-in was delivered because the engine does not know the product (it is then
    free). `fidelity` says how far the product's own pixels were kept, where they were at stake:
    1.0 is every pixel. `understood` / `not_understood` are words of the request. `mode` is the
    mode really used where it is not the recipe's: "fast" where thinking failed. `replay` is what
    a network must repeat for the same bits.
    `details` is plain JSON for the record (plan, cut-out confidence, timings in seconds).
    """

    pictures: tuple[Picture, ...]
    model: str
    prompt_used: str = ""
    notes: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()
    stand_in: bool = False
    fidelity: float | None = None
    mode: Mode | None = None
    replay: Replay | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


FailureKind = Literal[
    "blocked", "bad_input", "out_of_memory", "timed_out", "model_missing", "cancelled", "failed"
]


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Why one recipe gave no picture. `reason` is safe to show to a partner."""

    kind: FailureKind
    reason: str
    categories: tuple[str, ...] = ()


Outcome = Made | Failed


class EngineError(Exception):
    """A failure with a kind; an engine turns it into `Failed` for the one recipe it concerns."""

    def __init__(self, kind: FailureKind, reason: str, *, categories: Sequence[str] = ()) -> None:
        self.kind: FailureKind = kind
        self.reason = reason
        self.categories = tuple(categories)
        super().__init__(reason)

    def as_failed(self) -> Failed:
        return Failed(kind=self.kind, reason=self.reason, categories=self.categories)


class Cancelled(EngineError):
    """Somebody asked to stop. Raised by `Watch.step` between two steps."""

    def __init__(self) -> None:
        super().__init__("cancelled", "The job was cancelled.")


class Watch(Protocol):
    """Progress out, cancellation in."""

    def step(self, done: int, of: int, label: str) -> None:
        """Report that `done` of `of` steps are finished and what is being worked on now.

        Raises Cancelled when the job should stop.
        """
        ...


class BatchWatch(Watch, Protocol):
    """The watch of a run of several recipes; each may be followed and cancelled by itself."""

    def task(self, position: int) -> Watch:
        """The watch of the recipe at that position."""
        ...


class Unwatched:
    """A watch for callers that neither follow nor cancel (benchmarks, tests)."""

    def step(self, done: int, of: int, label: str) -> None:
        return None


class Engine(Protocol):
    """Turns recipes into pictures. Same recipe + same version = same pixels."""

    name: str
    version: str

    def supports(self, recipe: Recipe) -> bool: ...

    def run(
        self, recipes: Sequence[Recipe], inputs: Sequence[Inputs], watch: Watch
    ) -> list[Outcome]:
        """One outcome per recipe, in order. A bad recipe fails alone."""
        ...
