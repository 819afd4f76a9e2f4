"""A filter for columns with few values in tables with very many rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

NEWEST = 1_000


class RecentValues(admin.AllValuesFieldListFilter):
    """Offers the values of the NEWEST rows. To find all there ever were, a database reads every
    row, which takes longer than the list itself."""

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: Any,
        model_admin: Any,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        newest = model._default_manager.order_by(*model_admin.ordering)
        values = newest.values_list(field_path, flat=True)[:NEWEST]
        self.lookup_choices = sorted({value for value in values if value})  # type: ignore[assignment]
