"""Our sampler and the library's own call, side by side: what `bench.gpu` has drawn and times."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from PIL import Image

from imaging.engines.diffusion.families import Row
from imaging.engines.diffusion.residency import Loaded
from imaging.engines.diffusion.sampler import Sampler

PROMPTS = (
    "a red enamel mug",
    "a leather bag on oak",
    "a glass bottle by a window",
    "white sneakers",
)


class Drawn:
    """Our sampler and the library's call over the same weights, both timed alike."""

    def __init__(self, loaded: Loaded, plain: Any, device: str, *, shrink: int = 1) -> None:
        """`shrink` divides the side of every picture."""
        self.loaded, self.plain, self.device = loaded, plain, device
        self.shrink = shrink
        self.sampler = Sampler()
        self._fresh = iter(range(10**9))

    def rows(
        self, count: int, references: Sequence[Image.Image] = (), *, known: bool = False
    ) -> list[Row]:
        """Rows with prompts that were never read before, or (`known`) always the same ones."""
        return [
            Row(
                PROMPTS[i % 4] if known else f"{PROMPTS[i % 4]}, number {next(self._fresh)}",
                seed=100 + i,
                references=tuple(references),
            )
            for i in range(count)
        ]

    def ours(self, rows: Sequence[Row], side: int, height: int = 0) -> list[Any]:
        size = (side // self.shrink, (height or side) // self.shrink)
        return self.sampler.sample(self.loaded, rows, size)

    def theirs(self, rows: Sequence[Row], side: int) -> list[Any]:
        """The library's own call as its documentation has it, one prompt after the other."""
        model, side = self.loaded.model, side // self.shrink
        return [
            self.plain(
                prompt=row.prompt, height=side, width=side, num_inference_steps=model.steps,
                guidance_scale=model.guidance,
                generator=torch.Generator("cpu").manual_seed(row.seed),
            ).images[0]
            for row in rows
        ]  # fmt: skip

    def seconds(self, work: Callable[[], Any]) -> float:
        sync(self.device)
        started = time.perf_counter()
        work()
        sync(self.device)
        return time.perf_counter() - started

    def rate(self, pictures: int, work: Callable[[], Any], repeats: int = 3) -> float:
        """Pictures a second, the median of `repeats` runs."""
        return pictures / statistics.median(self.seconds(work) for _ in range(repeats))


def sync(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()
