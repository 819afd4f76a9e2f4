"""Errors sent to Sentry, where SENTRY_DSN says so: what broke, and nothing that is secret."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.urls import Resolver404, resolve
from structlog.contextvars import get_contextvars

from accounts.api.correlation import without_long_parts, without_secrets

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def start(dsn: str) -> None:
    """Report unhandled errors from now on. Raises ImproperlyConfigured without the library."""
    if importlib.util.find_spec("sentry_sdk") is None:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but Sentry's library is missing: pip install 'softbox[sentry]'."
        )
    # Not at the top: an installation without Sentry does not have the module.
    import sentry_sdk
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn=dsn,
            send_default_pii=False,
            # Keys and prompts stand in variables and bodies.
            include_local_variables=False,
            max_request_body_size="never",
            before_send=_without_secrets,
        )
    except BadDsn:
        raise ImproperlyConfigured("SENTRY_DSN is no address of a Sentry project.") from None


def _without_secrets(event: Event, hint: Hint) -> Event:
    """Of the request only method and path; of the log context only the correlation id."""
    request = event.get("request") or {}
    if request:
        event["request"] = {
            "method": request.get("method", ""),
            "url": _shown(str(request.get("url", ""))),
        }
    event.pop("breadcrumbs", None)
    event.pop("extra", None)
    tags = dict(event.get("tags") or {})
    event["tags"] = {**tags, "correlation_id": get_contextvars().get("correlation_id", "")}
    return event


def _shown(url: str) -> str:
    """The address without query, and without a token in its path."""
    address = url.partition("?")[0]
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    try:
        parts = resolve(unquote(path)).kwargs
    except Resolver404:
        return address.removesuffix(path) + without_long_parts(path)
    return without_secrets(unquote(address), parts)
