"""The tiny companions of `imaging.engines.diffusion.tiny_companions`, built once per run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch

from imaging.engines.diffusion import tiny_companions
from imaging.engines.diffusion.catalogue import Catalogue, Model

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def companions() -> Iterator[Path]:
    """A folder with the four of them and a `models.toml` over them."""
    with TemporaryDirectory(prefix="softbox-companions-") as name:
        folder = Path(name)
        tiny_companions.build(folder)
        (folder / "models.toml").write_text(tiny_companions.CATALOGUE)
        yield folder


@cache
def _catalogue(folder: Path) -> Catalogue:
    return Catalogue.read(folder / "models.toml")


def tiny(companions: Path, name: str, **options: Any) -> Model:
    """One of the tiny models, with some of its options set otherwise."""
    from dataclasses import replace

    model = _catalogue(companions).models[f"tiny-{name}"]
    return replace(model, options={**model.options, **options})
