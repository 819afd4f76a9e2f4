"""Exact across processes: four processes of ten threads, with connections of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.db import connection

from accounts import keys
from accounts.models import Partner

PROCESSES, THREADS = 4, 10


def database_url(folder):
    """The test database as another process reaches it; of SQLite in memory, a copy in a file."""
    if connection.vendor == "sqlite":
        file = folder / "copy.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(file)])
        return f"sqlite:///{file}"
    found = connection.settings_dict
    if found["PORT"]:
        return f"postgres://{found['USER']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
    return f"postgres://{found['USER']}@/{found['NAME']}?host={found['OPTIONS']['host']}"


@pytest.fixture
def crowd(tmp_path):
    """Starts the processes on the database as it is then; stops them at the end."""
    started = []

    def start():
        environment = {**os.environ, "DATABASE_URL": database_url(tmp_path)}
        command = [sys.executable, "-m", "tests.accounts.hammer", str(THREADS)]
        started.extend(
            subprocess.Popen(
                command,
                cwd=django_settings.BASE_DIR,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(PROCESSES)
        )
        for process in started:
            assert process.stdout.readline() == "ready\n"
        return started

    yield start
    for process in started:
        process.communicate(timeout=30)


def stampede(processes, order):
    """(admitted, told to come back later) over all processes, let loose at one moment."""
    for process in processes:
        process.stdin.write(order + "\n")
        process.stdin.flush()
    counts = [process.stdout.readline().split() for process in processes]
    return sum(int(count[0]) for count in counts), sum(int(count[1]) for count in counts)


@pytest.mark.django_db(transaction=True)
def test_forty_at_once_against_a_limit_of_twenty_admit_twenty(crowd, redis_url):
    partner = Partner.objects.create(name="Busy")

    def key(**limits):
        return keys.create_key(partner=partner, **limits).key

    orders = {
        "minute": key(rate_minute=20),
        "day": key(rate_minute=1000, rate_day=20),
        "minute in Redis": f"{key(rate_minute=20)} {redis_url}",
        "day in Redis": f"{key(rate_minute=1000, rate_day=20)} {redis_url}",
    }
    processes = crowd()

    assert {name: stampede(processes, order) for name, order in orders.items()} == dict.fromkeys(
        orders, (20, 20)
    )
