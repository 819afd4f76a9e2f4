"""Tiny models with random weights, of the very classes that the shipped catalogue names.

    python -m imaging.engines.diffusion.tiny FOLDER

writes them and a `models.toml` over them (a few megabytes, a few seconds, no download), so that
the whole service can be tried on the real code paths before gigabytes of weights are fetched.
The pictures mean nothing. Layer counts and head sizes follow the classes' own demands.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
VOCABULARY = 256 + len(SPECIAL_TOKENS) + 2  # rounded up to a multiple of 16
HIDDEN = 16

# Roles, pictures among the text, an answer without thinking aloud: what the pipelines rely on.
_CHAT = (
    "{%- for m in messages -%}<|im_start|>{{ m['role'] }}\n"
    "{%- if m['content'] is string -%}{{ m['content'] }}{%- else -%}"
    "{%- for p in m['content'] -%}{%- if p['type'] == 'image' -%}"
    "<|vision_start|><|image_pad|><|vision_end|>{%- else -%}{{ p['text'] }}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}<|im_end|>\n{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|im_start|>assistant\n{%- endif -%}"
)

CATALOGUE = """\
# Tiny random models: everything runs, nothing is beautiful.
[device]
name = "cpu"
batch_pixels = 65536

[models.tiny-klein]
roles = ["create", "enhance"]
folder = "klein"
pipeline = "Flux2KleinPipeline"
licence = "CC0-1.0"
dtype = "float32"
steps = 4
guidance = 1.0
native_size = 128
reference_pixels = 16384

[routes.create]
fast = ["tiny-klein"]

[routes.enhance]
fast = ["tiny-klein"]

[routes.packshot]
fast = ["tiny-klein"]
"""


def tokenizer() -> Any:
    """A Qwen tokenizer whose words are bytes: any text, no vocabulary to fetch."""
    from transformers import Qwen2Tokenizer

    vocabulary = {sign: number for number, sign in enumerate(_signs())}
    vocabulary.update({token: 256 + number for number, token in enumerate(SPECIAL_TOKENS)})
    made = Qwen2Tokenizer(
        vocab=vocabulary,
        merges=[],
        pad_token=SPECIAL_TOKENS[0],
        eos_token=SPECIAL_TOKENS[2],
        extra_special_tokens=list(SPECIAL_TOKENS[1:]),
        model_max_length=131072,
    )
    made.chat_template = _CHAT
    return made


def _signs() -> list[str]:
    """The printable sign of each of the 256 bytes, as GPT-2's byte pairs use them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(rest))]


