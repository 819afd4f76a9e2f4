"""What can be measured without a card: tiny models, and what the engine host adds to a picture."""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from bench.gpu_drawing import Drawn
from imaging.engines.diffusion.catalogue import Catalogue
from imaging.engines.diffusion.residency import Residency


def models(path: Path) -> Drawn:
    """The tiny models of the catalogue at `path`, on the CPU."""
    from diffusers import Flux2KleinPipeline

    (model,) = Catalogue.read(path).route("create", "fast")
    loaded = Residency("cpu").acquire(model)
    plain = Flux2KleinPipeline.from_pretrained(model.folder, local_files_only=True)
    plain.set_progress_bar_config(disable=True)
    return Drawn(loaded, plain, "cpu")


def warm(drawn: Drawn) -> dict[str, Any]:
    return {"first_picture_s": round(drawn.seconds(lambda: drawn.ours(drawn.rows(1), 128)), 2)}


def host_adds(path: Path, drawn: Drawn) -> dict[str, Any]:
    """One picture through the engine host against the library's call in this process."""
    from imaging.engines.base import Recipe
    from imaging.engines.client import EngineHost
    from imaging.engines.protocol import Task

    os.environ.update(MODELS_FILE=str(path), OMP_NUM_THREADS="1")
    host = EngineHost("imaging.engines.diffusion.engine:DiffusionEngine")

    def through_host() -> None:
        (row,) = drawn.rows(1)
        recipe = Recipe(operation="create", width=128, height=128, seed=1, prompt=row.prompt)
        with tempfile.TemporaryDirectory() as folder:
            host.run([Task(recipe)], folder=Path(folder), deadline_seconds=60)

    def in_process() -> None:
        drawn.theirs(drawn.rows(1), 128)

    try:
        host.facts()
        through_host()
        times = [(drawn.seconds(through_host), drawn.seconds(in_process)) for _ in range(15)]
    finally:
        host.close()
    ours, plain = (statistics.median(column) for column in zip(*times, strict=True))
    return {
        "host_ms": round(ours * 1e3, 1),
        "plain_ms": round(plain * 1e3, 1),
        "adds_ms": round((ours - plain) * 1e3, 1),
        "target_ms": 30,
    }
