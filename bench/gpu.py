"""How fast the sampler draws, and whether its bits can be trusted.

    python -m bench.gpu                     what this machine can do
    python -m bench.gpu --out FILE.json     the figures as JSON too

With a card: the default model (FLUX.2 klein 4B) at its full size with random weights. Images a
second through our sampler and through the library's own call, batches, compilation, where the
time of a step goes, edits, equal bits twice, in a batch, and after a restart. About three minutes;
no more parts are begun after `--seconds`. Without a card: tiny models on the CPU, and what the
engine host adds to a picture.

Targets: sampler / plain call >= 0.97 alone at 1024, >= 1.3 for 512 px jobs in a queue; 1024 px
within 1.6 x of the FLOP limit when compiled; the host adds at most 30 ms.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import numpy as np
import torch
from PIL import Image

from bench import gpu_models
from imaging.engines.diffusion import tiny, tuning
from imaging.engines.diffusion.catalogue import Catalogue
from imaging.engines.diffusion.families import Row
from imaging.engines.diffusion.residency import Loaded, Residency
from imaging.engines.diffusion.sampler import Sampler
from imaging.engines.encode import Metadata, encode

ROOT = Path(__file__).resolve().parents[1]
PROMPTS = (
    "a red enamel mug",
    "a leather bag on oak",
    "a glass bottle by a window",
    "white sneakers",
)


class Bench:
    """Runs the parts in order, keeps the figures, begins none after its time."""

    def __init__(self, seconds: float, wanted: Sequence[str] = ()) -> None:
        """`wanted` names the parts to run; all of them where it is empty."""
        self.until = time.monotonic() + seconds
        self.wanted = wanted
        self.figures: dict[str, Any] = {}

    def part(self, name: str, work: Callable[[], dict[str, Any]]) -> None:
        if self.wanted and name not in self.wanted:
            return
        if time.monotonic() > self.until:
            print(f"{name:<28} left out: no time left", flush=True)
            return
        started = time.monotonic()
        try:
            found = work()
        except Exception as error:  # the other parts are still worth having
            found = {"error": f"{type(error).__name__}: {error}"[:400]}
        self.figures[name] = found
        took = time.monotonic() - started
        print(f"{name:<28} {json.dumps(found)}  [{took:.1f} s]", flush=True)


class Drawn:
    """Our sampler and the library's call over the same weights, both timed alike."""

    def __init__(self, loaded: Loaded, plain: Any, device: str, *, shrink: int = 1) -> None:
        """`shrink` divides the side of every picture."""
        self.loaded, self.plain, self.device = loaded, plain, device
        self.shrink = shrink
        self.sampler = Sampler()
        self._fresh = iter(range(10**9))

    def rows(
        self, count: int, references: Sequence[Image.Image] = (), *, known: bool = False
    ) -> list[Row]:
        """Rows with prompts that were never read before, or (`known`) always the same ones."""
        return [
            Row(
                PROMPTS[i % 4] if known else f"{PROMPTS[i % 4]}, number {next(self._fresh)}",
                seed=100 + i,
                references=tuple(references),
            )
            for i in range(count)
        ]

    def ours(self, rows: Sequence[Row], side: int, height: int = 0) -> list[Any]:
        size = (side // self.shrink, (height or side) // self.shrink)
        return self.sampler.sample(self.loaded, rows, size)

    def theirs(self, rows: Sequence[Row], side: int) -> list[Any]:
        """The library's own call as its documentation has it, one prompt after the other."""
        model, side = self.loaded.model, side // self.shrink
        return [
            self.plain(
                prompt=row.prompt, height=side, width=side, num_inference_steps=model.steps,
                guidance_scale=model.guidance,
                generator=torch.Generator("cpu").manual_seed(row.seed),
            ).images[0]
            for row in rows
        ]  # fmt: skip

    def seconds(self, work: Callable[[], Any]) -> float:
        _sync(self.device)
        started = time.perf_counter()
        work()
        _sync(self.device)
        return time.perf_counter() - started

    def rate(self, pictures: int, work: Callable[[], Any], repeats: int = 3) -> float:
        """Pictures a second, the median of `repeats` runs."""
        return pictures / statistics.median(self.seconds(work) for _ in range(repeats))


def _sync(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize()


def digest(pictures: Sequence[Any]) -> str:
    joined = b"".join(np.ascontiguousarray(p).tobytes() for p in pictures if p is not None)
    return hashlib.sha256(joined).hexdigest()[:16]


# --- With a card ---------------------------------------------------------------------------------


def with_card(bench: Bench, device: str) -> None:
    began = time.monotonic()
    drawn = on_device(device)
    _sync(device)
    bench.figures["built_s"] = round(time.monotonic() - began, 1)
    print(bench.figures, torch.__version__, flush=True)
    parts: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("warm", lambda: warm(drawn)),
        ("bits eager", lambda: bits(drawn, 512)),
        ("eager", lambda: {**breakdown(drawn), **alone(drawn, 1024, 3)}),
        ("network compiled", lambda: tuned(drawn, tuning.compile_network)),
        ("reader graphed", lambda: tuned(drawn, tuning.graph_reader)),
        ("decoder compiled", lambda: tuned(drawn, tuning.compile_decoder)),
        ("decoder fixed", lambda: tuned(drawn, fixed_decoder)),
        ("alone 1024", lambda: alone(drawn, 1024, 4)),
        ("queue 512", lambda: queue(drawn, 512, 16)),
        ("bits", lambda: bits(drawn, 512)),
        ("encoding hidden", lambda: hidden_encoding(drawn)),
        ("restart", lambda: restart(drawn)),
        ("new shape", lambda: new_shape(drawn)),
        ("batches 1024", lambda: batches(drawn, 1024, (2, 4))),
        ("edits 1024", lambda: edits(drawn)),
        ("attention", lambda: attention(drawn)),
    ]
    for name, work in parts:
        bench.part(name, work)
    if device != "cpu":
        bench.figures["peak_gb"] = round(torch.cuda.max_memory_allocated() / (1 << 30), 2)


def on_device(device: str) -> Drawn:
    """The full-size model on a card; on the CPU a small one of a sixteenth of every side, to
    rehearse."""
    if device != "cpu":
        return Drawn(*gpu_models.built(device), device)
    return Drawn(*gpu_models.built(device, gpu_models.SMALL), device, shrink=16)


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


def bits(drawn: Drawn, side: int) -> dict[str, Any]:
    """Twice alone, in a batch of four, the batch again with other neighbours."""
    rows = drawn.rows(4, known=True)
    singles = [drawn.ours([row], side)[0] for row in rows]
    again = [drawn.ours([row], side)[0] for row in rows]
    four = drawn.ours(rows, side)
    replayed = [drawn.ours([row] * 4, side)[place] for place, row in enumerate(rows)]
    apart = [
        np.abs(a.astype(int) - b.astype(int))
        for a, b in zip(singles, four, strict=True)
        if a is not None and b is not None
    ]
    return {
        "twice_alone_equal": digest(singles) == digest(again),
        "batch_against_alone_levels": max((int(d.max()) for d in apart), default=-1),
        "batch_against_alone_mean": round(max((float(d.mean()) for d in apart), default=-1), 4),
        "replay_of_batch_equal": digest(four) == digest(replayed),
        "sha": digest(singles),
        "batch_sha": digest(four),
    }


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


def restart(drawn: Drawn) -> dict[str, Any]:
    """The same seed in a new process with the same weights, tuned alike."""
    here = bits(drawn, 512)
    command = [sys.executable, "-m", "bench.gpu", "--bits", drawn.device]
    said = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    there = json.loads(said.stdout.splitlines()[-1])
    return {
        "alone_equal": here["sha"] == there["sha"],
        "batch_equal": here["batch_sha"] == there["batch_sha"],
    }


# --- Without a card ------------------------------------------------------------------------------


def on_cpu(bench: Bench) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="softbox-bench-") as folder:
        path = tiny.build(Path(folder))
        drawn = tiny_models(path)
        for name, work in (
            ("warm", lambda: warm_tiny(drawn)),
            ("alone 128", lambda: alone(drawn, 128, 8)),
            ("queue 64", lambda: queue(drawn, 64, 16)),
            ("bits", lambda: bits(drawn, 128)),
            ("host", lambda: host_adds(path, drawn)),
        ):
            bench.part(name, work)