def spread(module: Any, seed: int) -> Any:
    """Random weights of unit gain, so that every word and pixel shows in what comes out; layers
    that start at zero would hide mistakes."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in module.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if weight.ndim >= 2:
                weight.copy_(noise / weight[0].numel() ** 0.5)
            elif "norm" in name and name.endswith("weight"):
                weight.fill_(1.0)
            else:
                weight.copy_(noise * 0.02)
    return module


def _qwen3(layers: int) -> Any:
    from transformers import Qwen3Config

    return Qwen3Config(
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        vocab_size=VOCABULARY,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
    )


def klein(folder: Path) -> None:
    """FLUX.2 klein: Flux2KleinPipeline, distilled. The encoder is read at layers 9, 18 and 27."""
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3ForCausalLM

    vae = AutoencoderKLFlux2(
        sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8,) * 4,
        layers_per_block=1,
        latent_channels=8,
        norm_num_groups=4,
    )
    vae = spread(vae, 3)
    generator = torch.Generator().manual_seed(4)
    vae.bn.running_mean.normal_(generator=generator)
    vae.bn.running_var.uniform_(0.5, 1.5, generator=generator)
    transformer = Flux2Transformer2DModel(
        patch_size=1,
        in_channels=32,
        num_layers=1,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * HIDDEN,
        timestep_guidance_channels=256,
        mlp_ratio=3.0,
        axes_dims_rope=(4, 4, 4, 4),
        rope_theta=2000,
        guidance_embeds=False,
    )
    Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            shift=3.0,
            use_dynamic_shifting=True,
            base_shift=0.5,
            max_shift=1.15,
            time_shift_type="exponential",
        ),
        vae=vae,
        # Two layers more than are read: the loader cuts them off, as with the real encoder.
        text_encoder=spread(Qwen3ForCausalLM(_qwen3(30)), 1),
        tokenizer=tokenizer(),
        transformer=spread(transformer, 2),
        is_distilled=True,
    ).save_pretrained(folder)


def z_image(folder: Path) -> None:
    """Z-Image Turbo: ZImagePipeline."""
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        ZImagePipeline,
        ZImageTransformer2DModel,
    )
    from transformers import Qwen3Model

    transformer = ZImageTransformer2DModel(
        all_patch_size=(2,),
        all_f_patch_size=(1,),
        in_channels=16,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        qk_norm=True,
        cap_feat_dim=HIDDEN,
        rope_theta=256.0,
        t_scale=1000.0,
        axes_dims=[8, 4, 4],
        axes_lens=[1536, 512, 512],
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8,) * 4,
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )
    ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=spread(vae, 3),
        text_encoder=spread(Qwen3Model(_qwen3(2)), 1),
        tokenizer=tokenizer(),
        transformer=spread(transformer, 2),
    ).save_pretrained(folder)


def _qwen_parts() -> dict[str, Any]:
    """What Qwen-Image and Qwen-Image-Edit share."""
    from diffusers import (
        AutoencoderKLQwenImage,
        FlowMatchEulerDiscreteScheduler,
        QwenImageTransformer2DModel,
    )

    vae = AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=HIDDEN,
        guidance_embeds=False,
        axes_dims_rope=(8, 4, 4),
    )
    return {
        "scheduler": FlowMatchEulerDiscreteScheduler(
            use_dynamic_shifting=True,
            base_shift=0.5,
            max_shift=0.9,
            max_image_seq_len=8192,
            shift_terminal=0.02,
            time_shift_type="exponential",
        ),
        "vae": spread(vae, 3),
        "text_encoder": spread(_qwen_vl(), 5),
        "tokenizer": tokenizer(),
        "transformer": spread(transformer, 2),
    }


def _qwen_vl() -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    token = {sign: 256 + number for number, sign in enumerate(SPECIAL_TOKENS)}
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 2]}
    config = Qwen2_5_VLConfig(
        text_config={
            "hidden_size": HIDDEN,
            "intermediate_size": 2 * HIDDEN,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "vocab_size": VOCABULARY,
            "max_position_embeddings": 8192,
            "rope_parameters": rope,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": HIDDEN,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": 56,
            "fullatt_block_indexes": [1],
        },
        image_token_id=token["<|image_pad|>"],
        video_token_id=token["<|video_pad|>"],
        vision_start_token_id=token["<|vision_start|>"],
        vision_end_token_id=token["<|vision_end|>"],
    )
    return Qwen2_5_VLForConditionalGeneration(config)


def qwen_image(folder: Path) -> None:
    """Qwen-Image: QwenImagePipeline."""
    from diffusers import QwenImagePipeline

    QwenImagePipeline(**_qwen_parts()).save_pretrained(folder)


def qwen_image_edit(folder: Path) -> None:
    """Qwen-Image-Edit: QwenImageEditPlusPipeline.

    Its parts are saved one by one: the processor's class cannot be built without torchvision, but
    its files can be written.
    """
    from transformers import Qwen2VLImageProcessorPil

    parts = _qwen_parts()
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    parts["tokenizer"].save_pretrained(folder / "processor")
    Qwen2VLImageProcessorPil(
        patch_size=14,
        min_pixels=56 * 56,
        max_pixels=4 * 56 * 56,
        merge_size=2,
        temporal_patch_size=2,
    ).save_pretrained(folder / "processor")
    index = {
        "_class_name": "QwenImageEditPlusPipeline",
        "processor": ["transformers", "Qwen2VLProcessor"],
        **{name: [_library(part), type(part).__name__] for name, part in parts.items()},
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=1))


def _library(part: Any) -> str:
    return type(part).__module__.split(".")[0]


BUILDERS: Mapping[str, Callable[[Path], None]] = {
    "klein": klein,
    "z-image": z_image,
    "qwen-image": qwen_image,
    "qwen-image-edit": qwen_image_edit,
}
"""Folder name -> what writes it."""


def build(folder: Path, *names: str) -> Path:
    """Write the tiny models of these names (klein alone where none is given) and the catalogue;
    returns the catalogue's path."""
    for name in names or ("klein",):
        (folder / name).mkdir(parents=True, exist_ok=True)
        BUILDERS[name](folder / name)
    path = folder / "models.toml"
    path.write_text(CATALOGUE)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="imaging.engines.diffusion.tiny", description=__doc__)
    parser.add_argument("folder", type=Path)
    path = build(parser.parse_args().folder)
    print(f"export MODELS_FILE={path.resolve()}")  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
