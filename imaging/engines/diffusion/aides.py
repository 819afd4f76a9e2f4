"""Those who help the painters: the one that thinks, those that moderate, the one that enlarges.

Loaded when the host warms up, or when first needed. Without its thinker or upscaler the engine
draws all the same and says so; without moderation that the catalogue requires it draws nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from imaging.engines.base import Cancelled, EngineError, Pixels
from imaging.engines.diffusion import prompts
from imaging.engines.diffusion.catalogue import Catalogue, Model, Role
from imaging.engines.diffusion.job import Job
from imaging.engines.diffusion.residency import is_out_of_memory, release_memory
from imaging.engines.diffusion.safety import NotReady, Safety, Verdict
from imaging.engines.diffusion.thinking import Thinker, ThinkingFailed, fell_back
from imaging.engines.diffusion.upscale import Upscaler
from imaging.engines.diffusion.weights import WeightsError

logger = logging.getLogger(__name__)

THINKING_SECONDS = 20.0
"""How long one prompt may take; `seconds` in the thinker's options sets another."""

NO_THINKER = ThinkingFailed("the language model is not ready")
UNSAFE_THOUGHT = ThinkingFailed("what the language model wrote was refused by the safety filters")

_ROLES: tuple[Role, ...] = ("think", "moderate-text", "moderate-image", "upscale")
_LOOK_SECONDS = 0.25

Aide = TypeVar("Aide")


class Aides:
    """The helping models of one catalogue on one device."""

    def __init__(self, catalogue: Catalogue, device: str) -> None:
        self._catalogue = catalogue
        self._device = device
        self._safety: Safety | None = None
        self._upscaler: Upscaler | None = None
        self._thinker: Thinker | None = None
        self._thinker_failed = False

    @property
    def reserved_gb(self) -> float:
        """The memory they take from the painters."""
        models = [self._catalogue.for_role(role) for role in _ROLES]
        return sum(model.vram_gb for model in models if model is not None)

    def warm(self) -> None:
        """Load all of them. Raises NotReady where moderation is required and cannot be had: such
        an engine must not start."""
        logger.info("moderation: %s", self.safety.state())
        self._load_thinker()
        self._load_upscaler()

    # --- Moderation ---

    @property
    def safety(self) -> Safety:
        """The checks, loaded. Raises NotReady."""
        if self._safety is None:
            self._safety = Safety(self._catalogue, self._device)
        return self._safety

    def refuse_text(self, job: Job) -> None:
        """Raises EngineError("blocked") for a request that may not be drawn."""
        recipe = job.recipe
        said = (recipe.prompt, recipe.background, recipe.scene_type, recipe.people, recipe.location)
        words = "\n".join(filter(None, said))
        self._refuse(job, "text", lambda safety: safety.check_text(words))

    def refuse_inputs(self, job: Job) -> None:
        """Raises EngineError("blocked") for photos that may not be worked on."""
        photos = job.inputs.pictures
        self._refuse(job, "inputs", lambda safety: safety.check_pictures(photos, "input"))

    def refuse_outputs(self, job: Job, pictures: Sequence[Pixels]) -> None:
        """Raises EngineError("blocked") for pictures that may not be shown."""
        self._refuse(job, "outputs", lambda safety: safety.check_pictures(pictures, "output"))

    def _refuse(self, job: Job, what: str, check: Callable[[Safety], Verdict]) -> None:
        """Check, write the scores into the job's record, and refuse what is blocked."""
        try:
            safety = self.safety
        except NotReady as error:
            logger.error("%s", error)
            raise EngineError("model_missing", "Moderation is not ready.") from error
        verdict = check(safety)
        record = job.details.setdefault("safety", {"policy": safety.policy})
        record[what] = {label: round(score, 4) for label, score in verdict.scores.items()}
        if verdict.unchecked:
            record["unchecked"] = [*record.get("unchecked", []), what]
        verdict.refuse()

    # --- Thinking ---

    @property
    def thinks(self) -> bool:
        """Whether a language model is at hand."""
        return self._load_thinker() is not None

    def think(self, job: Job) -> str:
        """The prompt that the language model writes for a job; "" where it cannot, and the job is
        then one in fast mode that says why. Raises EngineError where the job should stop."""
        if job.recipe.replay is not None:
            return ""  # the prompt of then is drawn again
        try:
            return self._thought(job)
        except ThinkingFailed as failure:
            job.mode = "fast"
            job.note(fell_back(failure))
            job.details["thinking"] = {"failed": failure.reason}
            return ""

    def _thought(self, job: Job) -> str:
        thinker = self._load_thinker()
        if thinker is None:
            raise NO_THINKER
        job.tell("Thinking")
        listener = _Listener(job)
        recipe = job.recipe
        is_packshot = recipe.operation == "packshot"
        try:
            thought = thinker.rewrite(
                operation=recipe.operation,
                text=prompts.scene_around(recipe) if is_packshot else recipe.prompt,
                style=recipe.style,
                pictures=job.inputs.pictures,
                deadline_seconds=float(thinker.model.options.get("seconds", THINKING_SECONDS)),
                cancelled=listener.must_stop,
            )
        except Cancelled as cancelled:
            raise listener.stopped_by or cancelled from None
        if self.safety.check_text(thought.prompt).blocked:
            raise UNSAFE_THOUGHT
        job.details["thinking"] = dict(thought.details)
        return thought.prompt

    def _load_thinker(self) -> Thinker | None:
        model = self._catalogue.for_role("think")
        if self._thinker is None and model is not None and not self._thinker_failed:
            self._thinker = self._loaded(Thinker, model)
            self._thinker_failed = self._thinker is None
        return self._thinker

    # --- Enlarging ---

    def enlarge(self, pixels: Pixels, width: int, height: int) -> Pixels:
        """Exactly width x height, by the configured network where it can be had."""
        return self._load_upscaler().enlarge(pixels, width, height)

    def _load_upscaler(self) -> Upscaler:
        if self._upscaler is None:
            model = self._catalogue.for_role("upscale")
            loaded = self._loaded(Upscaler, model) if model is not None else None
            self._upscaler = loaded or Upscaler(None, self._device)
        return self._upscaler

    def _loaded(self, kind: Callable[[Model, str], Aide], model: Model) -> Aide | None:
        """The model, None (and a line in the log) where it cannot be had."""
        try:
            return kind(model, self._device)
        except WeightsError as error:
            logger.warning("%s is not at hand: %s", model.name, error)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            release_memory()
            logger.warning("%s does not fit into memory", model.name)
        return None


class _Listener:
    """Asks a few times a second whether a job should stop: the watch writes a line each time."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._next = 0.0
        self.stopped_by: EngineError | None = None

    def must_stop(self) -> bool:
        now = time.monotonic()
        if self.stopped_by is None and now >= self._next:
            self._next = now + _LOOK_SECONDS
            try:
                self._job.tell("Thinking")
            except EngineError as error:
                self.stopped_by = error
        return self.stopped_by is not None
