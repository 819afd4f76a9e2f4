"""Which models stay on the card: those used last, as far as they fit."""

from __future__ import annotations

import contextlib
import gc
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
import torch

from imaging.engines.base import EngineError
from imaging.engines.diffusion import families
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.families import Family
from imaging.engines.diffusion.loading import load_pipeline
from imaging.engines.diffusion.tuning import tune
from imaging.engines.diffusion.weights import WeightsError

logger = logging.getLogger(__name__)

_GB = 1 << 30
_SHARE = 0.92  # of the card's memory: the rest is the driver's and fragmentation's
_HOST_SHARE = 0.8
_WORKING_GB = 1.5  # what a run needs beside the weights, where the catalogue does not say
_BROKEN_FOR_SECONDS = 300.0

OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that an allocator had nothing left. The CPU's has no class of its
    own for it."""
    return isinstance(error, OUT_OF_MEMORY) or (
        isinstance(error, RuntimeError) and "not enough memory" in str(error)
    )


@dataclass
class Loaded:
    """A model ready to run. `offloaded`: its parts come to the card one after the other."""

    model: Model
    pipe: Any
    family: Family
    gigabytes: float
    offloaded: bool = False


class Residency:
    """Loads models, keeps them within a budget, and forgets the least recently used first."""

    def __init__(
        self,
        device: str,
        budget_gb: float = 0.0,
        *,
        reserved_gb: float = 0.0,
        load: Callable[[Model, str], Any] = load_pipeline,
    ) -> None:
        """`budget_gb` 0 means what the device has; `reserved_gb` of it belong to others."""
        self.device = device
        self.budget_gb = max(0.0, (budget_gb or _memory_gb(device)) - reserved_gb)
        self._load = load
        self._resident: OrderedDict[str, Loaded] = OrderedDict()
        self._broken: dict[str, tuple[float, str]] = {}

    @property
    def names(self) -> list[str]:
        """Resident models, the one used last at the end."""
        return list(self._resident)

    def acquire(self, model: Model) -> Loaded:
        """The model, loaded. Raises EngineError("model_missing") where its weights cannot be had
        and EngineError("out_of_memory") where they fit nowhere."""
        if model.name in self._resident:
            self._resident.move_to_end(model.name)
            return self._resident[model.name]
        self._refuse_broken(model)
        try:
            loaded = self._loaded(model)
        except WeightsError as error:
            logger.warning("model %s cannot be loaded: %s", model.name, error)
            self._broken[model.name] = (time.monotonic(), str(error))
            raise EngineError("model_missing", f"The model {model.name} is not ready.") from error
        self._resident[model.name] = loaded
        return loaded

    def _refuse_broken(self, model: Model) -> None:
        """Reading gigabytes to find the same fault again would hold up every job."""
        when, why = self._broken.get(model.name, (-_BROKEN_FOR_SECONDS, ""))
        if time.monotonic() - when < _BROKEN_FOR_SECONDS and why:
            raise EngineError("model_missing", f"The model {model.name} is not ready.")

    def _loaded(self, model: Model) -> Loaded:
        started = time.monotonic()
        self._make_room(model.vram_gb)
        try:
            pipe = self._load(model, self.device)
            loaded = self._placed(model, pipe)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self.free()
            try:
                loaded = self._placed(model, self._load(model, self.device), offload=True)
            except Exception as second:
                if not is_out_of_memory(second):
                    raise
                self.free()
                raise EngineError(
                    "out_of_memory", f"The model {model.name} does not fit into memory."
                ) from second
        seconds = time.monotonic() - started
        logger.info("model %s loaded in %.1f s on %s", model.name, seconds, self.device)
        return loaded

    def _placed(self, model: Model, pipe: Any, *, offload: bool = False) -> Loaded:
        gigabytes = model.vram_gb or size_gb(pipe) + _WORKING_GB
        on_card = self.device != "cpu"
        offload = on_card and (offload or gigabytes > self.budget_gb)
        if offload:
            pipe.enable_model_cpu_offload(device=self.device)
        elif on_card:
            self._make_room(gigabytes)
            pipe.to(self.device)
        if model.compile and on_card and not offload:
            tune(pipe)
        family = families.of(type(pipe).__name__)
        return Loaded(model, pipe, family, 0.0 if offload else gigabytes, offload)

    def _make_room(self, gigabytes: float) -> None:
        """Forget models until `gigabytes` more fit, or none is left."""
        while self._resident and self._used() + gigabytes > self.budget_gb:
            name, _ = self._resident.popitem(last=False)
            logger.info("model %s makes room", name)
            release_memory()

    def _used(self) -> float:
        return sum(loaded.gigabytes for loaded in self._resident.values())

    def free(self, *, keep: str = "") -> None:
        """Forget every model but `keep`, and give their memory back."""
        for name in [n for n in self._resident if n != keep]:
            del self._resident[name]
        release_memory()


def size_gb(pipe: Any) -> float:
    """The weights of all parts of a pipeline, in GiB."""
    modules = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
    sizes = (p.numel() * p.element_size() for module in modules for p in module.parameters())
    return float(sum(sizes)) / _GB


def release_memory() -> None:
    """Give back what nobody refers to any more, to the system and to the card."""
    gc.collect()
    if torch.cuda.is_available():
        with contextlib.suppress(RuntimeError):
            torch.cuda.empty_cache()


def _memory_gb(device: str) -> float:
    if device.startswith("cuda"):
        return float(torch.cuda.get_device_properties(device).total_memory) / _GB * _SHARE
    return float(psutil.virtual_memory().total) / _GB * _HOST_SHARE
