"""The dashboard's pages of pictures: /dashboard/..."""

from __future__ import annotations

from django.urls import path

from imaging.dashboard import (
    batch_pages,
    brand,
    gallery,
    import_pages,
    overview,
    playground,
    product_pages,
    usage,
)

urlpatterns = [
    path("", overview.overview, name="dashboard"),
    path("playground/", playground.playground, name="dashboard-playground"),
    path("playground/quote/", playground.quote, name="dashboard-quote"),
    path("settings/brand/", brand.brand, name="dashboard-brand"),
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
    path("batches/", batch_pages.batch_list, name="dashboard-batches"),
    path("batches/<uuid:batch_id>/", batch_pages.batch, name="dashboard-batch"),
    path("batches/<uuid:batch_id>/cancel/", batch_pages.cancel, name="dashboard-batch-cancel"),
    path("batches/<uuid:batch_id>/results.csv", batch_pages.results, name="dashboard-batch-csv"),
    path("products/", product_pages.product_list, name="dashboard-products"),
    path("products/new/", product_pages.new_product, name="dashboard-product-new"),
    path("products/<uuid:product_id>/", product_pages.product, name="dashboard-product"),
    path("products/<uuid:product_id>/order/", product_pages.order, name="dashboard-product-order"),
    path(
        "products/<uuid:product_id>/remove/", product_pages.remove, name="dashboard-product-remove"
    ),
    path("imports/", import_pages.import_list, name="dashboard-imports"),
    path("imports/<uuid:import_id>/", import_pages.one_import, name="dashboard-import"),
    path("imports/<uuid:import_id>/start/", import_pages.start, name="dashboard-import-start"),
    path("imports/<uuid:import_id>/resume/", import_pages.resume, name="dashboard-import-resume"),
    path("imports/<uuid:import_id>/pause/", import_pages.pause, name="dashboard-import-pause"),
    path(
        "imports/<uuid:import_id>/discard/", import_pages.discard, name="dashboard-import-discard"
    ),
    path("imports/<uuid:import_id>/errors.csv", import_pages.errors, name="dashboard-import-csv"),
    path("usage/", usage.usage, name="dashboard-usage"),
]
