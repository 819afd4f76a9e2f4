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
import time
from collections.abc import Iterable, Sequence
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


class Run:
    """One request: its tasks, its deadline, and which of its tasks nobody wants any more."""

    def __init__(self, message: protocol.Message) -> None:
        self.id: str = message["id"]
        self.folder = Path(message["folder"])
        self.tasks: Sequence[protocol.Message] = message["tasks"]
        self.until = time.monotonic() + float(message["seconds"])
        self.cancelled: set[int] = set()

    def check(self, positions: Iterable[int]) -> None:
        """Raises Cancelled where nobody wants any of these tasks, and EngineError past the
        deadline."""
        if all(position in self.cancelled for position in positions):
            raise Cancelled
        if time.monotonic() > self.until:
            raise EngineError("timed_out", "The picture was not finished in time.")


class HostWatch:
    """Progress to the worker, cancellation from it: of a whole run, or of one of its tasks."""

    def __init__(self, wire: Wire, run: Run, position: int | None = None) -> None:
        self._wire = wire
        self._run = run
        self._position = position

    def task(self, position: int) -> HostWatch:
        return HostWatch(self._wire, self._run, position)

    def step(self, done: int, of: int, label: str) -> None:
        one = self._position
        self._run.check(range(len(self._run.tasks)) if one is None else [one])
        which = {} if one is None else {"task": one}
        self._wire.say(event="progress", id=self._run.id, done=done, of=of, label=label, **which)


class Host:
    """One engine and its runs, one after the other."""

    def __init__(self, engine: Engine, wire: Wire) -> None:
        self._engine = engine
        self._wire = wire
        self._known: dict[str, Run] = {}
        self._waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()

    def listen(self, lines: IO[str]) -> None:
        """Take in messages until the worker closes its end; then this process has no purpose."""
        for text in lines:
            message = protocol.parse(text)
            if message["do"] == "cancel":
                run = self._known.get(message["id"])
                if run is not None:
                    run.cancelled.add(message["task"])
            else:
                run = self._known[message["id"]] = Run(message)
                self._waiting.put(run)
        os._exit(0)

    def serve(self) -> None:
        while True:
            self._answer(self._waiting.get())

    def _answer(self, run: Run) -> None:
        said = [
            protocol.outcome_as_json(outcome, run.folder, f"out-{position}")
            for position, outcome in enumerate(self._outcomes(run))
        ]
        self._wire.say(event="done", id=run.id, outcomes=said)
        self._known.pop(run.id, None)

    def _outcomes(self, run: Run) -> list[Outcome]:
        try:
            pairs = [protocol.task_from_json(task) for task in run.tasks]
            return self._engine.run(
                [pair[0] for pair in pairs], [pair[1] for pair in pairs], HostWatch(self._wire, run)
            )
        except EngineError as error:
            return protocol.all_failed(run.tasks, error.as_failed())
        except MemoryError:
            failure = Failed(kind="out_of_memory", reason="The engine ran out of memory.")
            return protocol.all_failed(run.tasks, failure)
        except Exception:  # whatever an engine raises costs this run, not the host
            logger.exception("the engine failed")
            failure = Failed(kind="failed", reason="The engine failed.")
            return protocol.all_failed(run.tasks, failure)


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
        batch=getattr(engine, "batch", 1),
        batch_pixels=getattr(engine, "batch_pixels", 0),
        native_pixels=getattr(engine, "native_pixels", 0),
    )
    host.serve()


if __name__ == "__main__":
    main()
