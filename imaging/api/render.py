"""GET /render/{token}: a picture that is made when it is first looked at; and where to get one.

The picture's reader is a browser or a cache, so there are no JSON errors here, and what is told
about a failure is nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
)

from accounts.api.envelope import ok
from accounts.api.reading import read_only
from accounts.api.view import ApiView
from accounts.errors import NotFound
from imaging import render_tokens, rendering
from imaging.api.media import content
from imaging.api.placeholder import blank
from imaging.api.testmode import placeholder_url
from imaging.models import Asset
from imaging.render_tokens import Token

CACHE_CONTROL = "public, max-age=86400, stale-while-revalidate=604800"
_KNOWN_SECONDS = 60.0
_MOST_KNOWN = 10_000


class RenderLinks(ApiView):
    """POST /partner/v1/render-links: the address of an order, to be put into a page."""

    key_kind = "image"
    scope = "images:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        token = rendering.link_token(
            partner=self.partner,
            key_id=self.admitted.key_id,
            body=self.body(request),
            test=self.admitted.test,
        )
        shown = {"url": f"{settings.PUBLIC_URL}/render/{token}", "token": token}
        return ok({**shown, "testMode": True} if self.admitted.test else shown, status=201)


class _Known:
    """Which picture a token led to a moment ago, so that most requests ask no database."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, tuple[float, Asset]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, token: str) -> Asset | None:
        until, asset = self._found.get(token, (0.0, None))
        return asset if until > time.monotonic() else None

    def put(self, token: str, asset: Asset) -> None:
        with self._lock:
            self._found[token] = (time.monotonic() + _KNOWN_SECONDS, asset)
            self._found.move_to_end(token)
            while len(self._found) > _MOST_KNOWN:
                self._found.popitem(last=False)

    def forget(self, token: str) -> None:
        with self._lock:
            self._found.pop(token, None)


known = _Known()


@read_only
def render(request: HttpRequest, render_token: str) -> HttpResponseBase:
    """The picture; until it is finished, the stand-in. 404 for a token that is not ours."""
    asset = known.get(render_token)
    if asset is None:
        said = render_tokens.read(render_token)
        if said is None:
            raise Http404
        if said.test:
            return _redirect(placeholder_url(said.operation, *rendering.stand_in_size(said)))
        asset = _made(said)
        if asset is None:
            return _stand_in(said)
        known.put(render_token, asset)
    return _shown(request, render_token, asset)


def _made(token: Token) -> Asset | None:
    try:
        return rendering.picture(token)
    except NotFound:
        raise Http404 from None


def _shown(request: HttpRequest, token: str, asset: Asset) -> HttpResponseBase:
    etag = f'"{asset.sha256}"'
    seen = request.headers.get("If-None-Match", "")
    try:
        response: HttpResponseBase = (
            HttpResponseNotModified() if etag in seen else content(request, asset, etag)
        )
    except FileNotFoundError:  # deleted since: the next request makes it again
        known.forget(token)
        raise Http404 from None
    response["ETag"] = etag
    response["Cache-Control"] = CACHE_CONTROL
    response["X-Content-Type-Options"] = "nosniff"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _stand_in(token: Token) -> HttpResponse:
    """What is shown meanwhile: the address that the link names, else a plain picture of ours."""
    if token.stand_in_url:
        return _redirect(token.stand_in_url)
    drawn = blank(*rendering.stand_in_size(token))
    headers = {"Cache-Control": "no-store", "Retry-After": "5", "X-Stand-In": "true"}
    return HttpResponse(drawn, content_type="image/png", headers=headers)


def _redirect(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"
    response["X-Stand-In"] = "true"
    return response
