"""`make bench`: every benchmark, one after the other; or those that are named.

    python -m bench            all of them
    python -m bench png holds  two of them

Each exits with 1 when it misses a target; all of them run anyway, and the missed are named.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Every benchmark: a module of this folder that can be run by itself."""
    files = sorted(FOLDER.glob("*.py"))
    return [f.stem for f in files if '__name__ == "__main__"' in f.read_text() and f.stem[0] != "_"]


def main(wanted: list[str]) -> int:
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(names())}")
        return 2
    failed = []
    for name in wanted or names():
        print(f"\n=== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\nmissed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
