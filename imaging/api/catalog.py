"""/partner/v1/styles and /partner/v1/platforms: what a packshot can be asked for."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import ok
from accounts.api.view import ApiView
from imaging.api.naming import camel_case
from imaging.engines import presets


class Styles(ApiView):
    """GET /partner/v1/styles: every style of a packshot. No key needed."""

    authenticated = False

    def get(self, request: HttpRequest) -> HttpResponse:
        return ok({"styles": [camel_case(asdict(style)) for style in presets.styles().values()]})


class Platforms(ApiView):
    """GET /partner/v1/platforms: every marketplace preset. No key needed."""

    authenticated = False

    def get(self, request: HttpRequest) -> HttpResponse:
        known = presets.platforms().values()
        return ok({"platforms": [camel_case(asdict(platform)) for platform in known]})
