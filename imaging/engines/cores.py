"""How many of the machine's cores an engine may use. Where several workers share it, each gets its
part: threads that take turns on too few cores make every worker slower."""

from __future__ import annotations

import os


def told() -> int:
    """What ENGINE_THREADS says, 0 where it says nothing."""
    return max(0, int(os.environ.get("ENGINE_THREADS") or 0))


THREADS = max(1, min(8, told() or os.cpu_count() or 1))
"""Threads of this process's engine. Beyond eight, strips of a picture are too thin to gain."""


def libraries() -> dict[str, str]:
    """Environment of an engine host, for numbers that libraries read only as they are imported
    (OpenBLAS, OpenMP and with it torch). Nothing where all cores are the host's."""
    threads = str(told())
    return {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads} if told() else {}
