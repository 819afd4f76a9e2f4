"""What the dashboard's templates need: icons, numbers, times, badges, and the side bar."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.dashboard import navigation
from accounts.dashboard.access import Visit, visit_of

register = template.Library()

_TONES = {
    **dict.fromkeys(("succeeded", "delivered", "live", "active", "approved", "verified"), "good"),
    **dict.fromkeys(("completed", "done"), "good"),
    **dict.fromkeys(("failed", "blocked", "revoked", "rejected", "off", "stopped"), "bad"),
    **dict.fromkeys(("queued", "running", "pending", "building", "held", "expiring"), "busy"),
    **dict.fromkeys(("processing", "checking", "importing", "checked"), "busy"),
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; `label` where nothing beside it says what it means."""
    attributes = format_html('role="img" aria-label="{}"', label) if label else "aria-hidden=true"
    return format_html(
        '<svg class="icon" width="18" height="18" {}><use href="{}#{}"></use></svg>',
        attributes,
        static("dashboard/icons.svg"),
        name,
    )


@register.simple_tag
def badge(state: str, words: str = "") -> SafeString:
    """A state in its colour. The word says it too: nobody need see colours."""
    tone = _TONES.get(state, "plain")
    return format_html('<span class="badge {}">{}</span>', tone, words or state.replace("_", " "))


@register.filter
def points(value: Any) -> str:
    """Points as people write them: 4,992 or 7.25."""
    number = Decimal(value or 0)
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.filter
def ago(moment: datetime | None) -> str:
    """How long ago, in one unit: 3 min ago."""
    if moment is None:
        return "never"
    seconds = int((timezone.now() - moment).total_seconds())
    if seconds < 0:
        return f"in {_span(-seconds)}"
    return "just now" if seconds < 10 else f"{_span(seconds)} ago"


def _span(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@register.simple_tag
def moment(value: datetime | None, empty: str = "never") -> SafeString | str:
    """A time as "3 min ago", with the exact one on hover and for programs."""
    if value is None:
        return empty
    exact = value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, ago(value)
    )


@register.filter
def seconds(milliseconds: int | None) -> str:
    """Milliseconds as people read them: 480 ms, 3.2 s."""
    if milliseconds is None:
        return "–"
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


@register.filter
def pretty(value: Any) -> str:
    """JSON to read."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.simple_tag
def brand() -> str:
    return str(settings.BRAND_NAME)


@register.simple_tag
def log_ins_elsewhere() -> bool:
    """Whether the operator switched on a log-in through another service."""
    return bool(settings.SOCIALACCOUNT_PROVIDERS)


@register.simple_tag(takes_context=True)
def sidebar(context: template.Context) -> list[tuple[str, list[navigation.Line]]]:
    """The side bar's sections for the present visit; none for a visitor without one."""
    visit = current_visit(context)
    return navigation.lines(visit, context["request"].path) if visit else []


@register.simple_tag(takes_context=True)
def current_visit(context: template.Context) -> Visit | None:
    """The present visit, also on pages that are not the dashboard's own (password, sessions)."""
    request = context["request"]
    if not hasattr(request, "visit"):
        request.visit = visit_of(request) if request.user.is_authenticated else None
    visit: Visit | None = request.visit
    return visit


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    """Whether the visitor has a permission."""
    visit = current_visit(context)
    return bool(visit and visit.may(permission))
