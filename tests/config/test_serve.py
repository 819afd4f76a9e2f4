"""Starting by hand: the environment wins over `.env`, and a taken port is told plainly."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts import serve

LEAVES_AN_ORPHAN = (
    "web: python -c \"import subprocess, time; subprocess.Popen(['sleep', '300'],"
    ' start_new_session=True, stdout=-3, stderr=-3); time.sleep(0.5)"\n'
)
PRINTS = (
    "web: python -c \"import os, time; print(os.environ['PUBLIC_URL'], os.environ['WISH'],"
    ' flush=True); time.sleep(60)"\n'
)
STARTS = (
    "from pathlib import Path; from scripts import serve; serve.ROOT = Path({!r}); serve.main()"
)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serving(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`make serve` in a folder with a Procfile and a `.env` of its own."""
    (tmp_path / "Procfile").write_text(PRINTS)
    (tmp_path / ".env").write_text("WISH=file\n")
    with subprocess.Popen(
        [sys.executable, "-c", STARTS.format(str(tmp_path))],
        cwd=Path(serve.__file__).parent.parent,
        env={"PATH": os.environ["PATH"], "PORT": str(port), "WISH": "environment"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.terminate()


def line_with(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"it never said {words}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_under_its_port_and_a_signal_ends_all_of_it(
    serving: subprocess.Popen[str], port: int, number: signal.Signals
) -> None:
    line = line_with(serving, "localhost")
    family = psutil.Process(serving.pid).children(recursive=True)

    began = time.monotonic()
    serving.send_signal(number)
    status = serving.wait(20)

    assert f"http://localhost:{port} environment" in line
    assert status == 0
    assert len(family) >= 2
    assert not [process for process in family if alive(process)]
    assert time.monotonic() - began < 10


def test_what_a_killed_process_left_behind_is_stopped_too(tmp_path: Path, port: int) -> None:
    (tmp_path / "Procfile").write_text(LEAVES_AN_ORPHAN)

    done = subprocess.run(
        [sys.executable, "-c", STARTS.format(str(tmp_path))],
        cwd=Path(serve.__file__).parent.parent,
        env={"PATH": os.environ["PATH"], "PORT": str(port), "WISH": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        timeout=30,
    )

    assert done.returncode == 0
    assert not [process for process in psutil.process_iter() if wish_of(process) == str(tmp_path)]


def alive(process: psutil.Process) -> bool:
    """Whether it still does anything: a zombie only waits for init to take notice."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wish_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("WISH")
    except psutil.Error:
        return None


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int) -> pytest.MonkeyPatch:
    """No `.env`, and a PORT that is free; the environment is put back afterwards."""
    monkeypatch.setattr(serve, "ROOT", tmp_path)
    monkeypatch.setattr(os, "environ", {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)})
    return monkeypatch


def test_a_taken_port_is_told_in_one_sentence(here: pytest.MonkeyPatch, port: int) -> None:
    serve.refuse_taken_port()

    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(SystemExit, match=f"Port {port} cannot be used"):
            serve.refuse_taken_port()


@pytest.mark.parametrize("wrong", ["99999", "http"])
def test_a_port_that_is_no_port_is_told_too(here: pytest.MonkeyPatch, wrong: str) -> None:
    here.setitem(os.environ, "PORT", wrong)

    with pytest.raises(SystemExit, match=f"Port {wrong} cannot be used"):
        serve.refuse_taken_port()
