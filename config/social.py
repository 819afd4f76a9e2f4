"""Log-in through other services: which ones the operator switched on, in allauth's words.

A service is on where its client id is set; without any, no button appears.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

_PACKAGE = "allauth.socialaccount.providers"


@dataclass
class Social:
    """What the settings need: apps to install, allauth's providers, where their log-ins are."""

    # The general one is always there: without an entry below it answers 404.
    apps: list[str] = field(default_factory=lambda: [f"{_PACKAGE}.openid_connect"])
    providers: dict[str, Any] = field(default_factory=dict)
    origins: list[str] = field(default_factory=list)


def social(env: Environment) -> Social:
    """Read the variables `.env.example` lists under "Log-in through other services".

    Raises ImproperlyConfigured where a service is switched on by halves.
    """
    found = Social()
    tenant = env.str("MICROSOFT_TENANT", default="organizations")
    known: dict[str, tuple[str, dict[str, Any]]] = {
        "google": ("https://accounts.google.com", {"SCOPE": ["openid", "email", "profile"]}),
        "github": ("https://github.com", {"SCOPE": ["read:user", "user:email"]}),
        "microsoft": ("https://login.microsoftonline.com", {}),
    }
    for name, (origin, options) in known.items():
        app = _app(env, name.upper())
        if app is None:
            continue
        if name == "microsoft":
            app["settings"] = {"tenant": tenant}
        found.apps.append(f"{_PACKAGE}.{name}")
        found.providers[name] = {"APPS": [app], **options}
        found.origins.append(origin)
    own = _app(env, "OIDC")
    if own is not None:
        server = _server(_needed(env, "OIDC_SERVER", by="OIDC_CLIENT_ID"))
        own |= {
            "provider_id": "company",
            "name": env.str("OIDC_NAME", default="Company log-in"),
            "settings": {"server_url": server, "oauth_pkce_enabled": True},
        }
        found.providers["openid_connect"] = {"APPS": [own]}
        parts = urlsplit(server)
        found.origins.append(f"{parts.scheme}://{parts.netloc}")
    return found


def _app(env: Environment, name: str) -> dict[str, Any] | None:
    """The client that the operator registered there; None where there is none."""
    client_id = env.str(f"{name}_CLIENT_ID", default="")
    if not client_id:
        return None
    secret = _needed(env, f"{name}_CLIENT_SECRET", by=f"{name}_CLIENT_ID")
    return {"client_id": client_id, "secret": secret}


def _needed(env: Environment, var: str, *, by: str) -> str:
    value = str(env.str(var, default=""))
    if not value:
        raise ImproperlyConfigured(f"{var} is not set, and {by} needs it.")
    return value


def _server(address: str) -> str:
    """An issuer's address. Its origin goes into the policy on forms, so it must have one."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(
            "OIDC_SERVER must look like https://id.example.com/realms/staff."
        )
    return address
