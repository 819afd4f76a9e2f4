"""An engine keeps to its part of the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from imaging.engines import cores

LOOK = """
import json, cv2
from imaging.engines.studio.engine import StudioEngine
from imaging.engines.studio.scene.variant import mitsuba
import drjit
StudioEngine(); mitsuba()
print(json.dumps([cv2.getNumThreads(), drjit.thread_count()]))
"""


@pytest.mark.parametrize("told", ["1", "2"])
def test_every_library_of_the_studio_engine_uses_the_threads_it_is_told(told):
    environment = {**os.environ, "ENGINE_THREADS": told}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [int(told), int(told)]


def test_libraries_that_look_when_imported_are_told_by_the_environment(monkeypatch):
    monkeypatch.setenv("ENGINE_THREADS", "3")
    assert set(cores.libraries().values()) == {"3"}


@pytest.mark.parametrize("nothing", ["", "0"])
def test_a_host_that_has_the_machine_to_itself_is_told_nothing(monkeypatch, nothing):
    monkeypatch.setenv("ENGINE_THREADS", nothing)
    assert cores.libraries() == {}
