"""A model's folder -> a pipeline that runs. Tiny test weights and real ones come this way.

Only classes of diffusers and transformers are built, only from safetensors, and only when every
weight that a class asks for was in the files: what is missing would be random, without a word.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before the libraries are imported: nothing here may ever ask the network, and equal sums on a
# card need a fixed workspace.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import diffusers
import torch
import transformers

from imaging.engines.diffusion import families
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.weights import WeightsError, locate, verify

_LIBRARIES = ("diffusers", "transformers")
_QWEN_PROCESSORS = ("Qwen2VLProcessor", "Qwen2_5_VLProcessor", "Qwen3VLProcessor")


def device_name(wanted: str) -> str:
    """ "auto" -> "cuda" where there is a card, else "cpu"; anything else as it is."""
    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"


def torch_dtype(model: Model, device: str) -> torch.dtype:
    """The number format of a model's weights on a device."""
    if model.dtype == "auto":
        return torch.bfloat16 if device.startswith("cuda") else torch.float32
    dtype: torch.dtype = getattr(torch, model.dtype)
    return dtype


def load_pipeline(model: Model, device: str) -> Any:
    """The pipeline of a model, in ordinary memory, ready to be moved to its device.

    Raises WeightsError where files are missing, damaged or lack a weight.
    """
    folder = locate(model)
    verify(folder)
    with _quiet():
        return _assembled(model, folder, torch_dtype(model, device))


def _assembled(model: Model, folder: Path, dtype: torch.dtype) -> Any:
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    family = families.of(model.pipeline or index["_class_name"])
    parts: dict[str, Any] = {}
    for name, spec in index.items():
        if isinstance(spec, list) and len(spec) == 2 and spec[1]:
            parts[name] = _part(folder / name, spec[0], spec[1], dtype)
        elif not name.startswith("_") and not isinstance(spec, list):
            parts[name] = spec  # plain facts: is_distilled and the like
    try:
        pipeline = family.pipeline_class()(**parts)
    except TypeError as error:
        raise WeightsError(
            f"{model.name}: its parts do not fit {model.pipeline}: {error}"
        ) from None
    family.prepare(pipeline)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _part(folder: Path, library: str, class_name: str, dtype: torch.dtype) -> Any:
    if library not in _LIBRARIES:
        raise WeightsError(f"{folder} wants {library}.{class_name}: only {_LIBRARIES} are built")
    if class_name in _QWEN_PROCESSORS:
        return picture_processor(class_name, folder)
    kind = getattr(importlib.import_module(library), class_name, None)
    if kind is None:
        raise WeightsError(f"{folder} wants {library}.{class_name}, which does not exist")
    try:
        if not issubclass(kind, torch.nn.Module):
            return kind.from_pretrained(folder, local_files_only=True)
        part, said = kind.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True,
            output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise WeightsError(f"{folder} cannot be loaded: {error}") from error
    refuse_missing(folder, said)
    return part.eval().requires_grad_(False)


def refuse_missing(folder: Path, said: dict[str, Any]) -> None:
    """Raise WeightsError where loading left a weight as chance made it."""
    missing = sorted(said.get("missing_keys") or ())
    mismatched = [str(key) for key in said.get("mismatched_keys") or ()]
    if missing or mismatched:
        lacking = (missing or mismatched)[0]
        raise WeightsError(
            f"{folder}: {len(missing) + len(mismatched)} weights are missing or of another shape, "
            f"{lacking} for one"
        )


def picture_processor(class_name: str, folder: Path) -> Any:
    """A Qwen vision processor without its video half, which would need torchvision."""
    base = getattr(transformers, class_name)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    pictures = transformers.Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True)

    class PicturesOnly(base):  # type: ignore[misc, valid-type]  # the library has no types
        # The names of these arguments are how the library finds its parts.
        def __init__(self, image_processor: Any, tokenizer: Any, chat_template: Any = None) -> None:
            token = tokenizer.convert_tokens_to_ids
            self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
            self.image_token_id, self.video_token_id = (
                token("<|image_pad|>"),
                token("<|video_pad|>"),
            )
            self.vision_start_token, self.vision_end_token = "<|vision_start|>", "<|vision_end|>"
            self.vision_start_token_id = token("<|vision_start|>")
            self.vision_end_token_id = token("<|vision_end|>")
            # Past the base class's own __init__, which insists on the video half.
            transformers.ProcessorMixin.__init__(
                self, image_processor, tokenizer, chat_template=chat_template
            )
            self.video_processor = None

    PicturesOnly.__name__ = PicturesOnly.__qualname__ = class_name
    return PicturesOnly(pictures, tokenizer, chat_template=tokenizer.chat_template)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and advice on standard error: the worker's log is for the worker."""
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.set_verbosity_error()
    yield
