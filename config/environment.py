"""Reading variables: an empty one counts as unset, and a wrong one is named in the refusal."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """django-environ with a stricter eye. Every method raises ImproperlyConfigured."""

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: bool = False,
    ) -> Any:
        """As in django-environ. Compose files pass `NAME=` for what is not set: that is unset."""
        if default is not self.NOTSET and not self.ENVIRON.get(var):
            return self.parse_value(default, cast) if parse_default else default
        try:
            return super().get_value(var, cast, default, parse_default)
        except ValueError:
            wanted = getattr(cast, "__name__", "value")
            raise ImproperlyConfigured(f"{var} is no valid {wanted}.") from None

    def words(self, var: str, default: Sequence[str] = ()) -> list[str]:
        """A comma list; blanks around its items do not count."""
        text = self.str(var, default="")
        return [word.strip() for word in text.split(",") if word.strip()] or list(default)

    def networks(self, var: str) -> list[str]:
        """A comma list of addresses and CIDR networks."""
        found = self.words(var)
        for text in found:
            try:
                ip_network(text, strict=False)
            except ValueError:
                raise ImproperlyConfigured(f"{var}: '{text}' is no network.") from None
        return found

    def one_of(self, var: str, known: Sequence[str], *, default: str) -> str:
        value = str(self.str(var, default=default))
        if value not in known:
            raise ImproperlyConfigured(f"{var} must be {' or '.join(known)}, not '{value}'.")
        return value

    def origin(self, var: str, *, default: str) -> str:
        """http(s)://host[:port], without a path: our own address."""
        value = str(self.str(var, default=default)).rstrip("/")
        parts = urlsplit(value)
        rest = parts.path or parts.query or parts.fragment or parts.username
        if parts.scheme not in ("http", "https") or not parts.hostname or rest:
            raise ImproperlyConfigured(f"{var} must look like https://pictures.example.com.")
        return value

    def service(self, var: str) -> str | None:
        """Where somebody else's server answers: http(s)://host, with anything behind it."""
        value = str(self.str(var, default=""))
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ImproperlyConfigured(f"{var} must begin with http:// or https:// and a host.")
        return value or None

    def both(self, *names: str) -> tuple[str | None, ...]:
        """Variables that are of use together only, such as a name and its password."""
        values = tuple(self.str(var, default="") or None for var in names)
        if any(values) and not all(values):
            missing = next(var for var, value in zip(names, values, strict=True) if not value)
            raise ImproperlyConfigured(f"{missing} is not set, and {' and '.join(names)} must be.")
        return values

    def secret(self, var: str, *, debug: bool, stand_in: str) -> str:
        """A secret that production must set to something of its own; `stand_in` where `debug`."""
        value = str(self.str(var, default=""))
        if debug:
            return value or stand_in
        parts = [part.strip() for part in value.split(",")]
        if not any(parts):
            raise ImproperlyConfigured(f"{var} is not set. Set it, or DEBUG=1 to try things out.")
        if any(part == stand_in or "change-me" in part for part in parts):
            raise ImproperlyConfigured(f"{var} still has its example value. Set one of your own.")
        return value
