"""Stores at their own host names, straight from the storage.

A middleware: the Host decides before any path does, and none of the site's own pages, cookies or
log-ins exist below a store's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from imaging import storage
from integrations.storefronts.addresses import Wanted, wanted
from integrations.storefronts.models import Release, Storefront

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
_PLAIN = "text/plain; charset=utf-8"
# Names under assets/ carry a digest of their content; pages do not.
_LASTING, _FRESH = "public, max-age=31536000, immutable", "public, max-age=60"


class StoreMiddleware:
    """Answers requests to a store's host; passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        store = wanted(request.META.get("HTTP_HOST", ""))
        if store is None:
            return self._get_response(request)
        response = _answer(request, store)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        if store.preview:
            response.headers["X-Robots-Tag"] = "noindex"
        return response


def _answer(request: HttpRequest, store: Wanted) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponse("Method not allowed", _PLAIN, 405, headers={"Allow": "GET, HEAD"})
    release = _release(store)
    if release is None:
        return HttpResponse("There is no store here.", _PLAIN, 404)
    path = unquote(request.path_info).lstrip("/")
    if path in release.files:
        return _file(request, release, path, 200)
    for page in (f"{path}.html", f"{path.rstrip('/')}/index.html".lstrip("/")):
        if page in release.files:
            return _file(request, release, page, 200)
    return _file(request, release, "404.html", 404)


def _release(store: Wanted) -> Release | None:
    found = (
        Storefront.objects.filter(identifier=store.identifier, account__partner__active=True)
        .select_related("previewed" if store.preview else "published")
        .first()
    )
    if found is None:
        return None
    return found.previewed if store.preview else found.published


def _file(request: HttpRequest, release: Release, path: str, status: int) -> HttpResponseBase:
    if path not in release.files:
        return HttpResponse("Not found", _PLAIN, 404)
    # Files of a release never change, so its folder and the path stand for the content.
    etag = quote_etag(hashlib.sha256(f"{release.folder}/{path}".encode()).hexdigest()[:32])
    headers = {"ETag": etag, "Cache-Control": _LASTING if path.startswith("assets/") else _FRESH}
    if status == 200:
        unchanged = get_conditional_response(request, etag=etag)
        if unchanged is not None:
            for name, value in headers.items():
                unchanged.headers[name] = value
            return unchanged
    data = storage.read(f"{release.folder}/{path}")
    return HttpResponse(data, release.files[path], status, headers=headers)
