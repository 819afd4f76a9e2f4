"""Rows -> pictures: noise, denoising, decoding, and a look at what came out.

The same row alone gives the same bits, always: noise is drawn on the CPU with the row's own
generator, prompts are read one by one, and nothing depends on what ran before. Within a batch the
sums are taken in another order, so a row's bits depend on the batch's size and the row's place
(never on its neighbours); both are recorded, and a replay repeats them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from imaging.engines.base import Pixels
from imaging.engines.diffusion.families import Encoded, Row
from imaging.engines.diffusion.prompt_cache import PromptCache
from imaging.engines.diffusion.residency import Loaded

OnStep = Callable[[int, int], None]
"""Called after each denoising step with (done, of); what it raises ends the run."""

_FLAT = 1  # grey levels: less variation than this is no picture


class Sampler:
    """Runs pipelines. One per process; keeps the prompts that were read."""

    def __init__(self, cache: PromptCache | None = None) -> None:
        self.cache = cache or PromptCache()

    def sample(
        self,
        loaded: Loaded,
        rows: Sequence[Row],
        size: tuple[int, int],
        on_step: OnStep = lambda done, of: None,
    ) -> list[Pixels | None]:
        """One (H, W, 3) uint8 picture of exactly `size` (width, height) per row, None where the
        network made none (not a number, or one even colour).

        All rows of a batch look at as many pictures, of equal sizes place by place. Raises what
        `on_step` raises, and what the allocator raises.
        """
        pipe, model = loaded.pipe, loaded.model
        with torch.inference_mode():
            try:
                encoded = [self._encoded(loaded, row) for row in rows]
                images = self._run(
                    pipe,
                    on_step,
                    height=size[1],
                    width=size[0],
                    num_inference_steps=model.steps,
                    generator=[noise(row.seed) for row in rows],
                    **loaded.family.arguments(rows, encoded, model.guidance),
                )
            finally:
                # After a stop in the middle, parts would stay on the card.
                pipe.maybe_free_model_hooks()
            return as_pictures(images)

    def _encoded(self, loaded: Loaded, row: Row) -> Encoded:
        def encode() -> Encoded:
            return loaded.family.encode(loaded.pipe, row.prompt, loaded.model.guidance)

        if not loaded.family.caches_prompts:
            return encode()
        return self.cache.get(loaded.model.label, row.prompt, encode)

    def _run(self, pipe: Any, on_step: OnStep, **arguments: Any) -> torch.Tensor:
        def after_step(pipeline: Any, step: int, moment: Any, tensors: Any) -> Any:
            on_step(step + 1, pipeline.num_timesteps)
            return tensors

        images: torch.Tensor = pipe(
            **arguments, output_type="pt", callback_on_step_end=after_step
        ).images
        return images


def noise(seed: int) -> torch.Generator:
    """The generator of one picture's noise: on the CPU, so that every device draws the same."""
    return torch.Generator("cpu").manual_seed(seed)


def as_pictures(images: torch.Tensor) -> list[Pixels | None]:
    """(B, 3, H, W) in [0, 1] on any device -> (H, W, 3) uint8 each, None for what is no picture."""
    finite = torch.isfinite(images).flatten(1).all(dim=1)
    codes = (images.float() * 255).round().clamp(0, 255).nan_to_num().to(torch.uint8)
    arrays = codes.permute(0, 2, 3, 1).contiguous().cpu().numpy()
    return [
        np.asarray(array, np.uint8) if sound and np.ptp(array) > _FLAT else None
        for array, sound in zip(arrays, finite.tolist(), strict=True)
    ]
