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
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch

from bench import gpu_models, gpu_speed, gpu_tiny
from bench.gpu_bits import bits, restart
from bench.gpu_drawing import Drawn, sync
from imaging.engines.diffusion import tiny, tuning


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


def with_card(bench: Bench, device: str) -> None:
    began = time.monotonic()
    drawn = on_device(device)
    sync(device)
    bench.figures["built_s"] = round(time.monotonic() - began, 1)
    print(bench.figures, torch.__version__, flush=True)
    parts: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("warm", lambda: gpu_speed.warm(drawn)),
        ("bits eager", lambda: bits(drawn, 512)),
        ("eager", lambda: {**gpu_speed.breakdown(drawn), **gpu_speed.alone(drawn, 1024, 3)}),
        ("network compiled", lambda: gpu_speed.tuned(drawn, tuning.compile_network)),
        ("reader graphed", lambda: gpu_speed.tuned(drawn, tuning.graph_reader)),
        ("decoder compiled", lambda: gpu_speed.tuned(drawn, tuning.compile_decoder)),
        ("decoder fixed", lambda: gpu_speed.tuned(drawn, gpu_speed.fixed_decoder)),
        ("alone 1024", lambda: gpu_speed.alone(drawn, 1024, 4)),
        ("queue 512", lambda: gpu_speed.queue(drawn, 512, 16)),
        ("bits", lambda: bits(drawn, 512)),
        ("encoding hidden", lambda: gpu_speed.hidden_encoding(drawn)),
        ("restart", lambda: restart(drawn)),
        ("new shape", lambda: gpu_speed.new_shape(drawn)),
        ("batches 1024", lambda: gpu_speed.batches(drawn, 1024, (2, 4))),
        ("edits 1024", lambda: gpu_speed.edits(drawn)),
        ("attention", lambda: gpu_speed.attention(drawn)),
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


def on_cpu(bench: Bench) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="softbox-bench-") as folder:
        path = tiny.build(Path(folder))
        drawn = gpu_tiny.models(path)
        for name, work in (
            ("warm", lambda: gpu_tiny.warm(drawn)),
            ("alone 128", lambda: gpu_speed.alone(drawn, 128, 8)),
            ("queue 64", lambda: gpu_speed.queue(drawn, 64, 16)),
            ("bits", lambda: bits(drawn, 128)),
            ("host", lambda: gpu_tiny.host_adds(path, drawn)),
        ):
            bench.part(name, work)


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
