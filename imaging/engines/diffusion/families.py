"""What the pipeline classes have not in common: how each takes words, pictures and guidance.

A family turns rows (one picture each) into the arguments of one call. Prompts are encoded one by
one, so that a prompt's numbers never depend on its neighbours, and are cached by the sampler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from PIL import Image

Encoded = Mapping[str, Any]
"""One prompt as the network reads it: names of the pipeline's arguments -> tensors."""


@dataclass(frozen=True)
class Row:
    """One picture of a batch: what to show, which noise to start from, what to look at."""

    prompt: str
    seed: int
    references: tuple[Image.Image, ...] = ()


class Family:
    """One pipeline class. `most` rows fit in one call; `token_limit` is where it cuts prompts."""

    name: ClassVar[str]
    most: ClassVar[int] = 64
    takes_references: ClassVar[bool] = False
    caches_prompts: ClassVar[bool] = True
    token_limit: ClassVar[int] = 512
    blocks: ClassVar[str] = "transformer"

    def pipeline_class(self) -> type[Any]:
        import diffusers

        kind: type[Any] = getattr(diffusers, self.name)
        return kind

    def prepare(self, pipe: Any) -> None:
        """What is done once to a pipeline that was loaded."""

    def tokens(self, pipe: Any, prompt: str) -> int:
        """How many tokens the pipeline would read, its own frame around the prompt included."""
        return len(pipe.tokenizer(prompt)["input_ids"]) + 16

    def encode(self, pipe: Any, prompt: str, guidance: float) -> Encoded:
        raise NotImplementedError

    def arguments(
        self, rows: Sequence[Row], encoded: Sequence[Encoded], guidance: float
    ) -> dict[str, Any]:
        """The call's arguments beyond size, steps, noise and callback."""
        raise NotImplementedError


class Klein(Family):
    """FLUX.2 klein: creates and edits; every row may look at pictures of its own."""

    name = "Flux2KleinPipeline"
    takes_references = True
    # The prompt is what these layers of the encoder make of it; nothing above them counts.
    layers_read = (9, 18, 27)

    def pipeline_class(self) -> type[Any]:
        return _per_row_klein()

    def prepare(self, pipe: Any) -> None:
        # One layer above the last that is read: the very last one gets another norm. Bit-exact.
        decoder = pipe.text_encoder.model
        decoder.layers = decoder.layers[: max(self.layers_read) + 1]
        pipe.text_encoder.config.num_hidden_layers = len(decoder.layers)
        # The logits of the next word are of no use here.
        pipe.text_encoder.lm_head = torch.nn.Identity()

    def encode(self, pipe: Any, prompt: str, guidance: float) -> Encoded:
        embeds, _ = pipe.encode_prompt(prompt)
        encoded = {"prompt_embeds": embeds}
        if _is_guided(pipe, guidance):
            encoded["negative_prompt_embeds"] = pipe.encode_prompt("")[0]
        return encoded

    def arguments(
        self, rows: Sequence[Row], encoded: Sequence[Encoded], guidance: float
    ) -> dict[str, Any]:
        pictures = [picture for row in rows for picture in row.references]
        return {
            **{key: torch.cat([one[key] for one in encoded]) for key in encoded[0]},
            "image": pictures or None,
            "guidance_scale": guidance,
        }


def _is_guided(pipe: Any, guidance: float) -> bool:
    return guidance > 1 and not pipe.config.is_distilled


