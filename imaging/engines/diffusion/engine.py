"""The diffusion engine: open models, on a card where there is one.

A run goes through its jobs three times: what each wants (moderation, thinking, photos), the
drawing of all of it in as few batches as fit together, and what each becomes (scene and product,
enlarging, moderation). A job that fails anywhere fails alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import diffusers
import torch
import transformers

from imaging.engines.base import (
    EngineError,
    Inputs,
    Outcome,
    Pixels,
    Recipe,
    Watch,
)
from imaging.engines.diffusion import operations, prompts
from imaging.engines.diffusion.aides import Aides
from imaging.engines.diffusion.catalogue import Catalogue, Model
from imaging.engines.diffusion.drawing import DeviceLost, Drawing
from imaging.engines.diffusion.job import Job
from imaging.engines.diffusion.loading import device_name
from imaging.engines.diffusion.operations import Shot
from imaging.engines.diffusion.residency import Residency, is_out_of_memory
from imaging.engines.diffusion.sampler import Sampler

logger = logging.getLogger(__name__)

NO_MEMORY = EngineError("out_of_memory", "The picture needs more memory than there is.")
_WARM_SIDE = 256


class DiffusionEngine:
    """Draws with the catalogue's models. Same recipe, same pixels (see `sampler`)."""

    name = "diffusion"
    version = "1"
    kind = "neural"

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        """Reads the catalogue; loads nothing yet. Raises CatalogueError."""
        self.catalogue = catalogue or Catalogue.read()
        self.device = device_name(self.catalogue.device.name)
        _settle(self.device)
        self._aides = Aides(self.catalogue, self.device)
        limits = self.catalogue.device
        self._residency = Residency(
            self.device, limits.vram_gb, reserved_gb=self._aides.reserved_gb
        )
        self._sampler = Sampler()
        self._drawing = Drawing(self._residency, self._sampler, limits.batch_pixels)

    # --- What the worker must know ---

    @property
    def thinks(self) -> bool:
        """Whether a language model is at hand."""
        return self._aides.thinks

    @property
    def batch(self) -> int:
        """How many pictures at most are worth claiming together."""
        return max((model.batch for model in self._painters()), default=1)

    @property
    def batch_pixels(self) -> int:
        return self.catalogue.device.batch_pixels

    @property
    def native_pixels(self) -> int:
        """The largest area that any model draws; larger pictures are enlarged from it."""
        return max((model.native_size**2 for model in self._painters()), default=0)

    def _painters(self) -> list[Model]:
        """Models that stand first in a route."""
        routes = self.catalogue.routes.values()
        return [self.catalogue.models[names[0]] for names in routes if names]

    def supports(self, recipe: Recipe) -> bool:
        return recipe.operation in ("create", "enhance", "packshot")

    def warm(self) -> None:
        """Load the first model and, on a card, draw once, so that the first job does not pay for
        it. A painter that is missing is said in the log: the host must start all the same.

        Raises NotReady where moderation is required and cannot be had.
        """
        self._aides.warm()
        route = self.catalogue.route("create", "fast")
        if not route:
            return
        try:
            loaded = self._residency.acquire(route[0])
            if self.device != "cpu":
                # One picture and several are compiled apart.
                for count in {1, min(2, route[0].batch)}:
                    rows = [operations.plain_row("warm")] * count
                    self._sampler.sample(loaded, rows, (_WARM_SIDE, _WARM_SIDE))
        except EngineError as error:
            logger.warning("the first model is not ready: %s", error.reason)

    # --- Runs ---

    def run(
        self, recipes: Sequence[Recipe], inputs: Sequence[Inputs], watch: Watch
    ) -> list[Outcome]:
        """One outcome per recipe, in order. Compatible recipes are drawn in one batch."""
        started = time.perf_counter()
        jobs = [
            Job(recipe, given, _watch_of(watch, position), mode=recipe.mode)
            for position, (recipe, given) in enumerate(zip(recipes, inputs, strict=True))
        ]
        shots = [self._guarded(job, lambda job=job: self._prepared(job)) for job in jobs]  # type: ignore[misc]
        self._drawing.draw([one for job in jobs if job.is_open for one in job.wanted])
        for job, wanted in zip(jobs, shots, strict=True):
            if job.is_open:
                job.details["seconds"] = round(time.perf_counter() - started, 3)
                self._guarded(job, lambda job=job, wanted=wanted: self._finish(job, wanted))  # type: ignore[misc]
        return [_outcome(job) for job in jobs]

    def _guarded(self, job: Job, work: Callable[[], Any]) -> Any:
        """What `work` answers; what it raises is this job's failure and no other's."""
        try:
            return work()
        except EngineError as error:
            job.fail(error)
        except DeviceLost:
            raise
        except Exception as error:
            if is_out_of_memory(error):
                self._residency.free()
                job.fail(NO_MEMORY)
            else:
                logger.exception("diffusion failed: recipe %s", job.recipe.digest())
                job.fail(EngineError("failed", "The picture could not be made."))
        return None

    def _prepared(self, job: Job) -> list[Shot]:
        """What a job wants drawn; nothing where it is made without a network."""
        job.tell("Reading the request")
        self._aides.refuse_text(job)
        self._aides.refuse_inputs(job)
        if operations.needs_no_network(job):
            job.outcome = operations.without_network(job)
            return []
        thought = self._aides.think(job) if job.mode == "thinking" else ""
        return operations.shots_of(job, self.catalogue, thought)

    def _finish(self, job: Job, shots: Sequence[Shot]) -> None:
        operations.refuse_undrawn(shots)
        job.tell("Finishing")
        drawn = [shot.wanted.pixels for shot in shots if shot.wanted.pixels is not None]
        self._aides.refuse_outputs(job, drawn)
        job.details.update(templates=prompts.version(), device=self.device, versions=_versions())
        job.outcome = operations.made(job, list(shots), self._enlarge)

    def _enlarge(self, pixels: Pixels, width: int, height: int) -> Pixels:
        return self._aides.enlarge(pixels, width, height)


def _settle(device: str) -> None:
    """The same sums every time: no search for the fastest kernel, no rounding of inputs."""
    torch.backends.cudnn.benchmark = False
    if device.startswith("cuda"):
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False


def _watch_of(watch: Watch, position: int) -> Watch:
    task: Callable[[int], Watch] | None = getattr(watch, "task", None)
    return watch if task is None else task(position)


def _outcome(job: Job) -> Outcome:
    return job.outcome or EngineError("failed", "The picture could not be made.").as_failed()


def _versions() -> dict[str, str]:
    return {
        "torch": str(torch.__version__),
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
    }
