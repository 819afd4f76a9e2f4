"""What `manage.py check --deploy` warns of: settings that work, and that production regrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

HERE = ("localhost", "127.0.0.1", "::1")
LEAST_SECRET = 32


@register(Tags.security, deploy=True)
def check_production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return list(_warnings())


def _warnings() -> Iterator[CheckMessage]:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if not settings.HTTPS and host not in HERE and not host.endswith(".localhost"):
        yield checks.Warning(
            "PUBLIC_URL is http: keys and log-ins travel in clear.", id="softbox.W001"
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield checks.Warning(
            "TRUSTED_PROXIES is empty: behind a proxy every request seems to come from it, and"
            " IP allow lists of keys let nobody in.",
            id="softbox.W002",
        )
    secrets = [settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEYS]
    if any(len(secret) < LEAST_SECRET for secret in secrets):
        yield checks.Warning(
            f"SECRET_KEY or one of FIELD_ENCRYPTION_KEYS has fewer than {LEAST_SECRET} characters.",
            id="softbox.W003",
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield checks.Warning(
            "DATABASE_URL is SQLite: one machine, one writer at a time, and a power cut may lose"
            " the last commits. Use PostgreSQL where points are money.",
            id="softbox.W004",
        )