def tiny_models(path: Path) -> Drawn:
    from diffusers import Flux2KleinPipeline

    (model,) = Catalogue.read(path).route("create", "fast")
    loaded = Residency("cpu").acquire(model)
    plain = Flux2KleinPipeline.from_pretrained(model.folder, local_files_only=True)
    plain.set_progress_bar_config(disable=True)
    return Drawn(loaded, plain, "cpu")


def warm_tiny(drawn: Drawn) -> dict[str, Any]:
    return {"first_picture_s": round(drawn.seconds(lambda: drawn.ours(drawn.rows(1), 128)), 2)}


def host_adds(path: Path, drawn: Drawn) -> dict[str, Any]:
    """One picture through the engine host against the library's call in this process."""
    from imaging.engines.base import Recipe
    from imaging.engines.client import EngineHost
    from imaging.engines.protocol import Task

    os.environ.update(MODELS_FILE=str(path), OMP_NUM_THREADS="1")
    host = EngineHost("imaging.engines.diffusion.engine:DiffusionEngine")

    def through_host() -> None:
        (row,) = drawn.rows(1)
        recipe = Recipe(operation="create", width=128, height=128, seed=1, prompt=row.prompt)
        with tempfile.TemporaryDirectory() as folder:
            host.run([Task(recipe)], folder=Path(folder), deadline_seconds=60)

    def in_process() -> None:
        drawn.theirs(drawn.rows(1), 128)

    try:
        host.facts()
        through_host()
        times = [(drawn.seconds(through_host), drawn.seconds(in_process)) for _ in range(15)]
    finally:
        host.close()
    ours, plain = (statistics.median(column) for column in zip(*times, strict=True))
    return {
        "host_ms": round(ours * 1e3, 1),
        "plain_ms": round(plain * 1e3, 1),
        "adds_ms": round((ours - plain) * 1e3, 1),
        "target_ms": 30,
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.gpu", description=__doc__)
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    parser.add_argument("--seconds", type=float, default=200, help="begin no part after this long")
    parser.add_argument("--parts", default="", help="only these, in their order, comma between")
    parser.add_argument("--rehearse", action="store_true", help="a card's parts, small, on the CPU")
    parser.add_argument("--bits", metavar="DEVICE", help="print the bits' digests alone")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.backends.cudnn.benchmark = False
    if options.bits:
        drawn = on_device(options.bits)
        tuning.tune(drawn.loaded.pipe)
        print(json.dumps(bits(drawn, 512)))
        return
    bench = Bench(options.seconds, [name for name in options.parts.split(",") if name])
    if torch.cuda.is_available() and not options.rehearse:
        bench.figures["device"] = torch.cuda.get_device_name(0)
        with_card(bench, "cuda")
    elif options.rehearse:
        with_card(bench, "cpu")
    else:
        on_cpu(bench)
    if options.out:
        options.out.write_text(json.dumps(bench.figures, indent=1))


if __name__ == "__main__":
    main()
