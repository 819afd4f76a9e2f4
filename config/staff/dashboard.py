"""The staff admin's first page: how things stand, drawn."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def add_to_index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK: what the template of the first page needs."""
    return context
