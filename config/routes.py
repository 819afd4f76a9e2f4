"""The addresses of the site as they stand in the URL configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from accounts.api.view import ApiView
from imaging.api.naming import camel

METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """A path as OpenAPI writes it ("/partner/v1/generations/{generationId}") and what answers."""

    path: str
    view: Callable[..., Any]

    @property
    def api_view(self) -> type[ApiView] | None:
        """The ApiView behind it; None for a plain function."""
        view = getattr(self.view, "view_class", None)
        return view if isinstance(view, type) and issubclass(view, ApiView) else None

    @property
    def methods(self) -> list[str]:
        """Methods of an ApiView, in capitals; those of a plain function are not known."""
        return [method.upper() for method in METHODS if hasattr(self.api_view, method)]


def routes() -> Iterator[Route]:
    """Every path that is written out; regular expressions, which stand for many, are left out."""
    yield from _routes(get_resolver(), "/")


def _routes(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        if not isinstance(entry.pattern, RoutePattern):
            continue
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, path)
        elif isinstance(entry, URLPattern) and entry.callback is not None:
            yield Route(written(path), entry.callback)


def written(route: str) -> str:
    """Django's "/things/<str:thing_id>" as OpenAPI writes it: "/things/{thingId}"."""
    return _PARAMETER.sub(lambda found: f"{{{camel(found[1])}}}", route)
