"""The default model at its full size with random weights, built on the device: nothing is
downloaded, and every sum is as large as with the real weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from imaging.engines.diffusion import families
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.residency import Loaded
from imaging.engines.diffusion.tiny import tokenizer

KLEIN = Model(
    name="klein-4b-random",
    roles=("create", "enhance"),
    licence="CC0-1.0",
    folder="built",
    pipeline="Flux2KleinPipeline",
    dtype="bfloat16",
    steps=4,
    guidance=1.0,
    native_size=1024,
    vram_gb=18,
)
"""As the catalogue has it, but for where the weights come from."""

# TFLOP of one picture, counted on the meta device with torch's FlopCounterMode (kernels alone).
PEAK_TFLOPS = 790.0
TFLOP_1024 = {"denoise": 139.3, "text": 3.9, "decode": 10.5}


@dataclass(frozen=True)
class Size:
    """The configurations of the three networks, as far as they differ from the classes' own."""

    transformer: Mapping[str, Any]
    encoder: Mapping[str, Any]
    vae: Mapping[str, Any]


FULL = Size(
    transformer={
        "patch_size": 1,
        "in_channels": 128,
        "num_layers": 5,
        "num_single_layers": 20,
        "attention_head_dim": 128,
        "num_attention_heads": 24,
        "joint_attention_dim": 7680,
        "timestep_guidance_channels": 256,
        "mlp_ratio": 3.0,
        "axes_dims_rope": (32, 32, 32, 32),
        "rope_theta": 2000,
        "eps": 1e-6,
        "guidance_embeds": False,
    },
    encoder={
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
    },
    vae={},
)
"""black-forest-labs/FLUX.2-klein-4B."""

SMALL = Size(
    transformer={
        **FULL.transformer,
        "in_channels": 32,
        "num_layers": 1,
        "num_single_layers": 2,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 48,
        "axes_dims_rope": (4, 4, 4, 4),
    },
    encoder={
        **FULL.encoder,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 30,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "vocab_size": 272,
    },
    vae={
        "block_out_channels": (8, 8, 8, 8),
        "layers_per_block": 1,
        "latent_channels": 8,
        "norm_num_groups": 4,
    },
)
"""The same classes, small enough to rehearse on a CPU."""


def built(device: str, size: Size = FULL, seed: int = 0) -> tuple[Loaded, Any]:
    """(what our sampler runs, the library's own pipeline with its whole text encoder).

    Both share network and decoder. The same seed gives the same weights in every process.
    """
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3Config, Qwen3ForCausalLM

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            transformer = Flux2Transformer2DModel(**size.transformer)
            encoder = Qwen3ForCausalLM(Qwen3Config(**size.encoder))
            vae = AutoencoderKLFlux2(**size.vae)
    finally:
        torch.set_default_dtype(before)
    for number, part in enumerate((transformer, encoder, vae)):
        _randomize(part, seed + number, device)
    scheduler = FlowMatchEulerDiscreteScheduler(
        shift=3.0,
        use_dynamic_shifting=True,
        base_shift=0.5,
        max_shift=1.15,
        base_image_seq_len=256,
        max_image_seq_len=4096,
        time_shift_type="exponential",
    )
    plain = Flux2KleinPipeline(
        scheduler=scheduler,
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer(),
        transformer=transformer,
        is_distilled=True,
    )
    plain.set_progress_bar_config(disable=True)
    return _ours(plain), plain


def _ours(plain: Any) -> Loaded:
    """The same network as our loader prepares it. The text encoder is a copy: it is cut, and
    what two models record of one shared layer would get mixed up."""
    family = families.of("Flux2KleinPipeline")
    parts = {**plain.components, "text_encoder": copy.deepcopy(plain.text_encoder)}
    ours = family.pipeline_class()(**parts, is_distilled=True)
    family.prepare(ours)
    ours.set_progress_bar_config(disable=True)
    return Loaded(KLEIN, ours, family, KLEIN.vram_gb)


def _randomize(module: Any, seed: int, device: str) -> None:
    """Weights of unit gain: what comes out varies, so that equal bits mean something."""
    generator = torch.Generator(device).manual_seed(seed)
    module.requires_grad_(False).eval()
    for name, weight in module.named_parameters():
        if weight.ndim >= 2:
            weight.normal_(0, weight[0].numel() ** -0.5, generator=generator)
        elif "norm" in name and name.endswith("weight"):
            weight.fill_(1.0)
        else:
            weight.normal_(0, 0.02, generator=generator)


def untune(pipe: Any) -> None:
    """Back to eager, as it was loaded."""
    torch._dynamo.reset()
    for part in (pipe.transformer, pipe.vae, pipe.text_encoder):
        for module in part.modules():
            module._compiled_call_impl = None
            module.__dict__.pop("forward", None)
