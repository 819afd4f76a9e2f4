"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from accounts.api.view import UnknownPath
from config import health, metrics

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("", include("imaging.urls")),
    path("", include("accounts.webhooks.urls")),
    re_path(r"^(partner|api)/", UnknownPath.as_view()),
]
handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
