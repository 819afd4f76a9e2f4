"""Where stores are reached: {identifier}.{STOREFRONT_DOMAIN}, and its preview below `dev`."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

_PREVIEW = ".dev"


class Wanted(NamedTuple):
    """What a request's Host asks for."""

    identifier: str
    preview: bool


def production_url(identifier: str) -> str:
    return f"{_scheme()}://{identifier}.{settings.STOREFRONT_DOMAIN}"


def preview_url(identifier: str) -> str:
    return f"{_scheme()}://{identifier}{_PREVIEW}.{settings.STOREFRONT_DOMAIN}"


def _scheme() -> str:
    return str(settings.PUBLIC_URL).partition("://")[0]


def wanted(host: str) -> Wanted | None:
    """The store a Host header names; None where it names none of ours. Ports do not matter."""
    name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
    domain = "." + str(settings.STOREFRONT_DOMAIN).partition(":")[0].lower()
    name = name.lower().rstrip(".")
    if not name.endswith(domain):
        return None
    name = name.removesuffix(domain)
    if name == _PREVIEW.lstrip("."):
        return None
    preview = name.endswith(_PREVIEW)
    identifier = name.removesuffix(_PREVIEW) if preview else name
    return Wanted(identifier, preview) if identifier and "." not in identifier else None
