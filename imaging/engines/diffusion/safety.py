"""What may be drawn and what may be shown: the word list, a model that reads, one that looks.

The word list always reads. The models are the catalogue's; where it has none for a role, that role
is off and `state` says so. Where it has one that cannot be used, the policy decides, and under
"required" nothing unchecked ever counts as safe.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from imaging import moderation
from imaging.engines.base import EngineError, Pixels
from imaging.engines.diffusion.catalogue import Catalogue, Model
from imaging.engines.diffusion.picture_guard import PictureGuard, Stage
from imaging.engines.diffusion.text_guard import TextGuard
from imaging.engines.diffusion.weights import WeightsError

logger = logging.getLogger(__name__)

Checked = TypeVar("Checked")


class NotReady(Exception):
    """Moderation is required and cannot be had: the engine must not start. Says which and why."""


@dataclass(frozen=True)
class Verdict:
    """Whether something is refused, for which categories (moderation.toml), and how sure each
    model was: its labels -> probability. `unchecked`: a model should have looked and could not,
    and the policy lets it pass."""

    blocked: bool
    categories: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    unchecked: bool = False

    @property
    def reason(self) -> str:
        """The categories in the words a partner reads."""
        return moderation.reason(self.categories)

    def refuse(self) -> None:
        """Raise EngineError("blocked") where it is; nothing otherwise."""
        if self.blocked:
            raise EngineError("blocked", self.reason, categories=self.categories)


class Safety:
    """The checks of one engine."""

    def __init__(self, catalogue: Catalogue, device: str) -> None:
        """Loads the moderation models. Raises NotReady where one is configured, required, and
        cannot be loaded."""
        self.policy = catalogue.safety.policy
        self._faults: dict[str, str] = {}
        self._reader = self._loaded(TextGuard, catalogue.for_role("moderate-text"), device)
        self._looker = self._loaded(PictureGuard, catalogue.for_role("moderate-image"), device)

    def _loaded(
        self, kind: Callable[[Model, str], Checked], model: Model | None, device: str
    ) -> Checked | None:
        if model is None or self.policy == "rules_only":
            return None
        try:
            return kind(model, device)
        except (WeightsError, RuntimeError, MemoryError) as error:
            if self.policy == "required":
                raise NotReady(f"moderation by {model.name} is required: {error}") from error
            logger.error("moderation by %s is off: %s", model.name, error)
            self._faults[model.name] = str(error)
            return None

    def state(self) -> dict[str, Any]:
        """Plain JSON for doctor and the record: the policy, who reads ("words" always does) and
        who looks at pictures (none: it is off), and what is configured and could not be loaded."""
        return {
            "policy": self.policy,
            "text": ["words", *([self._reader.model.label] if self._reader else [])],
            "pictures": [self._looker.model.label] if self._looker else [],
            "faults": dict(self._faults),
        }

    def check_text(self, text: str) -> Verdict:
        """What a request, or a prompt that was written for it, asks to see.

        Raises EngineError where moderation is required and fails.
        """
        words = moderation.check(text)
        if words is not None:
            return Verdict(blocked=True, categories=words.categories)
        reader = self._reader
        if reader is None or not text.strip():
            return Verdict(blocked=False, unchecked=bool(self._faults))
        judged = self._checked(lambda: reader.judge(text))
        if judged is None:
            return Verdict(blocked=False, unchecked=True)
        categories = (judged.category,) if judged.refused else ()
        return Verdict(judged.refused, categories, judged.scores)

    def check_pictures(self, pictures: Sequence[Pixels], stage: Stage = "output") -> Verdict:
        """One verdict over pictures that came in ("input") or were made ("output"): one that is
        refused refuses all. Each score is the highest of them.

        Raises EngineError where moderation is required and fails.
        """
        looker = self._looker
        if looker is None or not pictures:
            return Verdict(blocked=False, unchecked=bool(self._faults))
        looks = self._checked(lambda: looker.look_at_all(pictures, stage))
        if looks is None:
            return Verdict(blocked=False, unchecked=True)
        refused = dict.fromkeys(look.category for look in looks if look.refused)
        labels = dict.fromkeys(label for look in looks for label in look.scores)
        scores = {label: max(look.scores[label] for look in looks) for label in labels}
        return Verdict(bool(refused), tuple(refused), scores)

    def _checked(self, check: Callable[[], Checked]) -> Checked | None:
        """The check's result; None where it failed and the policy lets that pass."""
        try:
            return check()
        except (EngineError, RuntimeError, MemoryError) as error:
            if self.policy == "required":
                raise
            logger.error("a moderation check failed: %s", error)
            return None
