"""Pages and files that are only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponseBase]


def read_only(view: View) -> Any:
    """A view of GET and HEAD; any other method is answered 405.

    The guard against forged forms comes before a view is asked, and would answer 403 instead:
    nothing here can be changed, so nothing can be forged.
    """
    return csrf_exempt(require_safe(view))
