"""Web and workers through the Procfile; stops all of it on SIGTERM or Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import IO

import environ
import psutil

ROOT = Path(__file__).resolve().parent.parent


def environment() -> dict[str, str]:
    """The environment of every process: PUBLIC_URL follows PORT unless it is set."""
    if (ROOT / ".env").is_file():
        environ.Env.read_env(ROOT / ".env")
    port = os.environ.setdefault("PORT", "8000")
    # Said once here, because honcho gives each process type a PORT of its own.
    os.environ.setdefault("PUBLIC_URL", f"http://localhost:{port}")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    return dict(os.environ)


def start(log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """honcho with every process of the Procfile; what they say goes to `log`, else to the screen.

    Out of reach of the terminal's Ctrl-C: the caller hears it and passes on one SIGTERM, so that
    nothing is told to stop twice.
    """
    env = environment()
    command = [sys.executable, "-m", "honcho", "start", "--port", env["PORT"]]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
    )


def stop(server: subprocess.Popen[bytes], patience_seconds: float = 9.0) -> None:
    """Stop everything `start` began: politely first, and what is left after that for good.

    honcho gives each process a session of its own, so the whole family is listed before.
    """
    family = _family(server.pid)
    if server.poll() is None:
        server.terminate()
    _, alive = psutil.wait_procs(family, timeout=patience_seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def stop_on_signal(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, stop_on_signal)
    server = start()
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        stop(server)


if __name__ == "__main__":
    sys.exit(main())
