"""A classifier that looks at pictures: those that come in and those that go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
import transformers
from PIL import Image

from imaging.engines.base import EngineError, Pixels
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.companions import load_companion
from imaging.engines.diffusion.weights import WeightsError
from imaging.engines.picture import flatten, thumbnail

Stage = Literal["input", "output"]

THRESHOLDS: Mapping[Stage, float] = {"input": 0.95, "output": 0.85}
"""Probability of the blocked labels together from which on a picture is refused. Photos of real
wares are let through further than what a network made up; the model's options set others."""

_CATEGORIES: Mapping[str, str] = {
    "nsfw": "sexual",
    "porn": "sexual",
    "hentai": "sexual",
    "sexy": "sexual",
    "gore": "violence",
    "violence": "violence",
}
_SIDE = 768  # more than any of these classifiers looks at; bounds the work for a 64-megapixel photo


@dataclass(frozen=True)
class Look:
    """Probability of each blocked label, and what a refused picture falls into."""

    scores: Mapping[str, float]
    refused: bool
    category: str = ""


class PictureGuard:
    """Looks at pictures. Options of its model: `blocked_labels` (its own words), `input` and
    `output` (thresholds), `categories` (its words -> ours)."""

    def __init__(self, model: Model, device: str) -> None:
        """Raises WeightsError for weights that are missing or broken, and for blocked labels that
        the model does not know: it would let everything pass."""
        self.model = model
        self._device = device
        self._network, folder = load_companion(model, device, "AutoModelForImageClassification")
        try:
            self._processor: Any = transformers.AutoImageProcessor.from_pretrained(
                folder, local_files_only=True, backend="pil"
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WeightsError(f"{folder} has no picture processor: {error}") from error
        self._blocked = self._positions(model)
        self._categories = {**_CATEGORIES, **model.options.get("categories", {})}
        self._thresholds = {
            stage: float(model.options.get(stage, known)) for stage, known in THRESHOLDS.items()
        }

    def _positions(self, model: Model) -> dict[str, int]:
        """Blocked label -> its place in the network's answer."""
        known = {str(label).lower(): int(i) for i, label in self._network.config.id2label.items()}
        wanted = [str(label).lower() for label in model.options.get("blocked_labels", ("nsfw",))]
        missing = [label for label in wanted if label not in known]
        if missing or not wanted:
            raise WeightsError(
                f"{model.name} knows no label {', '.join(missing) or '(none is blocked)'}; "
                f"its labels are {', '.join(known)}"
            )
        return {label: known[label] for label in wanted}

    def look(self, picture: Pixels, stage: Stage) -> Look:
        """What the classifier sees in (H, W, 3 or 4) uint8. Transparency is laid on white.

        Raises EngineError("failed") where it answers with no numbers.
        """
        image = Image.fromarray(flatten(thumbnail(picture, _SIDE)))
        given = self._processor(images=[image], return_tensors="pt")["pixel_values"]
        dtype = next(self._network.parameters()).dtype
        with torch.inference_mode():
            logits = self._network(pixel_values=given.to(self._device, dtype)).logits
        chances = logits[0].float().softmax(-1).cpu()
        if not torch.isfinite(chances).all():
            raise EngineError("failed", "The picture could not be checked.")
        scores = {label: float(chances[place]) for label, place in self._blocked.items()}
        if sum(scores.values()) < self._thresholds[stage]:
            return Look(scores, refused=False)
        worst = max(scores, key=scores.__getitem__)
        return Look(scores, refused=True, category=self._categories.get(worst, worst))

    def look_at_all(self, pictures: Sequence[Pixels], stage: Stage) -> list[Look]:
        """One look per picture, in order."""
        return [self.look(picture, stage) for picture in pictures]
