"""/dashboard/billing/: balance, buckets, packages, receipts, the ledger, and running low."""

from __future__ import annotations

import contextlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import audit
from accounts.dashboard.access import Visit, page
from accounts.errors import InvalidRequest, NotFound, ServiceError
from billing import points, purchases, stripe_api
from billing.dashboard import ledger
from billing.models import BalanceWatch, Package, Price, Purchase


class LowBalanceForm(forms.Form):
    """What shall happen when points run low."""

    mail_below = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000_000,
        label="Mail the owners below",
        help_text="Points. Empty: no mail.",
    )
    top_up_below = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=10_000_000,
        label="Buy automatically below",
        help_text="Points. Empty: never. Needs a card saved by an earlier purchase.",
    )
    top_up_package = forms.ChoiceField(required=False, label="Package to buy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(p.code, f"{p.points:,.0f} points") for p in purchases.packages()]
        self.fields["top_up_package"].choices = [("", "Choose one"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("top_up_below") and not found.get("top_up_package"):
            self.add_error("top_up_package", "Choose the package to buy.")
        return found


@page(read="see", write="billing")
def billing(request: HttpRequest, visit: Visit) -> HttpResponse:
    partner = visit.partner
    watch = BalanceWatch.objects.filter(partner=partner).first()
    form = LowBalanceForm(request.POST or None, initial=_known(watch))
    if request.method == "POST" and form.is_valid():
        _watch(visit, form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("dashboard-billing")
    lines, further = ledger.page(partner)
    return render(
        request,
        "billing/billing.html",
        {
            "balance": points.balance(partner_id=partner.pk),
            "buckets": _buckets(visit),
            "packages": [_offer(package) for package in purchases.packages()],
            "purchases": partner.purchases.exclude(status=Purchase.Status.OPEN)[:20],
            "can_buy": stripe_api.enabled(),
            "card": bool(watch and watch.payment_method_id),
            "failure": watch.failure if watch else "",
            "form": form,
            "lines": lines,
            "further": further,
        },
    )


def _known(watch: BalanceWatch | None) -> dict[str, Any]:
    if watch is None:
        return {}
    return {name: getattr(watch, name) for name in LowBalanceForm.base_fields}


def _watch(visit: Visit, wishes: dict[str, Any]) -> None:
    BalanceWatch.objects.update_or_create(
        partner=visit.partner,
        defaults={**wishes, "mailed_at": None, "tried_at": None, "failure": ""},
    )
    audit.record(
        action="billing.low_balance_changed",
        target=str(visit.partner.pk),
        partner=visit.partner,
        facts=wishes,
        **visit.acting,
    )


def _buckets(visit: Visit) -> list[dict[str, Any]]:
    """The buckets as they drain, oldest first: the first with points left pays next."""
    rows = list(visit.partner.buckets.order_by("created_at", "id"))
    left = [bucket for bucket in rows if bucket.remaining]
    empty = [bucket for bucket in rows if not bucket.remaining][-3:]
    return [
        {
            "row": bucket,
            "used": bucket.original - bucket.remaining,
            "next": bool(left) and bucket is left[0],
        }
        for bucket in [*empty, *left]
    ]


def _offer(package: Package) -> dict[str, Any]:
    """A package with what a fast picture costs from it."""
    price = Price.objects.filter(tier=package.tier, operation="create", mode="fast").first()
    each = package.amount / 100 * float(price.points / package.points) if price else None
    return {
        "row": package,
        "amount": f"{package.amount / 100:,.0f} {package.currency}",
        "each": f"{each:,.2f} {package.currency}" if each else "",
        "pictures": int(package.points / price.points) if price else None,
    }


@page(write="billing", back="dashboard-billing")
def buy(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Order a package and go to the page to pay on."""
    address = settings.PUBLIC_URL + reverse("dashboard-billing")
    url = purchases.start_checkout(
        partner=visit.partner,
        package_code=request.POST.get("package", ""),
        buyer=visit.user.email,
        save_method=bool(request.POST.get("save")),
        success_url=f"{settings.PUBLIC_URL}{reverse('dashboard-paid')}?session={{CHECKOUT_SESSION_ID}}",
        cancel_url=address,
    )
    return redirect(url)


@page(read="billing")
def paid(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """Back from paying: the points are there, or will be when the payment is."""
    purchase = purchases.find(visit.partner, request.GET.get("session", ""))
    # Without an answer now, Stripe's event will tell.
    with contextlib.suppress(ServiceError, stripe_api.StripeRefused):
        purchases.fulfil_session(str(purchase.session_id))
    purchase.refresh_from_db()
    if purchase.status == Purchase.Status.PAID:
        messages.success(request, f"Thank you. {purchase.points:,.0f} points are yours.")
    else:
        messages.info(request, "Thank you. The points appear as soon as the payment arrives.")
    return redirect("dashboard-billing")


@page(read="see")
def statement(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Older lines of the ledger."""
    text = request.GET.get("before", "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise InvalidRequest("That page does not exist.")
    lines, further = ledger.page(visit.partner, before=int(text) if text else None)
    return render(request, "billing/statement.html", {"lines": lines, "further": further})


@page(read="see")
def statement_csv(request: HttpRequest, visit: Visit) -> HttpResponseBase:
    """The whole ledger as a file."""
    return StreamingHttpResponse(
        ledger.as_csv(visit.partner),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="ledger.csv"'},
    )


@page(read="see")
def receipt(request: HttpRequest, visit: Visit, purchase_id: str) -> HttpResponse:
    """One purchase, to print."""
    purchase = visit.partner.purchases.filter(pk=purchase_id).first()
    if purchase is None or purchase.status != Purchase.Status.PAID:
        raise NotFound("There is no such receipt.")
    facts = {"purchase": purchase, "amount": f"{purchase.amount / 100:,.2f} {purchase.currency}"}
    return render(request, "billing/receipt.html", facts)
