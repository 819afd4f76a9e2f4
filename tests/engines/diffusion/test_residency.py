"""Which models stay, and what happens to those that do not fit."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from imaging.engines.base import EngineError
from imaging.engines.diffusion import residency as module
from imaging.engines.diffusion.residency import Residency, is_out_of_memory
from imaging.engines.diffusion.weights import WeightsError


class FluxPipe:
    """A pipeline as residency sees it."""

    components: dict[str, Any] = {}

    def __init__(self) -> None:
        self.device, self.offloaded = "cpu", False

    def to(self, device: str) -> None:
        self.device = device

    def enable_model_cpu_offload(self, device: str) -> None:
        self.offloaded = True


FluxPipe.__name__ = "Flux2KleinPipeline"


@pytest.fixture
def loads() -> list[str]:
    return []


@pytest.fixture
def house(loads, tiny_model):
    """A residency of ten gigabytes on a pretended card, whose loads are counted."""

    def load(model, device):
        loads.append(model.name)
        return FluxPipe()

    return Residency("cuda:9", 10, load=load)


@pytest.fixture
def model(tiny_model):
    return lambda name, gigabytes: tiny_model(name=name, vram_gb=gigabytes)


def test_a_model_is_loaded_once_and_moved_to_its_device(house, model, loads):
    first = house.acquire(model("a", 4))

    assert house.acquire(model("a", 4)) is first
    assert first.pipe.device == "cuda:9"
    assert loads == ["a"]


def test_what_was_used_longest_ago_makes_room(house, model):
    for name in ("a", "b", "a", "c"):
        house.acquire(model(name, 4))

    assert house.names == ["a", "c"]


def test_a_model_larger_than_the_card_comes_to_it_in_parts(house, model):
    large = house.acquire(model("large", 40))

    assert large.offloaded
    assert large.pipe.offloaded
    assert large.pipe.device == "cpu"


def test_others_share_of_the_memory_is_not_used(model, loads):
    house = Residency("cuda:9", 10, reserved_gb=7, load=lambda m, d: FluxPipe())

    assert house.acquire(model("a", 4)).offloaded


def test_a_load_that_runs_out_of_memory_is_tried_once_more_in_an_empty_house(model):
    tries = []

    def load(m, device):
        tries.append(m.name)
        if tries == ["a", "b"]:
            raise torch.OutOfMemoryError("no")
        return FluxPipe()

    house = Residency("cuda:9", 10, load=load)
    house.acquire(model("a", 4))

    second = house.acquire(model("b", 4))

    assert second.offloaded
    assert house.names == ["b"]


def test_what_does_not_fit_at_all_is_out_of_memory(model):
    def load(m, device):
        raise torch.OutOfMemoryError("no")

    with pytest.raises(EngineError) as caught:
        Residency("cuda:9", 10, load=load).acquire(model("a", 4))

    assert caught.value.kind == "out_of_memory"


def test_broken_weights_are_not_read_again_for_every_job(model, monkeypatch):
    tries = []

    def load(m, device):
        tries.append(m.name)
        raise WeightsError("damaged")

    house = Residency("cpu", 10, load=load)
    for _ in range(3):
        with pytest.raises(EngineError, match="not ready"):
            house.acquire(model("a", 4))
    assert len(tries) == 1

    monkeypatch.setattr(module, "_BROKEN_FOR_SECONDS", 0.0)
    with pytest.raises(EngineError, match="not ready"):
        house.acquire(model("a", 4))
    assert len(tries) == 2


def test_freeing_keeps_the_one_that_is_at_work(house, model):
    for name in ("a", "b"):
        house.acquire(model(name, 4))

    house.free(keep="a")

    assert house.names == ["a"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("x"), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"), True),
        (RuntimeError("shapes cannot be multiplied"), False),
        (ValueError("not enough memory"), False),
    ],
)
def test_every_allocators_words_for_it_are_known(error, expected):
    assert is_out_of_memory(error) is expected
