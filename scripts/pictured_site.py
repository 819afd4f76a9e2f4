"""The site that is photographed for the documentation, on data of its own."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PORT = int(os.environ.get("PICTURES_PORT", "8184"))
SITE = f"http://localhost:{PORT}"


def configure(folder: Path) -> None:
    """Django on a database and a media folder of their own."""
    import django

    secret = folder / "secret"
    if not secret.exists():
        secret.write_text(secrets.token_urlsafe(32))
    os.environ |= {
        "DEBUG": "0",
        "SECRET_KEY": secret.read_text(),
        "FIELD_ENCRYPTION_KEYS": secret.read_text(),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "MEDIA_ROOT": str(folder / "media"),
        "PUBLIC_URL": SITE,
        # Nobody is asked: the log-in shows its button, and people their connections.
        "OIDC_SERVER": "https://id.novaretail.example",
        "OIDC_CLIENT_ID": "softbox",
        "OIDC_CLIENT_SECRET": secret.read_text(),
        "LOG_FORMAT": "json",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        # Playwright's loop runs in this thread; Django would take us for an asynchronous caller.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its base's name)
        """Nothing: the site writes its own log."""


@contextmanager
def served() -> Iterator[None]:
    """The site at SITE, while this is open."""
    from config.wsgi import application

    server = make_server("127.0.0.1", PORT, application, _Server, _Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
