"""Every address of the site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from accounts.api.view import UnknownPath
from billing import stripe_events
from config import documentation, health, home, metrics

admin.site.site_title = admin.site.site_header = f"{settings.BRAND_NAME} staff"
admin.site.index_title = "Dashboard"

urlpatterns = [
    path("", include("imaging.urls")),
    path("", include("accounts.webhooks.urls")),
    path("", home.home),
    path("admin/", admin.site.urls),
    path("account/", include("allauth.urls")),
    path("dashboard/", include("imaging.dashboard.urls")),
    path("dashboard/", include("accounts.dashboard.urls")),
    path("dashboard/", include("billing.dashboard.urls")),
    path("dashboard/", include("integrations.dashboard_urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("openapi.json", documentation.openapi, name="openapi"),
    path("docs", documentation.docs, name="docs"),
    path("stripe/webhook", stripe_events.webhook),
    path("", include("integrations.urls")),
    path("", include("integrations.shops.urls")),
    re_path(r"^(partner|api|compat)/", UnknownPath.as_view()),
]
handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
