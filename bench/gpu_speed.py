"""How fast pictures are drawn, alone and in batches, and where the time of one goes."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from PIL import Image

from bench import gpu_models
from bench.gpu_drawing import Drawn
from imaging.engines.diffusion import tuning
from imaging.engines.encode import Metadata, encode


def warm(drawn: Drawn) -> dict[str, Any]:
    first = drawn.seconds(lambda: drawn.ours(drawn.rows(1), 1024))
    drawn.theirs(drawn.rows(1), 1024)
    return {
        "first_picture_s": round(first, 2),
        "made": drawn.ours(drawn.rows(1), 512)[0] is not None,
    }


def alone(drawn: Drawn, side: int, count: int) -> dict[str, Any]:
    """One picture after the other, prompts never seen before: ours against the library's."""
    ours = drawn.rate(count, lambda: [drawn.ours(drawn.rows(1), side) for _ in range(count)])
    known = drawn.rate(
        count, lambda: [drawn.ours(drawn.rows(1, known=True), side) for _ in range(count)]
    )
    plain = drawn.rate(count, lambda: drawn.theirs(drawn.rows(count), side))
    return {
        "ours_per_s": round(ours, 3),
        "known_prompts_per_s": round(known, 3),
        "plain_per_s": round(plain, 3),
        "ratio": round(ours / plain, 3),
    }


def queue(drawn: Drawn, side: int, count: int) -> dict[str, Any]:
    """Jobs that wait: in batches of four and eight against the library's loop."""
    plain = drawn.rate(count, lambda: drawn.theirs(drawn.rows(count), side))
    found: dict[str, Any] = {"plain_per_s": round(plain, 2)}
    for size in (1, 2, 4, 8):
        rate = drawn.rate(
            count,
            lambda size=size: [drawn.ours(drawn.rows(size), side) for _ in range(count // size)],
        )
        found[f"batch_{size}_per_s"], found[f"batch_{size}_ratio"] = (
            round(rate, 2),
            round(rate / plain, 2),
        )
    return found


def batches(drawn: Drawn, side: int, sizes: Sequence[int]) -> dict[str, Any]:
    rates = {n: drawn.rate(n, lambda n=n: drawn.ours(drawn.rows(n), side), 2) for n in sizes}
    return {f"batch_{n}_per_s": round(rate, 3) for n, rate in rates.items()}


def edits(drawn: Drawn) -> dict[str, Any]:
    grain = np.random.default_rng(1).integers(0, 255, (1024, 1024, 3), np.uint8)
    photo, half = Image.fromarray(grain), Image.fromarray(grain[:720, :720])
    one = drawn.rate(1, lambda: drawn.ours(drawn.rows(1, [photo]), 1024), 2)
    four = drawn.rate(1, lambda: drawn.ours(drawn.rows(1, [half] * 4), 1024), 2)
    return {"one_photo_s": round(1 / one, 3), "four_photos_of_half_size_s": round(1 / four, 3)}


def breakdown(drawn: Drawn) -> dict[str, Any]:
    """Seconds of reading a prompt, one step, decoding; each against its FLOP limit."""
    pipe, model = drawn.loaded.pipe, drawn.loaded.model
    with torch.inference_mode():
        text = statistics.median(
            drawn.seconds(lambda: pipe.encode_prompt("any words")) for _ in range(5)
        )
        whole = statistics.median(
            drawn.seconds(lambda: drawn.ours(drawn.rows(1, known=True), 1024)) for _ in range(4)
        )
        latents = _latents(drawn)
        decode = statistics.median(
            drawn.seconds(lambda: pipe.vae.decode(latents, return_dict=False)) for _ in range(5)
        )
    step = (whole - decode) / model.steps
    limits = {key: value / gpu_models.PEAK_TFLOPS for key, value in gpu_models.TFLOP_1024.items()}
    return {
        "text_ms": round(text * 1e3, 1),
        "step_ms": round(step * 1e3, 1),
        "decode_ms": round(decode * 1e3, 1),
        "whole_ms": round(whole * 1e3, 1),
        "limit_ms": round(sum(limits.values()) * 1e3, 1),
        "times_limit": round((whole + text) / sum(limits.values()), 3),
        "step_times_limit": round(step * model.steps / limits["denoise"], 3),
        "decode_times_limit": round(decode / limits["decode"], 3),
    }


def _latents(drawn: Drawn) -> torch.Tensor:
    """What the decoder gets for a picture of 1024 x 1024."""
    channels, dtype = drawn.plain.vae.config.latent_channels, drawn.plain.vae.dtype
    side = 128 // drawn.shrink
    return torch.randn(1, channels, side, side, device=drawn.device, dtype=dtype)


def tuned(drawn: Drawn, step: Callable[[Any], None]) -> dict[str, Any]:
    """One more part compiled; the plain call shares network and decoder, so it gains as well."""
    step(drawn.loaded.pipe)
    drawn.sampler.cache.clear()
    first = drawn.seconds(lambda: drawn.ours(drawn.rows(1), 1024))
    return {"compile_s": round(first, 1), **breakdown(drawn)}


def fixed_decoder(pipe: Any) -> None:
    """One compilation a size: whether it is worth that is the question."""
    tuning.compile_decoder(pipe, dynamic=False)


def new_shape(drawn: Drawn) -> dict[str, Any]:
    """A size that was never drawn before, and the same once more."""
    times = [drawn.seconds(lambda: drawn.ours(drawn.rows(1), 1152, 864)) for _ in range(2)]
    return {"first_s": round(times[0], 2), "second_s": round(times[1], 3)}


def attention(drawn: Drawn) -> dict[str, Any]:
    """Another kernel for attention; the setting is the process's, so it comes last."""
    drawn.loaded.pipe.transformer.set_attention_backend("_native_cudnn")
    drawn.ours(drawn.rows(1, known=True), 1024)
    return breakdown(drawn)


def hidden_encoding(drawn: Drawn) -> dict[str, Any]:
    """PNG files made in a thread while the next picture is drawn, against drawing alone."""
    count = 8
    metadata = Metadata(source_type="trainedAlgorithmicMedia", recipe_id="0" * 64, software="bench")

    def one() -> Any:
        return drawn.ours(drawn.rows(1), 1024)[0]

    def file(pixels: Any) -> int:
        return len(encode(pixels, format="png", metadata=metadata))

    def both() -> None:
        with ThreadPoolExecutor(1) as pool:
            for waiting in [pool.submit(file, one()) for _ in range(count)]:
                waiting.result()

    picture = one()
    alone_ = drawn.rate(count, lambda: [one() for _ in range(count)], 2)
    with_files = drawn.rate(count, both, 2)
    took = statistics.median(drawn.seconds(lambda: file(picture)) for _ in range(3))
    return {
        "encode_ms": round(took * 1e3, 1),
        "drawing_per_s": round(alone_, 3),
        "with_files_per_s": round(with_files, 3),
        "ratio": round(with_files / alone_, 3),
    }
