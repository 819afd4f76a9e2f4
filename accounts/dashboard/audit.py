"""The audit log: who did what to which thing, when, from where."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.api import pagination
from accounts.dashboard.access import Visit, page

PER_PAGE = 50


@page(read="audit")
def audit_log(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Newest first; `action` and `actor` filter by their beginnings."""
    rows = visit.partner.audit_events.all()
    # No database may be asked for a NUL.
    action, actor = (
        request.GET.get(name, "").replace("\0", "").strip() for name in ("action", "actor")
    )
    if action:
        rows = rows.filter(action__startswith=action)
    if actor:
        rows = rows.filter(actor__istartswith=actor)
    asked = pagination.read_page(request)
    events, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    context = {"events": events, "cursor": cursor, "action": action, "actor": actor}
    return render(request, "accounts/audit.html", context)
