"""/chat: the account's own pages, behind a log-in link. Nothing but that account is reachable.

A good link puts the account and its epoch into the session and leaves the address bar without the
token. Every later request asks the row again, so a revoked link or a deleted account ends a visit
at once.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.api.reading import read_only
from imaging.api.answers import asset_urls
from imaging.models import LIVE, Asset, Status
from integrations import autologin, connections
from integrations.models import Account
from integrations.storefronts.addresses import preview_url, production_url
from integrations.storefronts.models import Product, Storefront

_SESSION = "account"


@never_cache
@read_only
def chat(request: HttpRequest) -> HttpResponseBase:
    """The account's page; with `?token=` the way in."""
    if "token" in request.GET:
        return _enter(request, request.GET["token"])
    account = _visitor(request)
    if account is None:
        return _refused(request)
    return render(request, "integrations/account.html", _facts(account))


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponseBase:
    request.session.pop(_SESSION, None)
    return render(request, "integrations/left.html", {"brand": settings.BRAND_NAME})


def _enter(request: HttpRequest, token: str) -> HttpResponseBase:
    account = autologin.account_of(token)
    if account is None:
        request.session.pop(_SESSION, None)
        return _refused(request)
    request.session.cycle_key()  # a session that was there before the log-in is not reused
    request.session[_SESSION] = {"id": account.pk, "epoch": account.login_epoch}
    return redirect("account")


def _visitor(request: HttpRequest) -> Account | None:
    kept = request.session.get(_SESSION) or {}
    account = autologin.still_open(kept.get("id"), kept.get("epoch"))
    if account is None:
        request.session.pop(_SESSION, None)
    return account


def _refused(request: HttpRequest) -> HttpResponse:
    context = {"brand": settings.BRAND_NAME}
    return render(request, "integrations/no_entry.html", context, status=403)


# --- What the page shows -------------------------------------------------------------------------


def _facts(account: Account) -> dict[str, Any]:
    return {
        "brand": settings.BRAND_NAME,
        "account": account,
        "profile": _profile(account),
        "connections": connections.connected(account),
        "store": _store(account),
    }


def _profile(account: Account) -> list[tuple[str, str]]:
    """What is known of the owner, as label and text."""
    given, address = account.profile, account.profile.get("address") or {}
    name = " ".join(str(given[key]) for key in ("firstName", "lastName") if given.get(key))
    place = ", ".join(str(address[key]) for key in address if address.get(key))
    lines = [
        ("Name", name),
        ("E-mail", account.email),
        ("Phone", account.number),
        ("Business", given.get("businessName", "")),
        ("Type", given.get("typeOfBusiness", "")),
        ("Category", given.get("businessCategory", "")),
        ("Address", place),
        ("Domains", ", ".join(given.get("domains", []))),
    ]
    return [(label, str(text)) for label, text in lines if text]


def _store(account: Account) -> dict[str, Any] | None:
    """The account's store: where it stands, its addresses, its pictures."""
    storefront = Storefront.objects.filter(account=account).first()
    if storefront is None:
        return None
    products = list(
        storefront.products.select_related("generation__partner").prefetch_related(
            "generation__assets"
        )
    )
    waiting = [p for p in products if p.generation and p.generation.status in LIVE]
    return {
        "row": storefront,
        "building": storefront.status == Storefront.Status.BUILDING,
        "live": storefront.status == Storefront.Status.LIVE,
        "url": production_url(storefront.identifier),
        "preview": preview_url(storefront.identifier),
        "done": len(products) - len(waiting),
        "total": len(products),
        "pictures": [shown for product in products if (shown := _picture(product))],
    }


def _picture(product: Product) -> dict[str, str] | None:
    generation = product.generation
    if generation is None or generation.status != Status.SUCCEEDED:
        return None
    outputs = asset_urls(generation, Asset.Kind.OUTPUT)
    small = asset_urls(generation, Asset.Kind.THUMBNAIL)
    if not outputs:
        return None
    return {"name": product.name, "url": outputs[0], "thumbnail": (small or outputs)[0]}
