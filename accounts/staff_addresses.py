"""Addresses of staff pages that no database can be asked for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponseBase

PREFIX = "/admin/"
SEARCH = "q"
"""Its form says itself what is wrong with it."""


class NoNulInStaffAddresses:
    """A NUL typed into the id or a filter of an admin page is a 404: no row has one, and where
    Django's pages ask PostgreSQL for it all the same, it refuses with an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(PREFIX) and _has_nul(request):
            raise Http404
        return self._get_response(request)


def _has_nul(request: HttpRequest) -> bool:
    asked = [value for name, values in request.GET.lists() if name != SEARCH for value in values]
    return any("\0" in text for text in (request.path_info, *asked))
