"""Tiny random models of the shipped classes, built once per run and loaded by the real loader."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from imaging.engines.base import Pixels, Recipe
from imaging.engines.diffusion import tiny
from imaging.engines.diffusion.catalogue import Catalogue, Model
from imaging.engines.diffusion.engine import DiffusionEngine
from imaging.engines.diffusion.residency import Loaded, Residency

torch.set_num_threads(1)  # pytest-xdist runs one of us per core


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Folders of all tiny pipelines, and `models.toml` over klein. Never written to by tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "tiny-models"
    with (shared / "tiny-models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first worker builds, the others find it built
        if not (folder / "models.toml").is_file():
            tiny.build(folder, *tiny.BUILDERS)
    return folder


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """pytest-xdist's name of this process; "master" without it."""
    config = getattr(request.config, "workerinput", None)
    return str(config["workerid"]) if config else "master"


@pytest.fixture
def tiny_model(tiny_folder: Path) -> Callable[..., Model]:
    """A model over one of the tiny folders; anything of it can be set."""

    def make(name: str = "klein", /, **facts: Any) -> Model:
        guidance = {"klein": 1.0, "z-image": 0.0, "qwen-image": 1.0, "qwen-image-edit": 1.0}
        return Model(
            **{
                "name": name,
                "roles": ("create", "enhance"),
                "licence": "CC0-1.0",
                "folder": str(tiny_folder / name),
                "dtype": "float32",
                "steps": 4,
                "guidance": guidance.get(name, 1.0),
                "native_size": 64,
                "reference_pixels": 64 * 64,
                **facts,
            }
        )

    return make


@pytest.fixture(scope="session")
def residency() -> Residency:
    """Keeps what was loaded for all tests of this process."""
    return Residency("cpu")


@pytest.fixture
def loaded(residency: Residency, tiny_model: Callable[..., Model]) -> Callable[..., Loaded]:
    """A tiny model, loaded by the real code."""
    return lambda name="klein", /, **facts: residency.acquire(tiny_model(name, **facts))


@pytest.fixture(scope="session")
def engine(tiny_folder: Path) -> DiffusionEngine:
    """The engine over the tiny klein, as its host makes it."""
    made = DiffusionEngine(Catalogue.read(tiny_folder / "models.toml"))
    made.warm()
    return made


@pytest.fixture
def small_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Qwen's edit pipeline shows its networks a megapixel whatever it is given; less will do."""
    import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as module

    monkeypatch.setattr(module, "VAE_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(module, "CONDITION_IMAGE_SIZE", 56 * 56)


def recipe(**facts: Any) -> Recipe:
    """A small `create` recipe; anything can be set otherwise."""
    return Recipe(
        **{
            "operation": "create",
            "width": 96,
            "height": 64,
            "seed": 5,
            "prompt": "a red enamel mug",
            **facts,
        }
    )


def noisy(seed: int, width: int = 64, height: int = 64) -> Pixels:
    """A picture of nothing in particular."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def levels_apart(one: Pixels, other: Pixels) -> int:
    """The largest difference of two pictures, in grey levels."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())
