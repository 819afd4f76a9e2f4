"""Products: what the partner sells, each with its pictures and a packshot one click away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.api import correlation, pagination
from accounts.dashboard.access import Visit, page
from accounts.errors import Conflict, ServiceError
from billing import points
from imaging import recipes, storage, submitting
from imaging.catalog import products
from imaging.catalog.models import Product
from imaging.dashboard.gallery import SURFACE
from imaging.dashboard.pictures import Tile, local, tiles
from imaging.dashboard.uploads import data_uri
from imaging.engines import presets
from imaging.models import Generation, Status

PER_PAGE = 24
PICTURES_SHOWN = 24
STYLE = "studio_packshot"


class ProductForm(forms.Form):
    """A product; its photo is a file or an address."""

    sku = forms.CharField(max_length=120, label="Article number", help_text="Yours: the sku.")
    title = forms.CharField(max_length=300, required=False, label="Name")
    photo_file = forms.FileField(
        required=False,
        label="Photo",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    photo_url = forms.CharField(required=False, max_length=2048, label="Or its address")

    def body(self) -> dict[str, Any]:
        """What the API would be sent. Raises InvalidRequest."""
        data = self.cleaned_data
        body: dict[str, Any] = {"title": data["title"]}
        if file := data["photo_file"]:
            body["image"] = data_uri(file)
        elif data["photo_url"].strip():
            body["image"] = data["photo_url"].strip()
        return body


@dataclass(frozen=True)
class Shelf:
    """A product in the grid: its newest picture, or its own photo where we keep it."""

    product: Product
    picture: str
    status: str


@page(read="see")
def product_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Newest first; `q` finds an article number, or words of a name."""
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:120]
    asked = pagination.read_page(request)
    rows = visit.partner.products.all()
    if wanted:
        rows = rows.filter(Q(sku__iexact=wanted) | Q(title__icontains=wanted))
    found, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    context = {
        "products": shelves(found),
        "cursor": cursor,
        "first": asked.after is None,
        "wanted": wanted,
        "visit": visit,
    }
    return render(request, "imaging/products.html", context)


def shelves(found: Sequence[Product]) -> list[Shelf]:
    """Each product with its newest good picture, else with how its newest order stands."""
    orders = Generation.objects.filter(product=OuterRef("pk")).order_by("-created_at")
    good = orders.filter(status=Status.SUCCEEDED)
    known: dict[Any, Any] = dict(
        Product.objects.filter(pk__in=[product.pk for product in found])
        .annotate(
            shown=Coalesce(Subquery(good.values("pk")[:1]), Subquery(orders.values("pk")[:1]))
        )
        .values_list("pk", "shown")
    )
    wanted = Generation.objects.filter(pk__in=[pk for pk in known.values() if pk])
    newest = {tile.row.pk: tile for tile in tiles(wanted.prefetch_related("assets"))}
    return [_shelf(product, newest.get(known[product.pk])) for product in found]


def _shelf(product: Product, tile: Tile | None) -> Shelf:
    picture = tile.thumbnail if tile else ""
    status = tile.row.status if tile else ""
    return Shelf(product, picture or own_photo(product), status)


def own_photo(product: Product) -> str:
    """The address of a photo that we keep. Another host's is not opened by a page of ours."""
    return local(storage.address_of(product.image_path)) if product.image_path else ""


@page(read="make", write="make")
def new_product(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form, and the product that comes of it."""
    form = ProductForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            body = {"sku": form.cleaned_data["sku"], **form.body()}
            made = products.add(partner=visit.partner, body=body)
        except ServiceError as error:
            form.add_error(_field(error), error.message)
        else:
            visit.note("product.added", made.sku)
            messages.success(request, f"{made} is in your catalogue.")
            return redirect("dashboard-product", made.pk)
    return render(request, "imaging/product_new.html", {"form": form, "visit": visit})


def _field(error: ServiceError) -> str | None:
    """Where an error of the service belongs on the form."""
    places = {"sku": "sku", "title": "title", "image": "photo_url", "photo_file": "photo_file"}
    return places.get(error.param or "")


@page(read="see", write="make")
def product(request: HttpRequest, visit: Visit, product_id: uuid.UUID) -> HttpResponse:
    """One product: its photo, its facts, every picture of it. POST changes it."""
    row = products.find(visit.partner, product_id)
    form = ProductForm(
        request.POST or None,
        request.FILES or None,
        initial={"sku": row.sku, "title": row.title, "photo_url": row.image_url},
    )
    form.fields["sku"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            products.change(row, form.body())
        except ServiceError as error:
            form.add_error(_field(error), error.message)
        else:
            visit.note("product.changed", row.sku)
            messages.success(request, "Kept.")
            return redirect("dashboard-product", row.pk)
    pictures = Generation.objects.filter(product=row).order_by("-created_at")
    context = {
        "row": row,
        "form": form,
        "photo": own_photo(row),
        "tiles": tiles(pictures.prefetch_related("assets")[:PICTURES_SHOWN]),
        "styles": [(name, style.label) for name, style in presets.styles().items()],
        "style": STYLE,
        "price": points.quote(partner_id=visit.partner.pk, operation="packshot", mode="fast"),
        "visit": visit,
    }
    return render(request, "imaging/product.html", context)


@page(write="make")
def order(request: HttpRequest, visit: Visit, product_id: uuid.UUID) -> HttpResponse:
    """Order a packshot of it in one style."""
    row = products.find(visit.partner, product_id)
    try:
        if visit.test:
            raise Conflict("You are in test mode, and a packshot costs points. Switch to live.")
        body = {"productId": str(row.pk), "style": request.POST.get("style", "")}
        made = submitting.submit(
            submitting.checked(recipes.packshot_order(body), visit.partner),
            partner=visit.partner,
            surface=SURFACE,
            correlation_id=correlation.current_id(),
        )
        visit.note("generation.ordered", made.pk, operation=made.operation)
    except ServiceError as error:
        messages.error(request, error.message)
        return redirect("dashboard-product", row.pk)
    return redirect("dashboard-generation", made.pk)


@page(write="make")
def remove(request: HttpRequest, visit: Visit, product_id: uuid.UUID) -> HttpResponse:
    """Forget a product and its photo; its pictures stay in the gallery."""
    row = products.find(visit.partner, product_id)
    products.remove(row)
    visit.note("product.removed", row.sku)
    messages.success(request, f"{row} is forgotten. Its pictures stay in the gallery.")
    return redirect("dashboard-products")
