"""Webhooks of merchants' shops, and the calls that link a shop."""

from __future__ import annotations

from django.urls import path

from integrations.shops import api, webhooks

_V2 = "api/v2/third-party/"

urlpatterns = [
    path("shops/shopify/webhook/<str:shop_token>", webhooks.from_shopify),
    path("shops/woocommerce/webhook/<str:shop_token>", webhooks.from_woocommerce),
    path(f"{_V2}linkShop", api.LinkShop.as_view()),
    path(f"{_V2}shopStatus", api.ShopStatus.as_view()),
]
