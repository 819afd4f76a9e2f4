"""Rows that a request to a staff page names, looked at before a database is asked for them.

A browser names rows that are there. A hand-made request may name what no row can be called, and
Django asks for that all the same in two places: the rows chosen for an action, and the row that an
autocomplete field shows again beside its error.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError


def may_be_key(field: Any, value: object) -> bool:
    """Whether a row can have this value in the model's `field`, its key or a reference to one."""
    while field.remote_field is not None:
        field = field.target_field
    try:
        field.clean(value, None)
    except ValidationError:
        return False
    return "\0" not in str(value)  # which PostgreSQL takes in no text


class KnownSelect(AutocompleteSelect):
    """Django's autocomplete field, which shows nothing for what no row can be."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if self._may_be(one)], attr)

    def _may_be(self, value: object) -> bool:
        return value in ("", None) or may_be_key(self.field, value)
