"""The one place that imports Mitsuba, and which of its variants is used here.

`llvm_ad_rgb` is more than twice as fast as `scalar_rgb`, but needs a libLLVM. Versions 14 to 16
abort the whole process on AVX-512 machines ("Cannot select: fminimum"), so every candidate is
tried in a child process first and the verdict is kept in a small file.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from imaging.engines.base import EngineError
from imaging.engines.cores import THREADS

LLVM = "llvm_ad_rgb"
SCALAR = "scalar_rgb"

_SYSTEM_LIBRARIES = (
    "libLLVM.so.20.1",
    "libLLVM-20.so",
    "libLLVM.so.19.1",
    "libLLVM-19.so",
    "libLLVM.so.18.1",
    "libLLVM-18.so",
    "libLLVM-17.so",
)
_LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/usr/lib/llvm-19/lib",
    "/usr/lib/llvm-18/lib",
)
_PROBE = """
import mitsuba as mi
mi.set_variant("llvm_ad_rgb")
import drjit as dr
x = dr.arange(mi.Float, 64)
dr.eval(dr.sqrt(dr.minimum(x, dr.maximum(2 * x, 1))))
box = mi.cornell_box()
box["sensor"]["film"].update(width=8, height=8)
dr.eval(mi.render(mi.load_dict(box), spp=1))
print("works")
"""
_PROBE_SECONDS = 90


@cache
def mitsuba() -> Any:
    """The mitsuba module, with the fastest variant that works on this machine chosen.

    `SOFTBOX_MITSUBA_VARIANT` overrides the choice. The first call may take some seconds (probe).
    Raises EngineError "model_missing" where Mitsuba has no wheel (ARM Linux).
    """
    if importlib.util.find_spec("mitsuba") is None:
        raise EngineError(
            "model_missing",
            "The scene renderer (Mitsuba 3) is not available on this machine; "
            "cut-outs, packshots on plain backgrounds and enhancements still are.",
        )
    wanted = os.environ.get("SOFTBOX_MITSUBA_VARIANT") or ""
    library = None if wanted == SCALAR else working_llvm()
    if library:
        os.environ["DRJIT_LIBLLVM_PATH"] = library
    import drjit
    import mitsuba as module  # only after the library path is set: it is read once

    drjit.set_thread_count(THREADS)
    module.set_variant(wanted or (LLVM if library else SCALAR))
    return module


def variant() -> str:
    """The name of the variant in use."""
    return str(mitsuba().variant())


def working_llvm() -> str | None:
    """Path of a libLLVM that renders without aborting, or None. Verdicts are remembered."""
    verdicts = _read_verdicts()
    for library in _candidates():
        key = _key(library)
        if key not in verdicts:
            verdicts[key] = _renders_with(library)
            _write_verdicts(verdicts)
        if verdicts[key]:
            return library
    return None


def _candidates() -> list[str]:
    """Existing libraries, best first, without repeats."""
    named = os.environ.get("DRJIT_LIBLLVM_PATH")
    paths = [Path(named)] if named else []
    paths += [Path(f) / name for name in _SYSTEM_LIBRARIES for f in _LIBRARY_FOLDERS]
    found: dict[str, str] = {}
    for path in paths:
        if path.exists():
            found.setdefault(os.path.realpath(path), str(path))
    return list(found.values())


def _key(library: str) -> str:
    """Changes with the library, its age and the Mitsuba that uses it."""
    real = os.path.realpath(library)
    return f"{real}@{os.stat(real).st_mtime_ns}@{importlib.metadata.version('mitsuba')}"


def _renders_with(library: str) -> bool:
    """Whether a child process survives rendering with this library."""
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", _PROBE],
            env={**os.environ, "DRJIT_LIBLLVM_PATH": library},
            capture_output=True,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return child.returncode == 0 and b"works" in child.stdout


def _verdict_file() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "softbox" / "llvm.json"


def _read_verdicts() -> dict[str, bool]:
    try:
        found = json.loads(_verdict_file().read_text())
    except (OSError, ValueError, RuntimeError):
        return {}
    return {str(k): v is True for k, v in found.items()} if isinstance(found, dict) else {}


def _write_verdicts(verdicts: dict[str, bool]) -> None:
    """Best effort: without a writable cache the probe simply runs again next time."""
    try:
        path = _verdict_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.write_text(json.dumps(verdicts))
        draft.replace(path)
    except (OSError, RuntimeError):
        return
