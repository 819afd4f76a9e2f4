"""The engine host: the only process that imports Mitsuba or torch. No Django here.

    python -m imaging.engines.host --engine module:callable --parent PID

Started with Popen (never forked) by a worker; it loads its engine once, speaks `protocol.py` on
its pipes, runs one request at a time, stops between two steps when told to, and ends when its
standard input closes or its parent dies.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import importlib
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from imaging.engines import protocol
from imaging.engines.base import Cancelled, Engine, EngineError, Failed, Outcome

logger = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends, however it ends.

    Elsewhere the closed standard input does it. Does not return if the parent is gone already.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def claim_stdout() -> IO[str]:
    """The pipe to the worker, for us alone: what libraries print goes to standard error."""
    own = os.fdopen(os.dup(1), "w", buffering=1, encoding="ascii")
    os.dup2(2, 1)
    return own


class Wire:
    """Lines out, from any thread."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._lock = threading.Lock()

    def say(self, **message: Any) -> None:
        with self._lock:
            self._out.write(protocol.line(message))
            self._out.flush()


class HostWatch:
    """Progress to the worker, cancellation from it."""

    def __init__(self, wire: Wire, run_id: str, cancelled: set[str]) -> None:
        self._wire = wire
        self._run_id = run_id
        self._cancelled = cancelled

    def step(self, done: int, of: int, label: str) -> None:
        if self._run_id in self._cancelled:
            raise Cancelled
        self._wire.say(event="progress", id=self._run_id, done=done, of=of, label=label)


class Host:
    """One engine and its runs, one after the other."""

    def __init__(self, engine: Engine, wire: Wire) -> None:
        self._engine = engine
        self._wire = wire
        self._cancelled: set[str] = set()
        self._runs: queue.SimpleQueue[protocol.Message] = queue.SimpleQueue()

    def listen(self, lines: IO[str]) -> None:
        """Take in messages until the worker closes its end; then this process has no purpose."""
        for text in lines:
            message = protocol.parse(text)
            if message["do"] == "cancel":
                self._cancelled.add(message["id"])
            else:
                self._runs.put(message)
        os._exit(0)

    def serve(self) -> None:
        while True:
            self._run(self._runs.get())

    def _run(self, message: protocol.Message) -> None:
        run_id, folder = message["id"], Path(message["folder"])
        outcomes = self._outcomes(run_id, message["tasks"])
        said = [
            protocol.outcome_as_json(outcome, folder, f"out-{position}")
            for position, outcome in enumerate(outcomes)
        ]
        self._wire.say(event="done", id=run_id, outcomes=said)
        self._cancelled.discard(run_id)

    def _outcomes(self, run_id: str, tasks: Sequence[protocol.Message]) -> list[Outcome]:
        watch = HostWatch(self._wire, run_id, self._cancelled)
        try:
            pairs = [protocol.task_from_json(task) for task in tasks]
            return self._engine.run([p[0] for p in pairs], [p[1] for p in pairs], watch)
        except EngineError as error:
            return protocol.all_failed(tasks, error.as_failed())
        except MemoryError:
            failure = Failed(kind="out_of_memory", reason="The engine ran out of memory.")
            return protocol.all_failed(tasks, failure)
        except Exception:  # whatever an engine raises costs this run, not the host
            logger.exception("the engine failed")
            return protocol.all_failed(tasks, Failed(kind="failed", reason="The engine failed."))


def load_engine(where: str) -> Engine:
    """The engine that `module:callable` makes; warmed up where it knows how to."""
    module, _, name = where.partition(":")
    engine: Engine = getattr(importlib.import_module(module), name)()
    warm = getattr(engine, "warm", None)
    if warm is not None:
        warm()
    return engine


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="imaging.engines.host")
    parser.add_argument("--engine", required=True, help="module:callable")
    parser.add_argument("--parent", type=int, required=True, help="process id to live under")
    options = parser.parse_args(arguments)
    die_with_parent(options.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's business
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    wire = Wire(claim_stdout())
    engine = load_engine(options.engine)
    host = Host(engine, wire)
    threading.Thread(target=host.listen, args=(sys.stdin,), daemon=True).start()
    wire.say(
        event="ready",
        name=engine.name,
        version=engine.version,
        kind=getattr(engine, "kind", "procedural"),
        thinks=getattr(engine, "thinks", False),
    )
    host.serve()


if __name__ == "__main__":
    main()
