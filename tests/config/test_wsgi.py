"""The web process gives itself room for all the requests that may wait in it, and no pauses."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.config.test_settings import GOOD, ROOT


@pytest.mark.parametrize(
    ("soft", "hard", "expected"), [(256, 16384, 8192), (256, 1000, 1000), (9000, 16384, 9000)]
)
def test_as_many_files_as_the_system_lets_it(soft: int, hard: int, expected: int) -> None:
    program = (
        "import resource as r\n"
        f"r.setrlimit(r.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "import config.wsgi\n"
        "print(r.getrlimit(r.RLIMIT_NOFILE))"
    )

    assert answer(program) == f"({expected}, {hard})\n"


def test_what_is_loaded_is_kept_out_of_the_garbage_collector_s_rounds() -> None:
    program = (
        "import gc, sys, config.wsgi\n"
        "print('accounts.dashboard.access' in sys.modules, gc.get_freeze_count() > 50_000)"
    )
    assert answer(program) == "True True\n"


def answer(program: str) -> str:
    """What a Python program prints under the settings of a server."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**GOOD, "DATABASE_URL": "sqlite://:memory:", "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
