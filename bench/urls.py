"""The site, and beside it the empty REST framework view that others are measured against."""

from __future__ import annotations

from django.urls import path
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import handler404, handler500
from config.urls import urlpatterns as site

__all__ = ["handler404", "handler500", "urlpatterns"]


class Empty(APIView):
    """Reads its JSON and answers: what the framework itself costs."""

    authentication_classes = ()
    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        assert request.data
        return Response({"success": True})


urlpatterns = [path("bench/empty", Empty.as_view()), *site]
