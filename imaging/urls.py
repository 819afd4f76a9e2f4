"""The Image API, stored pictures and placeholders."""

from __future__ import annotations

from django.urls import path, re_path

from imaging.api import (
    batches,
    catalog,
    events,
    generations,
    ingredients,
    media,
    partner,
    placeholder,
    products,
    provenance,
    render,
    reviews,
)
from imaging.api.compat import paqshot, prodvisual, qamera
from imaging.catalog.ingredients import PLURAL

urlpatterns = [
    path("partner/v1/image/create", partner.CreateImage.as_view()),
    path("partner/v1/image/enhance", partner.EnhanceImages.as_view()),
    path("partner/v1/image/packshot", partner.MakePackshot.as_view()),
    path("partner/v1/image/edit", partner.EditImage.as_view()),
    path("partner/v1/image/usage", partner.ImageUsage.as_view()),
    path("partner/v1/generations", generations.Generations.as_view()),
    path("partner/v1/generations/<str:generation_id>", generations.GenerationDetail.as_view()),
    path(
        "partner/v1/generations/<str:generation_id>/cancel",
        generations.CancelGeneration.as_view(),
    ),
    path(
        "partner/v1/generations/<str:generation_id>/regenerate",
        generations.RegenerateGeneration.as_view(),
    ),
    path("partner/v1/generations/<str:generation_id>/review", reviews.ReviewGeneration.as_view()),
    path("partner/v1/generations/<str:generation_id>/events", events.GenerationEvents.as_view()),
    path(
        "partner/v1/generations/<str:generation_id>/provenance",
        provenance.GenerationProvenance.as_view(),
    ),
    path("partner/v1/batches", batches.Batches.as_view()),
    path("partner/v1/batches/<str:batch_id>", batches.BatchDetail.as_view()),
    path("partner/v1/products", products.Products.as_view()),
    path("partner/v1/products/<str:product_id>", products.ProductDetail.as_view()),
    *(
        entry
        for kind, plural in PLURAL.items()
        for entry in (
            path(f"partner/v1/{plural}", ingredients.Ingredients.as_view(kind=kind)),
            path(
                f"partner/v1/{plural}/<str:ingredient_id>",
                ingredients.IngredientDetail.as_view(kind=kind),
            ),
        )
    ),
    path("partner/v1/render-links", render.RenderLinks.as_view()),
    path("render/<str:render_token>", render.render),
    path("partner/v1/styles", catalog.Styles.as_view()),
    path("partner/v1/platforms", catalog.Platforms.as_view()),
    path("compat/paqshot/v1/generate", paqshot.Generate.as_view()),
    path("compat/paqshot/v1/generate/<str:paqshot_id>", paqshot.GenerationStatus.as_view()),
    path("compat/paqshot/v1/generations", paqshot.Generations.as_view()),
    re_path(r"^compat/paqshot(/|$)", paqshot.UnknownPath.as_view()),
    path("compat/prodvisual/v1/generate", prodvisual.Generate.as_view()),
    path("compat/prodvisual/v1/generate/batch", prodvisual.GenerateBatch.as_view()),
    path("compat/prodvisual/v1/styles", prodvisual.Styles.as_view()),
    path("compat/prodvisual/v1/account/credits", prodvisual.AccountCredits.as_view()),
    path(
        "compat/prodvisual/v1/generations/<str:prodvisual_id>",
        prodvisual.GenerationStatus.as_view(),
    ),
    re_path(r"^compat/prodvisual(/|$)", prodvisual.UnknownPath.as_view()),
    path("compat/qamera/api/external/packshots", qamera.Packshots.as_view()),
    path(
        "compat/qamera/api/external/packshots/register-ideas",
        qamera.RegisterIdeas.as_view(),
    ),
    path(
        "compat/qamera/api/external/packshots/update-packshot",
        qamera.UpdatePackshot.as_view(),
    ),
    re_path(r"^compat/qamera(/|$)", qamera.UnknownPath.as_view()),
    path("media/<path:path>", media.media),
    path("placeholder/<str:operation>/<int:width>x<int:height>.png", placeholder.placeholder),
]
