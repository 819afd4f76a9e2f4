"""The engine host: whatever the engine does, the worker gets an answer and a usable host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from imaging.engines import protocol
from imaging.engines.base import Failed, Made, Picture
from imaging.engines.client import EngineHost, Follower
from imaging.engines.protocol import Task
from tests.imaging.conftest import ROOT, TINY, recipe


def run(host: EngineHost, folder: Path, *prompts: str, seconds: float = 30.0, **options):
    tasks = [Task(recipe(prompt)) for prompt in prompts]
    return host.run(tasks, folder=folder, deadline_seconds=seconds, **options)


def gone(pid: int, within: float = 5.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_a_recipe_becomes_a_picture_and_the_host_stays(host, tmp_path):
    [first] = run(host, tmp_path, "plain")
    pid = host.pid
    [second] = run(host, tmp_path, "plain")

    assert isinstance(first, Made)
    assert first.pictures[0].pixels.shape == (48, 64, 3)
    assert first.pictures[0].source_type == "algorithmicMedia"
    assert (first.model, first.notes) == ("tiny-1", ("Painted.",))
    assert np.array_equal(first.pictures[0].pixels, second.pictures[0].pixels)
    assert host.pid == pid


def test_source_pictures_reach_the_engine(host, tmp_path):
    pixels = np.full((5, 7, 4), 200, np.uint8)
    path = protocol.save_pixels(tmp_path / "in.npy", pixels)

    [made] = host.run(
        [Task(recipe(), (path,))], folder=tmp_path, deadline_seconds=30, on_progress=None
    )

    assert made.fidelity == 1.0
    assert made.pictures[0].pixels[0, 0, 1] == 1


def test_one_bad_recipe_does_not_fail_its_batch(host, tmp_path):
    outcomes = run(host, tmp_path, "plain", "blocked", "bad_input", "plain")

    assert [getattr(o, "kind", "made") for o in outcomes] == [
        "made",
        "blocked",
        "bad_input",
        "made",
    ]
    assert outcomes[1].categories == ("test",)


def test_what_libraries_print_does_not_break_the_protocol(host, tmp_path):
    [made] = run(host, tmp_path, "print")

    assert isinstance(made, Made)


def test_progress_comes_through_in_order(host, tmp_path):
    seen = []

    run(host, tmp_path, "steps 4 0.01", on_progress=lambda *step: seen.append(step))

    assert seen == [(i, 4, f"step {i}") for i in range(4)]


def test_a_cancelled_run_stops_at_its_next_step_and_the_host_lives(host, tmp_path):
    seen = []
    host.facts()
    began = time.monotonic()

    [outcome] = run(
        host,
        tmp_path,
        "steps 1000 0.05",
        on_progress=lambda *step: seen.append(step),
        go_on=lambda: len(seen) < 3,
    )

    assert outcome.kind == "cancelled"
    assert time.monotonic() - began < 5
    assert len(seen) < 10
    pid = host.pid
    assert isinstance(run(host, tmp_path, "plain")[0], Made)
    assert host.pid == pid


@pytest.mark.parametrize(("prompt", "kind"), [("raise", "failed"), ("out_of_memory",) * 2])
def test_an_engine_that_fails_costs_the_run_and_not_the_host(host, tmp_path, prompt, kind):
    host.facts()
    pid = host.pid

    [outcome] = run(host, tmp_path, prompt)

    assert isinstance(outcome, Failed)
    assert outcome.kind == kind
    assert host.pid == pid


def test_a_host_that_dies_is_a_failure_and_the_next_run_finds_a_new_one(host, tmp_path):
    outcomes = run(host, tmp_path, "die", "plain")

    assert [o.kind for o in outcomes] == ["failed", "failed"]
    assert isinstance(run(host, tmp_path, "plain")[0], Made)


def test_kill_9_of_the_host_in_the_middle_of_a_run(host, tmp_path):
    def kill(*step: object) -> None:
        os.kill(host.pid, signal.SIGKILL)

    [outcome] = run(host, tmp_path, "steps 100 0.05", on_progress=kill)

    assert outcome.kind == "failed"
    assert isinstance(run(host, tmp_path, "plain")[0], Made)


def test_a_host_that_falls_silent_is_killed(tmp_path):
    host = EngineHost(TINY, silence_seconds=0.5)
    host.facts()
    pid = host.pid

    [outcome] = run(host, tmp_path, "hang")

    assert outcome.kind == "timed_out"
    assert gone(pid)
    host.kill()


def test_a_run_past_its_deadline_stops_and_its_host_lives_on(host, tmp_path):
    host.facts()
    pid = host.pid

    [outcome] = run(host, tmp_path, "steps 1000 0.05", seconds=2)

    assert outcome.kind == "timed_out"
    assert host.pid == pid
    assert isinstance(run(host, tmp_path, "plain")[0], Made)


def test_a_host_deaf_to_its_deadline_is_killed(host, tmp_path):
    host.facts()
    pid = host.pid

    [outcome] = run(host, tmp_path, "hang", seconds=0.5)

    assert outcome.kind == "timed_out"
    assert gone(pid)


def test_each_task_of_a_batch_is_followed_and_given_up_by_itself(host, tmp_path):
    heard: list[tuple[int, int]] = []
    wanted = {0: True, 1: True}

    def follower(position: int) -> Follower:
        def on_progress(done: int, of: int, label: str) -> None:
            heard.append((position, done))
            if position == 0 and done == 2:
                wanted[0] = False

        return Follower(lambda: wanted[position], on_progress)

    tasks = [Task(recipe("together 20 0.05")), Task(recipe("together 20 0.05"))]
    outcomes = host.run_batch(
        tasks, [follower(0), follower(1)], folder=tmp_path, deadline_seconds=30
    )

    assert [getattr(outcome, "kind", "made") for outcome in outcomes] == ["cancelled", "made"]
    assert (1, 19) in heard
    assert (0, 19) not in heard


def test_an_engine_that_cannot_start_is_a_failure(tmp_path):
    host = EngineHost("tests.imaging.tiny_engine:BrokenEngine")

    [outcome] = run(host, tmp_path, "plain")

    assert outcome.kind == "failed"
    host.kill()


def test_what_the_caller_raises_comes_through_and_ends_the_host(host, tmp_path):
    class Stop(BaseException):
        pass

    def stop() -> bool:
        raise Stop

    host.facts()
    pid = host.pid
    with pytest.raises(Stop):
        run(host, tmp_path, "steps 1000 0.05", go_on=stop)
    assert gone(pid)


PARENT = """
import sys, time
from imaging.engines.client import EngineHost, Follower
host = EngineHost(sys.argv[1])
host.facts()
print(host.pid, flush=True)
time.sleep(60)
"""


def test_the_host_dies_with_a_parent_that_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, TINY], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()
    parent.communicate()

    assert gone(pid)


def test_the_host_knows_no_django(host):
    host.facts()
    command = "import sys, imaging.engines.host; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", command], cwd=ROOT).returncode == 0


def test_a_picture_survives_the_way_to_the_host_and_back(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 5, 4), np.uint8)
    made = Made(
        pictures=(Picture(pixels=pixels, source_type="compositeSynthetic"),),
        model="m",
        notes=("a", "b"),
        understood=("mug",),
        not_understood=("zorb",),
        fidelity=0.5,
        mode="fast",
        details={"seconds": 1.5},
    )

    said = protocol.parse(protocol.line(protocol.outcome_as_json(made, tmp_path, "x")))
    back = protocol.outcome_from_json(said)

    assert np.array_equal(back.pictures[0].pixels, pixels)
    assert back.pictures[0].source_type == "compositeSynthetic"
    assert (back.notes, back.understood, back.not_understood) == (("a", "b"), ("mug",), ("zorb",))
    assert (back.fidelity, back.mode, back.details) == (0.5, "fast", {"seconds": 1.5})


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_what_is_not_a_picture_is_refused(tmp_path, pixels):
    np.save(tmp_path / "x.npy", pixels)

    with pytest.raises(ValueError, match="not a picture"):
        protocol.load_pixels(str(tmp_path / "x.npy"))
