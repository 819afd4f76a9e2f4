"""How soon a killed engine host is back, and its job drawn again (tiny models, CPU).

    python -m bench.killed [--rounds 5]

A real worker with the diffusion engine on the tiny models. Each round kills the host with SIGKILL
in mid-denoise of a job of 200 steps. The new host starts, imports torch, loads the model and draws
the job from its first step; the figure runs from the kill to the stored picture. How long an
undisturbed job takes is printed beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench import ground
from bench.figures import Figure, conclude

TARGET_SECONDS = 20.0
_STEPS = 200


def body(kind: str) -> int:
    from accounts.models import Partner
    from billing import points

    partner = Partner.objects.create(name="bench")
    points.grant(partner=partner, tier="starter", points=Decimal(1_000_000))
    with ground.gpu_worker() as worker:
        drawn(partner, lambda: None)  # this one loads the model
        undisturbed = drawn(partner, lambda: None)
        after_kill = [drawn(partner, lambda: kill_host(worker)) for _ in range(arguments().rounds)]
    print(f"{kind}: undisturbed {undisturbed:.1f} s, killed: " + _listed(after_kill))
    middle = statistics.median(after_kill)
    return conclude([Figure(f"{kind}: from kill -9 to the picture", middle, TARGET_SECONDS, "s")])


def _listed(seconds: list[float]) -> str:
    return ", ".join(f"{each:.1f}" for each in seconds)


def drawn(partner: Any, meanwhile: Callable[[], None]) -> float:
    """Seconds from `meanwhile`, which is called in mid-denoise, to the stored picture."""
    from imaging import jobs
    from imaging.engines.base import Recipe
    from imaging.models import Generation

    recipe = Recipe(operation="create", width=128, height=128, seed=1, prompt="a mug")
    generation = jobs.submit(partner_id=partner.pk, recipe=recipe)
    while not (generation.progress_step or generation.ended):
        time.sleep(0.01)
        generation = Generation.objects.get(pk=generation.pk)
    meanwhile()
    begun = time.monotonic()
    while not generation.ended:
        time.sleep(0.01)
        generation = Generation.objects.get(pk=generation.pk)
    if generation.status != "succeeded" or generation.engine_name != "diffusion":
        raise SystemExit(f"{generation.status} on {generation.engine_name or 'no engine'}")
    return time.monotonic() - begun


def kill_host(worker: int) -> None:
    """SIGKILL to the engine host below the worker."""
    for process in ground.family(worker):
        if "imaging.engines.host" in process.cmdline():
            process.kill()
            return
    raise SystemExit("the worker has no engine host")


def tiny_models(folder: Path) -> Path:
    """Catalogue of the tiny models, with more steps, so that there is a middle to be killed in."""
    command = [sys.executable, "-m", "imaging.engines.diffusion.tiny", str(folder)]
    subprocess.run(command, cwd=ground.ROOT, check=True, capture_output=True)
    catalogue = folder / "models.toml"
    catalogue.write_text(catalogue.read_text().replace("steps = 4", f"steps = {_STEPS}"))
    return catalogue


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> int:
    arguments()
    with tempfile.TemporaryDirectory(prefix="softbox-bench-") as folder:
        if not ground.is_inner():
            os.environ["MODELS_FILE"] = str(tiny_models(Path(folder)))
            os.environ |= {"BENCH_SETTINGS": "config.settings", "IMAGING_ENGINE": "diffusion"}
        return ground.on_databases("killed", ["PostgreSQL", "SQLite"], body)


if __name__ == "__main__":
    sys.exit(main())
