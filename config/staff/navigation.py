"""The staff admin's side bar: what there is, in which order, by which name."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
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
        "Catalogue",
        (
            ("catalog.product", "Products", "category"),
            ("catalog.owningredient", "Presets and sceneries", "palette"),
            ("catalog.catalogueimport", "Imports", "upload_file"),
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


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: SECTIONS, and whatever else has a page."""
    known = {model._meta.label_lower: model._meta for model in admin.site._registry}
    listed = {label for _, rows in SECTIONS for label, _, _ in rows}
    more = [
        (label, str(meta.verbose_name_plural).capitalize(), "table_rows")
        for label, meta in known.items()
        if label not in listed
    ]
    front = {"title": "Dashboard", "icon": "space_dashboard", "link": reverse_lazy("admin:index")}
    groups = [(title, [_line(*row) for row in rows]) for title, rows in (*SECTIONS, ("More", more))]
    return [
        {"title": "", "items": [front]},
        *({"title": title, "items": items} for title, items in groups if items),
    ]


def _line(label: str, title: str, icon: str) -> dict[str, Any]:
    app, model = label.split(".")

    def may_see(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")

    link = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": may_see}
