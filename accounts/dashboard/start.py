"""Quick start: from nothing to the first answer in one copy and one paste."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import keys
from accounts.dashboard.access import Visit, page
from accounts.dashboard.snippets import KEY_PLACE, first_call
from accounts.errors import ServiceError
from accounts.models import ApiKey


@page(read="see", write="keys")
def quick_start(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The first call. POST makes a test key and fills it in, this once: we keep only its hash."""
    key, refused = KEY_PLACE, ""
    if request.method == "POST":
        try:
            key = keys.create_key(
                partner=visit.partner,
                environment=ApiKey.Environment.TEST,
                name="Quick start",
                **visit.acting,
            ).key
        except ServiceError as error:
            refused = error.message
    context = {
        "snippets": first_call(key),
        "key": "" if key == KEY_PLACE else key,
        "refused": refused,
    }
    return render(request, "accounts/start.html", context)
