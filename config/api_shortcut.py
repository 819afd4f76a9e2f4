"""The API's way past the middleware of pages.

Sessions, forms, log-ins and messages are nothing to a request with a key. They cost time, and
14 KiB of each thread that waits for a picture inside of them (`bench/waiting.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware

PREFIXES = ("/partner/", "/api/", "/compat/")
"""Every path below these answers JSON (`config/urls.py` sees to the unknown ones)."""

_HEADERS = (CSPMiddleware, XFrameOptionsMiddleware)
"""What they do to an answer is done here too; nobody waits inside of them."""


class _ViewsAlone(BaseHandler):
    """Django's handler without any middleware."""

    _view_middleware: list[object] = []
    _template_response_middleware: list[object] = []
    _exception_middleware: list[object] = []

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        """Find the view and run it."""
        response: HttpResponseBase = self._get_response(request)  # type: ignore[attr-defined]  # stubs
        return response


class ApiShortcut:
    """Sends API requests straight to their views; all others take the rest of MIDDLEWARE.

    What stands before it in MIDDLEWARE applies to both.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._pages = get_response
        self._api: Any = convert_exception_to_response(_ViewsAlone().answer)
        self._headers: list[Any] = [middleware(get_response) for middleware in _HEADERS]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIXES):
            return self._pages(request)
        response: HttpResponseBase = self._api(request)
        for middleware in self._headers:
            response = middleware.process_response(request, response)
        return response
