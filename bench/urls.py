"""What the waiting benchmark asks for: a request that waits for a job, and a health check."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path

from imaging import waiting


def wait(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    return HttpResponse(waiting.wait_for(generation_id, timeout=110))


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("wait/<uuid:generation_id>", wait), path("health", health)]
