"""The site, and beside it three views: an empty one and Django's own for files, to measure others
against, and a sleeper."""

from __future__ import annotations

import time
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.static import serve
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import handler404, handler500
from config.urls import urlpatterns as site
from imaging import waiting
from imaging.own_pictures import SAMPLES

__all__ = ["handler404", "handler500", "urlpatterns"]


class Empty(APIView):
    """Reads its JSON and answers: what the framework itself costs."""

    authentication_classes = ()
    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        assert request.data
        return Response({"success": True})


def wait(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Waits for a generation as a create does; answers when it was woken, in seconds of 1970."""
    waiting.wait_for(generation_id, timeout=60)
    return HttpResponse(str(time.time()))


urlpatterns = [
    path("bench/static/<path:path>", serve, {"document_root": SAMPLES}),
    path("bench/empty", Empty.as_view()),
    path("bench/wait/<uuid:generation_id>", wait),
    *site,
]