def _per_row_klein() -> type[Any]:
    """The pipeline whose batch does not share its reference pictures.

    The library's own gives the first job's pictures to all of them, without a word.
    """
    from diffusers import Flux2KleinPipeline

    class PerRowKleinPipeline(Flux2KleinPipeline):  # type: ignore[misc]  # no types
        layers_read = Klein.layers_read

        def prepare_image_latents(
            self, images: list[Any], batch_size: int, generator: Any, device: Any, dtype: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """`images` are batch_size x k pictures, row by row, equal sizes slot by slot."""
            each = len(images) // batch_size
            latents, places = [], []
            for row in range(batch_size):
                own = images[row * each : (row + 1) * each]
                latent, place = super().prepare_image_latents(own, 1, None, device, dtype)
                latents.append(latent)
                places.append(place)
            return torch.cat(latents), torch.cat(places)

    PerRowKleinPipeline.__name__ = PerRowKleinPipeline.__qualname__ = "Flux2KleinPipeline"
    return PerRowKleinPipeline


class ZImage(Family):
    """Z-Image: creates only; guidance counts from 0, anything above switches it on."""

    name = "ZImagePipeline"

    def encode(self, pipe: Any, prompt: str, guidance: float) -> Encoded:
        # A list of its own: the pipeline writes into the one it is given.
        embeds, negative = pipe.encode_prompt([prompt], do_classifier_free_guidance=guidance > 0)
        encoded = {"prompt_embeds": embeds[0]}
        return {**encoded, "negative_prompt_embeds": negative[0]} if guidance > 0 else encoded

    def arguments(
        self, rows: Sequence[Row], encoded: Sequence[Encoded], guidance: float
    ) -> dict[str, Any]:
        return {
            **{key: [one[key] for one in encoded] for key in encoded[0]},
            "guidance_scale": guidance,
        }


class QwenImage(Family):
    """Qwen-Image: creates only; true guidance wants a second, empty prompt."""

    name = "QwenImagePipeline"
    token_limit = 1024

    def encode(self, pipe: Any, prompt: str, guidance: float) -> Encoded:
        embeds, mask = pipe.encode_prompt(prompt)
        encoded = {"prompt_embeds": embeds, "prompt_embeds_mask": mask}
        if guidance > 1:
            embeds, mask = pipe.encode_prompt(" ")
            encoded |= {"negative_prompt_embeds": embeds, "negative_prompt_embeds_mask": mask}
        return encoded

    def arguments(
        self, rows: Sequence[Row], encoded: Sequence[Encoded], guidance: float
    ) -> dict[str, Any]:
        return {**_padded(encoded), "true_cfg_scale": guidance}


def _padded(encoded: Sequence[Encoded]) -> dict[str, Any]:
    """Prompts of different lengths as one tensor each, with masks over the padding."""
    joined: dict[str, Any] = {}
    for key in [name for name in encoded[0] if not name.endswith("_mask")]:
        embeds = [one[key] for one in encoded]
        masks = [_mask(one, key) for one in encoded]
        longest = max(e.shape[1] for e in embeds)
        joined[key] = torch.cat([_pad(e, longest) for e in embeds])
        joined[f"{key}_mask"] = torch.cat([_pad(m, longest) for m in masks])
    return joined


def _mask(encoded: Encoded, key: str) -> torch.Tensor:
    mask = encoded[f"{key}_mask"]
    if mask is not None:
        return torch.as_tensor(mask)
    embeds = encoded[key]
    return torch.ones(embeds.shape[:2], dtype=torch.long, device=embeds.device)


def _pad(tensor: torch.Tensor, length: int) -> torch.Tensor:
    """(1, L, ...) -> (1, length, ...), zeros behind."""
    missing = length - tensor.shape[1]
    return torch.cat([tensor, tensor.new_zeros((1, missing, *tensor.shape[2:]))], dim=1)


class QwenImageEdit(Family):
    """Qwen-Image-Edit: one picture a call; the encoder looks at the pictures too, so a prompt
    cannot be encoded without them."""

    name = "QwenImageEditPlusPipeline"
    most = 1
    takes_references = True
    caches_prompts = False
    token_limit = 1024

    def encode(self, pipe: Any, prompt: str, guidance: float) -> Encoded:
        return {}

    def arguments(
        self, rows: Sequence[Row], encoded: Sequence[Encoded], guidance: float
    ) -> dict[str, Any]:
        (row,) = rows
        arguments = {
            "prompt": row.prompt, "image": list(row.references), "true_cfg_scale": guidance
        }  # fmt: skip
        return {**arguments, "negative_prompt": " "} if guidance > 1 else arguments


FAMILIES: Mapping[str, Family] = {
    f.name: f for f in (Klein(), ZImage(), QwenImage(), QwenImageEdit())
}
"""Pipeline class -> how to speak to it."""


def of(class_name: str) -> Family:
    """The family of a pipeline class. Raises WeightsError for a class we do not speak to."""
    from imaging.engines.diffusion.weights import WeightsError

    try:
        return FAMILIES[class_name]
    except KeyError:
        raise WeightsError(
            f"no pipeline class {class_name}; there are {', '.join(FAMILIES)}"
        ) from None
