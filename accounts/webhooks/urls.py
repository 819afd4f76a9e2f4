"""Webhook endpoints and their deliveries."""

from __future__ import annotations

from django.urls import path

from accounts.webhooks import api

urlpatterns = [
    path("partner/v1/webhook-endpoints", api.Endpoints.as_view()),
    path("partner/v1/webhook-endpoints/deliveries/<str:delivery_id>", api.DeliveryDetail.as_view()),
    path(
        "partner/v1/webhook-endpoints/deliveries/<str:delivery_id>/redeliver",
        api.Redeliver.as_view(),
    ),
    path("partner/v1/webhook-endpoints/<str:endpoint_id>", api.EndpointDetail.as_view()),
    path(
        "partner/v1/webhook-endpoints/<str:endpoint_id>/rotate-secret",
        api.RotateSecret.as_view(),
    ),
    path("partner/v1/webhook-endpoints/<str:endpoint_id>/test", api.SendTest.as_view()),
    path("partner/v1/webhook-endpoints/<str:endpoint_id>/deliveries", api.Deliveries.as_view()),
    path(
        "partner/v1/webhook-endpoints/<str:endpoint_id>/deliveries/<str:delivery_id>",
        api.DeliveryDetail.as_view(),
    ),
    path(
        "partner/v1/webhook-endpoints/<str:endpoint_id>/deliveries/<str:delivery_id>/redeliver",
        api.Redeliver.as_view(),
    ),
]
