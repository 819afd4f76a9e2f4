"""/partner/v1/image/*: create, enhance, packshot and usage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import ok
from accounts.api.view import ApiView
from imaging import recipes
from imaging.api.ordering import answer_order


class ImageView(ApiView):
    """A POST that makes pictures: `check` turns its body into an order."""

    key_kind = "image"
    scope = "images:write"
    check: ClassVar[Callable[[Mapping[str, Any]], recipes.Order]]

    def post(self, request: HttpRequest) -> HttpResponse:
        order = type(self).check(self.body(request))
        return answer_order(request, self.admitted, order)


class CreateImage(ImageView):
    """POST /partner/v1/image/create: one picture from a text prompt."""

    check = staticmethod(recipes.create_order)


class EnhanceImages(ImageView):
    """POST /partner/v1/image/enhance: one to four photos, improved as the words ask."""

    check = staticmethod(recipes.enhance_order)


class MakePackshot(ImageView):
    """POST /partner/v1/image/packshot: a product photo set as a packshot."""

    check = staticmethod(recipes.packshot_order)


class ImageUsage(ApiView):
    """GET /partner/v1/image/usage: calls, balance, prices and buckets."""

    key_kind = "image"
    scope = "usage:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        from billing.usage import usage  # TEMP

        return ok(usage(self.admitted.partner))
