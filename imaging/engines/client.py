"""The worker's end of the engine host: start, run with a deadline, cancel, kill and restart.

Whatever the child does (dies, falls silent, talks nonsense), `run` answers with one outcome per
task and the next run finds a fresh child.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from imaging.engines import cores, protocol
from imaging.engines.base import Failed, Outcome
from imaging.engines.protocol import HostFacts, Message, Task

ROOT = Path(__file__).resolve().parents[2]

Progress = Callable[[int, int, str], None]
GoOn = Callable[[], bool]

_ENGINES_SHARE = 0.95
LOOK_SECONDS = 0.1
"""How often `run` asks whether to go on while the child is busy."""


DIED = Failed(kind="failed", reason="The engine stopped unexpectedly.")
"""The outcome of every task whose child ended in the middle of it."""


class HostError(Exception):
    """The child ended or stopped making sense in the middle of something."""


@dataclass
class Follower:
    """Who follows one task: hears its progress, and says when nobody wants it any more.

    What either raises ends the whole run, and the child.
    """

    go_on: GoOn = lambda: True
    on_progress: Progress | None = None
    stopping: bool = False


class EngineHost:
    """A handle on one child process. Belongs to one thread, which must outlive the child."""

    def __init__(
        self, engine: str, *, start_seconds: float = 180.0, silence_seconds: float = 120.0
    ) -> None:
        """`engine` is `module:callable`. A child that says nothing for `silence_seconds` during
        a run, or is not ready after `start_seconds`, is killed."""
        self.engine = engine
        self._start_seconds = start_seconds
        self._silence_seconds = silence_seconds
        self._child: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._facts: HostFacts | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child, None where there is none."""
        return self._child.pid if self._child else None

    @property
    def known_facts(self) -> HostFacts | None:
        """Which engine answers, where it has said so already."""
        return self._facts

    def start(self) -> None:
        """Start the child where it is not running; does not wait until it is ready."""
        if self._child is not None and self._child.poll() is None:
            return
        self.close()
        command = [sys.executable, "-m", "imaging.engines.host", "--engine", self.engine]
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, "--parent", str(os.getpid())],
            cwd=ROOT,
            env={**os.environ, **cores.libraries()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,  # a terminal's Ctrl-C must not reach it
        )
        self._lines = queue.SimpleQueue()
        assert self._child.stdout is not None
        threading.Thread(target=_pump, args=(self._child.stdout, self._lines), daemon=True).start()

    def facts(self, keep_waiting: Callable[[], object] = lambda: None) -> HostFacts:
        """Which engine answers; waits until the child is ready. Raises HostError.

        Loading takes minutes with large models: `keep_waiting` is called every LOOK_SECONDS
        meanwhile, and what it raises comes through.
        """
        self.start()
        until = time.monotonic() + self._start_seconds
        while self._facts is None:
            message = self._next(time.monotonic() + LOOK_SECONDS)
            if message is not None and message["event"] == "ready":
                message.pop("event")
                self._facts = HostFacts(**message)
            elif time.monotonic() > until:
                self.kill()
                raise HostError("The engine did not start in time.")
            else:
                keep_waiting()
        return self._facts

    def run(
        self,
        tasks: Sequence[Task],
        *,
        folder: Path,
        deadline_seconds: float,
        go_on: GoOn = lambda: True,
        on_progress: Progress | None = None,
    ) -> list[Outcome]:
        """One outcome per task, in order; never raises for what the engine does.

        `go_on` is asked every LOOK_SECONDS; when it says no, the engine is told to stop at its
        next step and every task comes back `cancelled`. Past the deadline or its silence the
        child is killed: `timed_out`. A child that dies: `failed`. What `go_on` or `on_progress`
        raise comes through, and ends the child.
        """
        # The first one speaks for all: asked once, and told once, whatever it is about.
        followers = [Follower(go_on, on_progress)] * len(tasks)
        return self.run_batch(tasks, followers, folder=folder, deadline_seconds=deadline_seconds)

    def run_batch(
        self,
        tasks: Sequence[Task],
        followers: Sequence[Follower],
        *,
        folder: Path,
        deadline_seconds: float,
    ) -> list[Outcome]:
        """As `run`, with somebody of its own following each task: one that is given up comes
        back `cancelled`, and the others go on."""
        try:
            self.facts(lambda: [follower.go_on() for follower in _each(followers)])
            return self._run(tasks, followers, folder, deadline_seconds)
        except TimeoutError as error:
            self.kill()
            return protocol.all_failed(tasks, Failed(kind="timed_out", reason=str(error)))
        except (HostError, OSError, ValueError, KeyError, TypeError):
            self.kill()
            return protocol.all_failed(tasks, DIED)
        except BaseException:  # the caller's own: nobody listens to this run any more
            self.kill()
            raise

    def _run(
        self,
        tasks: Sequence[Task],
        followers: Sequence[Follower],
        folder: Path,
        deadline_seconds: float,
    ) -> list[Outcome]:
        run_id = uuid.uuid4().hex
        self._say(
            {
                "do": "run",
                "id": run_id,
                "folder": str(folder),
                # A little less than ours: an engine that stops by itself keeps its models.
                "seconds": deadline_seconds * _ENGINES_SHARE,
                "tasks": [protocol.task_as_json(task) for task in tasks],
            }
        )
        deadline = time.monotonic() + deadline_seconds
        heard = time.monotonic()
        while True:
            message = self._next(time.monotonic() + LOOK_SECONDS)
            now = time.monotonic()
            if message is not None and message.get("id") == run_id:
                heard = now
                if message["event"] == "done":
                    return _outcomes(message, tasks)
                _tell(followers, message)
            if now > deadline:
                raise TimeoutError(f"Not finished after {deadline_seconds:.0f} seconds.")
            if now > heard + self._silence_seconds:
                raise TimeoutError(f"No progress for {self._silence_seconds:.0f} seconds.")
            self._cancel_unwanted(run_id, followers)

    def _cancel_unwanted(self, run_id: str, followers: Sequence[Follower]) -> None:
        for follower in _each(followers):
            if follower.stopping or follower.go_on():
                continue
            follower.stopping = True
            for position, one in enumerate(followers):
                if one is follower:
                    self._say({"do": "cancel", "id": run_id, "task": position})

    def _say(self, message: Message) -> None:
        if self._child is None or self._child.stdin is None:
            raise HostError("no child")
        self._child.stdin.write(protocol.line(message))
        self._child.stdin.flush()

    def _next(self, until: float) -> Message | None:
        """The child's next message; None when `until` has come. Raises HostError."""
        try:
            text = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        if text is None:
            raise HostError("The engine process ended.")
        return protocol.parse(text)

    def kill(self) -> None:
        """End the child now."""
        if self._child is not None:
            self._child.kill()
        self.close()

    def close(self) -> None:
        """Let the child end: its standard input closes. Waits for it, and kills what stays."""
        child, self._child, self._facts = self._child, None, None
        if child is None:
            return
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
        try:
            child.wait(timeout=3)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _each(followers: Sequence[Follower]) -> list[Follower]:
    """Every follower once, whatever number of tasks it follows."""
    return list({id(follower): follower for follower in followers}.values())


def _tell(followers: Sequence[Follower], message: Message) -> None:
    """Pass progress on: to the follower of its task, else to all."""
    position = message.get("task")
    about = _each(followers) if position is None else [followers[position]]
    for follower in about:
        if follower.on_progress is not None and not follower.stopping:
            follower.on_progress(message["done"], message["of"], message["label"])


def _pump(lines: IO[str], into: queue.SimpleQueue[str | None]) -> None:
    """Move the child's lines into a queue that can be waited on; None marks the end."""
    with lines:
        for text in lines:
            into.put(text)
    into.put(None)


def _outcomes(message: Message, tasks: Sequence[Task]) -> list[Outcome]:
    outcomes = [protocol.outcome_from_json(data) for data in message["outcomes"]]
    if len(outcomes) != len(tasks):
        raise HostError(f"{len(outcomes)} outcomes for {len(tasks)} tasks")
    return outcomes
