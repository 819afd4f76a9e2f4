"""The dashboard's pages of merchants: /dashboard/merchants/..."""

from __future__ import annotations

from django.urls import path

from integrations import dashboard

_ACCOUNT = "merchants/<str:account_id>/"

urlpatterns = [
    path("merchants/", dashboard.merchant_list, name="dashboard-merchants"),
    path(_ACCOUNT, dashboard.merchant, name="dashboard-merchant"),
    path(f"{_ACCOUNT}open/", dashboard.open_as_owner, name="dashboard-merchant-open"),
    path(f"{_ACCOUNT}revoke-links/", dashboard.revoke_links, name="dashboard-merchant-revoke"),
    path(
        f"{_ACCOUNT}releases/<int:number>/",
        dashboard.roll_back,
        name="dashboard-merchant-roll-back",
    ),
]
