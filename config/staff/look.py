"""What unfold is told of the staff admin: its name and its side bar.

Colours and letters are in `accounts/static/staff/staff.css`, because a style in the page would
need a wider content security policy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

# Title of the group, then its pages: a model's label, what staff call it, and its icon.
SECTIONS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Partners",
        (
            ("accounts.partner", "Partners", "apartment"),
            ("accounts.membership", "Members", "group"),
            ("accounts.apikey", "API keys", "key"),
        ),
    ),
    (
        "Points",
        (
            ("billing.bucket", "Buckets", "database"),
            ("billing.entry", "Ledger", "receipt_long"),
            ("billing.hold", "Holds", "lock_clock"),
            ("billing.price", "Prices", "sell"),
            ("billing.package", "Packages", "inventory_2"),
            ("billing.purchase", "Purchases", "shopping_cart"),
            ("billing.balancewatch", "Balance watches", "notifications"),
            ("billing.stripeevent", "Stripe events", "bolt"),
        ),
    ),
    (
        "Pictures",
        (
            ("imaging.generation", "Generations", "photo_library"),
            ("imaging.asset", "Files", "image"),
            ("imaging.generationevent", "Events", "timeline"),
        ),
    ),
    (
        "Queue",
        (
            ("imaging.workerbeat", "Workers", "memory"),
            ("imaging.turn", "Whose turn it is", "low_priority"),
            ("django_q.ormq", "Wake-ups", "alarm"),
            ("django_q.schedule", "Schedules", "schedule"),
            ("django_q.failure", "Failed wake-ups", "error"),
        ),
    ),
    (
        "Merchants",
        (
            ("integrations.integration", "Integrations", "extension"),
            ("integrations.account", "Accounts", "person_pin"),
            ("storefronts.storefront", "Storefronts", "storefront"),
            ("shops.shoplink", "Shop links", "link"),
            ("shops.shopproduct", "Shop products", "shopping_bag"),
            ("shops.shopdelivery", "Shop messages", "move_to_inbox"),
        ),
    ),
    (
        "Webhooks",
        (
            ("webhooks.endpoint", "Endpoints", "webhook"),
            ("webhooks.delivery", "Deliveries", "outgoing_mail"),
        ),
    ),
    (
        "People and safety",
        (
            ("accounts.user", "People", "person"),
            ("accounts.auditevent", "Audit", "policy"),
            ("auth.group", "Groups of rights", "admin_panel_settings"),
            ("account.emailaddress", "E-mail addresses", "alternate_email"),
            ("mfa.authenticator", "Second factors", "security_key"),
            ("usersessions.usersession", "Sessions", "devices"),
            ("accounts.idempotencyrecord", "Idempotency keys", "fingerprint"),
        ),
    ),
)


def unfold_look(brand: str) -> dict[str, Any]:
    """The UNFOLD setting."""
    return {
        "SITE_TITLE": f"{brand} staff",
        "SITE_HEADER": f"{brand} staff",
        "SITE_SYMBOL": "photo_camera",
        "SHOW_HISTORY": True,
        "SHOW_BACK_BUTTON": True,
        "DASHBOARD_CALLBACK": "config.staff.dashboard.add_to_index",
        "SIDEBAR": {"navigation": [_front(), *(_group(title, rows) for title, rows in SECTIONS)]},
    }


def _front() -> dict[str, Any]:
    line = {"title": "Dashboard", "icon": "space_dashboard", "link": reverse_lazy("admin:index")}
    return {"title": "", "items": [line]}


def _group(title: str, rows: tuple[tuple[str, str, str], ...]) -> dict[str, Any]:
    return {"title": title, "items": [_line(*row) for row in rows]}


def _line(label: str, title: str, icon: str) -> dict[str, Any]:
    app, model = label.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may_see(app, model),
    }


def _may_see(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def may_see(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")

    return may_see
