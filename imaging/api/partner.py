"""/partner/v1/image/*: create, enhance, packshot and usage."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import ok
from accounts.api.view import ApiView
from billing.usage import usage
from imaging import recipes
from imaging.api.ordering import answer_order
from imaging.edit_orders import edit_order


class ImageView(ApiView):
    """A POST that makes pictures: `check` turns its body into an order."""

    key_kind = "image"
    scope = "images:write"

    @abstractmethod
    def check(self, body: Mapping[str, Any]) -> recipes.Order:
        """The order in a request's body. Raises InvalidRequest."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return answer_order(request, self.admitted, self.check(self.body(request)))


class CreateImage(ImageView):
    """POST /partner/v1/image/create: one picture from a text prompt."""

    def check(self, body: Mapping[str, Any]) -> recipes.Order:
        return recipes.create_order(body)


class EnhanceImages(ImageView):
    """POST /partner/v1/image/enhance: one to four photos, improved as the words ask."""

    def check(self, body: Mapping[str, Any]) -> recipes.Order:
        return recipes.enhance_order(body)


class MakePackshot(ImageView):
    """POST /partner/v1/image/packshot: a product photo set as a packshot."""

    def check(self, body: Mapping[str, Any]) -> recipes.Order:
        return recipes.packshot_order(body)


class EditImage(ImageView):
    """POST /partner/v1/image/edit: a photo, changed step by step."""

    def check(self, body: Mapping[str, Any]) -> recipes.Order:
        return edit_order(body)


class ImageUsage(ApiView):
    """GET /partner/v1/image/usage: calls, balance, prices and buckets."""

    key_kind = "image"
    scope = "usage:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        figures = usage(self.partner)
        return ok({**figures, "testMode": True} if self.admitted.test else figures)
