"""GET /: what this is, what it makes, and where to go on."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.api.reading import read_only

SAMPLES = ("mug", "bottle", "camera")


@read_only
def home(request: HttpRequest) -> HttpResponse:
    """The start page: for people who open the address of an API in a browser."""
    context = {"brand": settings.BRAND_NAME, "base": settings.PUBLIC_URL, "samples": SAMPLES}
    return render(request, "config/home.html", context)
