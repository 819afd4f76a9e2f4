"""Views that exist for the tests of ApiView only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.envelope import ok
from accounts.api.view import ApiView, UnknownPath
from accounts.errors import InvalidRequest


class Echo(ApiView):
    key_kind = "image"
    scope = "images:write"
    scopes_by_method = {"GET": "images:read"}

    def get(self, request: HttpRequest) -> HttpResponse:
        return ok({"partner": self.partner.pk, "test": self.admitted.test})

    def post(self, request: HttpRequest) -> HttpResponse:
        return ok(self.body(request), message="Made", status=201)


class Small(ApiView):
    authenticated = False
    body_limit = 100

    def post(self, request: HttpRequest) -> HttpResponse:
        return ok({"body": self.body(request, optional=True), "points": Decimal("8.00")})


class Failing(ApiView):
    authenticated = False
    errors: dict[str, Exception] = {
        "field": InvalidRequest("Prompt is required", param="prompt", extra={"least": 3}),
        "missing": Http404("secret detail"),
        "bug": RuntimeError("secret detail"),
        "database": OperationalError("secret detail"),
    }

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        raise self.errors[name]


class Plain(APIView):
    """A view of the framework itself, behind the same gate."""

    def post(self, request: Request) -> Response:
        return Response({"key": request.auth.hint, "body": request.data})


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("a page")


urlpatterns = [
    path("partner/v1/echo", Echo.as_view()),
    path("partner/v1/small", Small.as_view()),
    path("partner/v1/failing/<str:name>", Failing.as_view()),
    path("partner/v1/plain", Plain.as_view()),
    path("partner/v1/<path:rest>", UnknownPath.as_view()),
    path("chat/<str:token>", page),
]
