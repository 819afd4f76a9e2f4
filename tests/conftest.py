"""Rules of every test: a closed network, no silent skips, PostgreSQL's own tests on PostgreSQL."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import pytest_django
from django.db import connection

from imaging import waiting
from tests.billing import flushing
from tests.full_disk import full_disk  # noqa: F401 (a fixture)

_real_connect = socket.socket.connect


def _connect_to_this_machine_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise RuntimeError(f"a test tried to reach {host}: the network is closed")
    _real_connect(self, address)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """Emptied with care between tests, and not dropped while a thread still listens to it."""
    flushing.spare_prices_and_pass_triggers()
    yield
    waiting.close()
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            # A process that a test killed may not be gone for the server yet.
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def pytest_configure(config: pytest.Config) -> None:
    socket.socket.connect = _connect_to_this_machine_only  # type: ignore[method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of locks, LISTEN and SKIP LOCKED belong to the PostgreSQL run; they are left out of
    the SQLite run, not skipped in it, because `make test` does both."""
    if connection.vendor == "postgresql":
        return
    elsewhere = [item for item in items if item.get_closest_marker("postgres")]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.getreports("skipped"):
        terminalreporter.write_line(f"SKIPPED {report.nodeid}: {report.longrepr[2]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """With REQUIRE_ALL=1 (CI) a skip is a failure that gives the skip's reason."""
    report = yield
    return _required(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """So is a whole file that skips itself."""
    report = yield
    return _required(report)


def _required(report: Any) -> Any:
    if report.skipped and os.environ.get("REQUIRE_ALL") == "1" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Although REQUIRE_ALL=1. {report.longrepr[2]}"
    return report
