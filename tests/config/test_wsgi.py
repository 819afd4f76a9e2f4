"""The web process gives itself room for all the requests that may wait in it."""

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

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**GOOD, "DATABASE_URL": "sqlite://:memory:", "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"({expected}, {hard})\n"
