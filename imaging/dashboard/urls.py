"""The dashboard's pages of pictures: /dashboard/..."""

from __future__ import annotations

from django.urls import path

from imaging.dashboard import gallery, overview, playground, usage

urlpatterns = [
    path("", overview.overview, name="dashboard"),
    path("playground/", playground.playground, name="dashboard-playground"),
    path("playground/quote/", playground.quote, name="dashboard-quote"),
    path("gallery/", gallery.gallery, name="dashboard-gallery"),
    path("gallery/<uuid:generation_id>/", gallery.generation, name="dashboard-generation"),
    path("gallery/<uuid:generation_id>/progress/", gallery.progress, name="dashboard-progress"),
    path("gallery/<uuid:generation_id>/review/", gallery.review, name="dashboard-review"),
    path("gallery/<uuid:generation_id>/cancel/", gallery.cancel, name="dashboard-cancel"),
    path(
        "gallery/<uuid:generation_id>/regenerate/",
        gallery.regenerate,
        name="dashboard-regenerate",
    ),
    path("usage/", usage.usage, name="dashboard-usage"),
]
