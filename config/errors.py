"""What is answered where no view answers: JSON for API addresses, a plain page for people."""

from __future__ import annotations

import sys

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import is_valid_path
from django.utils.http import escape_leading_slashes
from redis import RedisError

from accounts.api.envelope import error_response
from accounts.errors import InvalidRequest, NotFound, ServiceError, Unavailable, disk_is_full

API_PREFIXES = ("/partner/", "/api/", "/compat/", "/shops/")
_LATER = "Service temporarily unavailable. Please retry shortly."
_SOON = {"Retry-After": "5"}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for a request that no view was asked about: another host's name, a broken cookie."""
    if isinstance(exception, DisallowedHost):
        message = "The Host header names a host that is not served here."
    else:
        message = "The request could not be read."
    if request.path.startswith(API_PREFIXES):
        return error_response(InvalidRequest(message))
    return HttpResponse(message, status=400, content_type="text/plain")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in the dialect of whoever asked; a page that was typed without its last slash is shown.

    Django's own way (APPEND_SLASH) would look every address of the API up twice.
    """
    if request.path.startswith(API_PREFIXES):
        return error_response(NotFound("There is no such endpoint."))
    if request.method in ("GET", "HEAD") and _lacks_a_slash(request.path_info):
        return redirect(escape_leading_slashes(request.get_full_path(force_append_slash=True)))
    return HttpResponse("There is no such page.", status=404, content_type="text/plain")


def _lacks_a_slash(path: str) -> bool:
    return not path.endswith("/") and not is_valid_path(path) and bool(is_valid_path(f"{path}/"))


# A database or a Redis that does not answer (the latter's errors are its own), or the storage.
_AWAY = (OperationalError, InterfaceError, RedisError, Unavailable)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without a word of what went wrong: the log says it under the correlation id. 503 where
    somebody we need is away, so that whoever asked tries again."""
    error = sys.exception()
    away = isinstance(error, _AWAY) or disk_is_full(error)
    if request.path.startswith(API_PREFIXES):
        later = Unavailable(_LATER, headers=_SOON)
        return error_response(later if away else ServiceError("Internal server error"))
    if away:
        return HttpResponse(_LATER, status=503, content_type="text/plain", headers=_SOON)
    return HttpResponse("Something went wrong.", status=500, content_type="text/plain")
