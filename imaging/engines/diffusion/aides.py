"""Those who help the painters: the one that thinks, those that moderate, the one that enlarges.

Loaded when first needed; what cannot be loaded is missing from then on and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from imaging.engines.base import Pixels
from imaging.engines.diffusion.catalogue import Catalogue, Role
from imaging.engines.diffusion.job import Job
from imaging.engines.diffusion.upscale import Upscaler
from imaging.engines.diffusion.weights import WeightsError

logger = logging.getLogger(__name__)

_ROLES: tuple[Role, ...] = ("think", "moderate-text", "moderate-image", "upscale")


class Aides:
    """The helping models of one catalogue on one device."""

    def __init__(self, catalogue: Catalogue, device: str) -> None:
        self._catalogue = catalogue
        self._device = device
        self._upscaler: Upscaler | None = None

    @property
    def reserved_gb(self) -> float:
        """The memory they take from the painters."""
        models = [self._catalogue.for_role(role) for role in _ROLES]
        return sum(model.vram_gb for model in models if model is not None)

    @property
    def thinks(self) -> bool:
        return False

    def warm(self) -> None:
        return None

    def refuse_text(self, text: str) -> None:
        return None

    def refuse_inputs(self, pictures: Sequence[Pixels]) -> None:
        return None

    def refuse_outputs(self, pictures: Sequence[Pixels]) -> None:
        return None

    def think(self, job: Job) -> str:
        return ""

    def enlarge(self, pixels: Pixels, width: int, height: int) -> Pixels:
        """Exactly width x height, by the configured network where it can be had."""
        if self._upscaler is None:
            model = self._catalogue.for_role("upscale")
            try:
                self._upscaler = Upscaler(model, self._device)
            except WeightsError as error:
                logger.warning("no network to enlarge with: %s", error)
                self._upscaler = Upscaler(None, self._device)
        return self._upscaler.enlarge(pixels, width, height)
