"""Web and workers through the Procfile; stops all of it on SIGTERM or Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import IO

import environ
import psutil

ROOT = Path(__file__).resolve().parent.parent
# In the environment of every process that this one starts.
_MARK = "SOFTBOX_SERVED_BY"
_OURS = f"{os.getpid()}-{secrets.token_hex(4)}"
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def environment() -> dict[str, str]:
    """The environment of every process: PUBLIC_URL follows PORT unless it is set."""
    if (ROOT / ".env").is_file():
        environ.Env.read_env(ROOT / ".env")
    port = os.environ["PORT"] = os.environ.get("PORT") or "8000"
    # Said once here, because honcho gives each process type a PORT of its own.
    os.environ["PUBLIC_URL"] = os.environ.get("PUBLIC_URL") or f"http://localhost:{port}"
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    return dict(os.environ)


def refuse_taken_port() -> None:
    """Say so plainly where somebody else answers on our port; the web process would only die."""
    env = environment()
    host, port = os.environ.get("HOST") or "0.0.0.0", env["PORT"]  # noqa: S104 (the default)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the web process does it: a port that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except (OSError, OverflowError, ValueError) as error:
            raise SystemExit(
                f"Port {port} cannot be used ({getattr(error, 'strerror', None) or error})."
                " Is Softbox running already? Choose another one: PORT=8001 make run"
            ) from None


def start(log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """honcho with every process of the Procfile; what they say goes to `log`, else to the screen.

    Out of reach of the terminal's Ctrl-C: the caller hears it and passes on one SIGTERM, so that
    nothing is told to stop twice.
    """
    env = {**environment(), _MARK: _OURS}
    # Without its own reading of .env, which would win over the environment.
    options = ["--env", os.devnull, "--port", env["PORT"]]
    command = [sys.executable, "-m", "honcho", "start", *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
    )


def stop(server: subprocess.Popen[bytes], patience_seconds: float = 7.0) -> None:
    """Stop everything `start` began: politely first, and what is left after that for good.

    Who presses Ctrl-C again must not stop the stopping.
    """
    for number in STOPPING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if server.poll() is None:
        server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(patience_seconds)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        left = _family()
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                end(process)
        psutil.wait_procs(left, timeout=1)


def _family() -> list[psutil.Process]:
    """Everything we started, orphans of what was killed included: the environment tells."""
    ours = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(_MARK) == _OURS and process.pid != os.getpid():
                ours.append(process)
    return ours


def stop_on_signals() -> None:
    """SIGTERM, and a terminal that is closed, do what Ctrl-C does."""
    for number in STOPPING_SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    refuse_taken_port()
    stop_on_signals()
    server = start()
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        stop(server)


if __name__ == "__main__":
    sys.exit(main())
