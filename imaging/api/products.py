"""/partner/v1/products: what the partner sells, so that a packshot can be asked for by id."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api import pagination
from accounts.api.envelope import iso, ok
from accounts.api.once import answer_once
from accounts.api.view import ApiView
from imaging import storage
from imaging.catalog import products
from imaging.catalog.models import Product


def product_data(product: Product) -> dict[str, Any]:
    """A product as the API shows it; a photo that we keep has an address that is signed."""
    kept = product.image_path
    return {
        "id": str(product.pk),
        "sku": product.sku,
        "title": product.title,
        "imageUrl": storage.address_of(kept) if kept else product.image_url,
        "metadata": product.metadata,
        "createdAt": iso(product.created_at),
        "updatedAt": iso(product.updated_at),
    }


class ProductView(ApiView):
    """What the views below have in common: an image key, and writing apart from reading."""

    key_kind = "image"
    scope = "products:write"
    scopes_by_method = {"GET": "products:read", "HEAD": "products:read"}


class Products(ProductView):
    """POST /partner/v1/products, and GET: newest first; `sku` finds the one of that name."""

    def get(self, request: HttpRequest) -> HttpResponse:
        page = pagination.read_page(request)
        rows = self.partner.products.all()
        if sku := request.GET.get("sku"):
            # No database takes a NUL, and no sku has one.
            rows = rows.none() if "\0" in sku else rows.filter(sku=sku)
        found, cursor = pagination.take(rows, page)
        return ok({"products": [product_data(row) for row in found], "nextCursor": cursor})

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)

        def add() -> HttpResponse:
            return ok(product_data(products.add(partner=self.partner, body=body)), status=201)

        return answer_once(request, self.admitted, add)


class ProductDetail(ProductView):
    """GET, PATCH and DELETE /partner/v1/products/{id}."""

    def get(self, request: HttpRequest, product_id: str) -> HttpResponse:
        return ok(product_data(products.find(self.partner, product_id)))

    def patch(self, request: HttpRequest, product_id: str) -> HttpResponse:
        product = products.find(self.partner, product_id)
        return ok(product_data(products.change(product, self.body(request))))

    def delete(self, request: HttpRequest, product_id: str) -> HttpResponse:
        product = products.find(self.partner, product_id)
        shown = {"id": str(product.pk), "deleted": True}
        products.remove(product)
        return ok(shown)
