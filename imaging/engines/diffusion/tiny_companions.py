"""Tiny random models that think, moderate and enlarge, of the classes the catalogue names.

    python -m imaging.engines.diffusion.tiny FOLDER
    python -m imaging.engines.diffusion.tiny_companions FOLDER

The second adds them to the folder and the `models.toml` of the first. What they say is noise, so
their thresholds are out of chance's reach.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import transformers

from imaging.engines.diffusion.tiny import SPECIAL_TOKENS, VOCABULARY, spread, tokenizer

CATALOGUE = """\
[models.tiny-thinker]
roles = ["think"]
folder = "thinker"
licence = "CC0-1.0"
dtype = "float32"
options = { prompt_chars = 60, note_chars = 8, picture_pixels = 4096 }

[models.tiny-guard]
roles = ["moderate-text"]
folder = "guard"
licence = "CC0-1.0"
dtype = "float32"
options = { unsafe = 0.999, controversial = 0.999 }

[models.tiny-classifier]
roles = ["moderate-image"]
folder = "classifier"
licence = "CC0-1.0"
dtype = "float32"
options = { blocked_labels = ["nsfw"], input = 0.999, output = 0.999 }

[models.tiny-upscaler]
roles = ["upscale"]
folder = "upscaler"
licence = "CC0-1.0"
dtype = "float32"
options = { tile = 64, overlap = 16 }
"""
"""Rows for a `models.toml` beside the folders."""


def thinker(folder: Path) -> None:
    """Qwen3-VL: AutoModelForImageTextToText. The picture processor is the one without video."""
    token = {sign: 256 + number for number, sign in enumerate(SPECIAL_TOKENS)}
    rope = {
        "rope_type": "default",
        "rope_theta": 5e6,
        "mrope_section": [4, 2, 2],
        "mrope_interleaved": True,
    }
    config = transformers.Qwen3VLConfig(
        text_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "vocab_size": VOCABULARY,
            "max_position_embeddings": 8192,
            "rope_parameters": rope,
        },
        vision_config={
            "depth": 2,
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_heads": 2,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "out_hidden_size": 32,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [1],
        },
        image_token_id=token["<|image_pad|>"],
        video_token_id=token["<|video_pad|>"],
        vision_start_token_id=token["<|vision_start|>"],
        vision_end_token_id=token["<|vision_end|>"],
        tie_word_embeddings=True,
    )
    network = spread(transformers.Qwen3VLForConditionalGeneration(config), 6)
    network.generation_config.eos_token_id = [token["<|im_end|>"], token["<|endoftext|>"]]
    network.generation_config.pad_token_id = token["<|endoftext|>"]
    network.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    transformers.Qwen2VLImageProcessorPil(
        patch_size=16,
        min_pixels=64 * 64,
        max_pixels=4 * 64 * 64,
        merge_size=2,
        temporal_patch_size=2,
    ).save_pretrained(folder)


def guard(folder: Path) -> None:
    """Qwen3Guard-Gen: AutoModelForCausalLM."""
    config = transformers.Qwen3Config(
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        vocab_size=VOCABULARY,
        max_position_embeddings=16384,
        tie_word_embeddings=True,
    )
    spread(transformers.Qwen3ForCausalLM(config), 9).save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def classifier(folder: Path, labels: Sequence[str] = ("sfw", "nsfw")) -> None:
    """A ViT that sorts pictures: AutoModelForImageClassification."""
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    spread(transformers.ViTForImageClassification(config), 7).save_pretrained(folder)
    processor = transformers.ViTImageProcessorPil(size={"height": 32, "width": 32})
    processor.save_pretrained(folder)


def upscaler(folder: Path, scale: int = 2) -> None:
    """Swin2SR: AutoModelForImageToImage."""
    config = transformers.Swin2SRConfig(
        image_size=16,
        embed_dim=12,
        depths=[1, 1],
        num_heads=[2, 2],
        window_size=4,
        upscale=scale,
        upsampler="pixelshuffledirect",
    )
    spread(transformers.Swin2SRForImageSuperResolution(config), 3).save_pretrained(folder)


BUILDERS: Mapping[str, Callable[[Path], Any]] = {
    "thinker": thinker,
    "guard": guard,
    "classifier": classifier,
    "upscaler": upscaler,
}
"""Folder name -> what writes it."""


def build(folder: Path, *names: str) -> None:
    """Write the tiny companions of these names, all four where none is given."""
    for name in names or BUILDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
        BUILDERS[name](folder / name)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="imaging.engines.diffusion.tiny_companions", description=__doc__
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    build(folder)
    file = folder / "models.toml"
    text = file.read_text("utf-8")
    if CATALOGUE not in text:
        file.write_text(f"{text}\n{CATALOGUE}", "utf-8")
    print(f"export MODELS_FILE={file.resolve()}")  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main()
