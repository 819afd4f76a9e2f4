"""Whether the same seed gives the same bits: twice, in a batch, and after a restart."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.gpu_drawing import Drawn

ROOT = Path(__file__).resolve().parents[1]


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
        "twice_alone_equal": _digest(singles) == _digest(again),
        "batch_against_alone_levels": max((int(d.max()) for d in apart), default=-1),
        "batch_against_alone_mean": round(max((float(d.mean()) for d in apart), default=-1), 4),
        "replay_of_batch_equal": _digest(four) == _digest(replayed),
        "sha": _digest(singles),
        "batch_sha": _digest(four),
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


def _digest(pictures: Sequence[Any]) -> str:
    joined = b"".join(np.ascontiguousarray(p).tobytes() for p in pictures if p is not None)
    return hashlib.sha256(joined).hexdigest()[:16]
