"""The dashboard's pages of this app: /dashboard/billing/..."""

from __future__ import annotations

from django.urls import path

from billing.dashboard import pages

urlpatterns = [
    path("billing/", pages.billing, name="dashboard-billing"),
    path("billing/buy/", pages.buy, name="dashboard-buy"),
    path("billing/paid/", pages.paid, name="dashboard-paid"),
    path("billing/ledger/", pages.statement, name="dashboard-ledger"),
    path("billing/ledger.csv", pages.statement_csv, name="dashboard-ledger-csv"),
    path("billing/receipts/<uuid:purchase_id>/", pages.receipt, name="dashboard-receipt"),
]
