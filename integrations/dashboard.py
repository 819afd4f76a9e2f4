"""/dashboard/merchants/: the partner's merchant accounts and their stores."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import audit
from accounts.api import pagination
from accounts.dashboard.access import Visit, page
from accounts.errors import NotFound
from integrations import autologin, connections, merchants
from integrations.models import Account
from integrations.storefronts import publishing
from integrations.storefronts.addresses import preview_url, production_url
from integrations.storefronts.models import Storefront

PER_PAGE = 30


@page(read="see")
def merchant_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Accounts, newest first, each with its store. E-mail and phone stay on the account's page."""
    asked = pagination.read_page(request)
    rows = visit.partner.accounts.select_related("storefront")
    found, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    shown = [(account, _store_of(account)) for account in found]
    context = {"accounts": shown, "cursor": cursor}
    return render(request, "integrations/merchants.html", context)


@page(read="merchants")
def merchant(request: HttpRequest, visit: Visit, account_id: str) -> HttpResponse:
    """One account: who it is, what it is connected to, its store and the store's releases."""
    account = merchants.find(visit.partner, account_id)
    store = _store_of(account)
    context = {
        "account": account,
        "profile": [(name, text) for name, text in account.profile.items() if text],
        "connections": connections.connected(account),
        "store": store,
        "releases": store.releases.order_by("-number") if store else [],
        "production": production_url(store.identifier) if store else "",
        "preview": preview_url(store.identifier) if store else "",
    }
    return render(request, "integrations/merchant.html", context)


@page(write="merchants", back="dashboard-merchants")
def open_as_owner(request: HttpRequest, visit: Visit, account_id: str) -> HttpResponse:
    """Go to the account's own pages, as its log-in links do. It stands in the audit log."""
    account = merchants.find(visit.partner, account_id)
    return redirect(autologin.url_for(account, **visit.acting))


@page(write="merchants", back="dashboard-merchants")
def revoke_links(request: HttpRequest, visit: Visit, account_id: str) -> HttpResponse:
    account = merchants.find(visit.partner, account_id)
    autologin.revoke(account, **visit.acting)
    messages.success(request, "Every log-in link that was given out is void.")
    return redirect("dashboard-merchant", account.pk)


@page(write="merchants", back="dashboard-merchants")
def roll_back(request: HttpRequest, visit: Visit, account_id: str, number: int) -> HttpResponse:
    """Show an earlier release of the account's store again."""
    account = merchants.find(visit.partner, account_id)
    store = _store_of(account)
    if store is None:
        raise NotFound("This account has no store.")
    publishing.roll_back(store, number)
    audit.record(
        action="store.rolled_back",
        target=store.identifier,
        partner=visit.partner,
        facts={"release": number},
        **visit.acting,
    )
    messages.success(request, f"Release {number} is what visitors see now.")
    return redirect("dashboard-merchant", account.pk)


def _store_of(account: Account) -> Storefront | None:
    return getattr(account, "storefront", None)
