"""GET /openapi.json: the API described for programs. GET /docs: the same for people, to try."""

from __future__ import annotations

import hashlib
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import condition

from accounts.api.reading import read_only


@cache
def _document() -> bytes:
    """The document as JSON. Its chapters are imported when it is first asked for: no process has
    to read them only to start."""
    encoded: bytes = import_string("config.openapi.encoded_document")()
    return encoded


@cache
def _etag() -> str:
    return f'"{hashlib.sha256(_document()).hexdigest()[:32]}"'


@read_only
@condition(etag_func=lambda request: _etag())
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document. Any site's tool may read it: nothing in it is secret."""
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return HttpResponse(_document(), content_type="application/json", headers=headers)


@read_only
def docs(request: HttpRequest) -> HttpResponse:
    """A page to read the document and to try it with a key of one's own."""
    return render(request, "config/docs.html", {"brand": settings.BRAND_NAME})
