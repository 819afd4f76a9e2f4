"""/partner/v1/presets, /sceneries and /models: what an order of packshots can name by id."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import ok
from accounts.api.once import answer_once
from accounts.api.view import ApiView
from imaging.api.naming import camel_case
from imaging.catalog import ingredients
from imaging.catalog.ingredients import Ingredient, Kind


def ingredient_data(one: Ingredient) -> dict[str, Any]:
    """One as the API shows it: what it does not say is not there."""
    return {"id": one.key, "label": one.label, "shipped": one.shipped, **camel_case(one.said)}


class IngredientView(ApiView):
    """`kind` comes from the address; a partner's own are kept as its products are."""

    key_kind = "image"
    scope = "products:write"
    scopes_by_method = {"GET": "products:read", "HEAD": "products:read"}

    kind: ClassVar[Kind] = "preset"


class Ingredients(IngredientView):
    """GET: the partner's own, newest first, then the shipped ones. POST: one more of its own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        shown = [ingredient_data(one) for one in ingredients.every(self.partner, self.kind)]
        return ok({ingredients.PLURAL[self.kind]: shown})

    def post(self, request: HttpRequest) -> HttpResponse:
        made = ingredients.read(self.kind, self.body(request))

        def add() -> HttpResponse:
            ingredients.add(self.partner, made)
            return ok(ingredient_data(made), status=201)

        return answer_once(request, self.admitted, add)


class IngredientDetail(IngredientView):
    """DELETE: one of the partner's own is forgotten; orders that named it stay."""

    def delete(self, request: HttpRequest, ingredient_id: str) -> HttpResponse:
        ingredients.remove(self.partner, self.kind, ingredient_id)
        return ok({"id": ingredient_id, "deleted": True})
