"""The models that help the painters: one that thinks, those that moderate, one that enlarges.

All of them come from transformers, by one way: found, verified, loaded from safetensors, every
weight there, in inference mode on their device.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import transformers

from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.loading import refuse_missing, torch_dtype
from imaging.engines.diffusion.weights import WeightsError, locate, verify

_FAULTS = (OSError, ValueError, RuntimeError, KeyError, TypeError)
_OPENS_TAG = re.compile(r"<(?=[|/a-z_])", re.IGNORECASE)


def load_companion(model: Model, device: str, auto_class: str) -> tuple[Any, Path]:
    """The network of a model on its device, and the folder of its files.

    `auto_class` is a class of transformers (AutoModelForCausalLM ...). Raises WeightsError where
    files are missing, damaged or lack a weight, and torch's own error where memory is short.
    """
    folder = locate(model)
    verify(folder)
    transformers.utils.logging.disable_progress_bar()
    kind = getattr(transformers, auto_class)
    try:
        network, said = kind.from_pretrained(
            folder,
            dtype=torch_dtype(model, device),
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
        )
    except _FAULTS as error:
        raise WeightsError(f"{folder} cannot be loaded: {error}") from error
    refuse_missing(folder, said)
    return network.eval().requires_grad_(False).to(device), folder


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in a model's folder. Raises WeightsError where it has no vocabulary or no
    chat template: the library would go on without either."""
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except _FAULTS as error:
        raise WeightsError(f"{folder} has no tokenizer: {error}") from error
    if len(tokenizer.get_vocab()) < 256:
        raise WeightsError(f"{folder}: the tokenizer's vocabulary is empty")
    if not tokenizer.chat_template:
        raise WeightsError(f"{folder}: the tokenizer has no chat template")
    return tokenizer


def as_data(text: str) -> str:
    """A stranger's text as plain data: it holds no sign that a chat template or one of our own
    fields begins or ends with ("<|im_end|>", "</request>")."""
    return _OPENS_TAG.sub("< ", "".join(c for c in text if c in "\n\t" or c.isprintable()))
