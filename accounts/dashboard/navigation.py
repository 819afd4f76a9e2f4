"""The side bar: what there is, in which order, and who sees it. Pages live in their own apps."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from accounts.dashboard.access import Visit


@dataclass(frozen=True)
class Entry:
    """One line: a URL's name, its label, its icon, and the permission to see it."""

    name: str
    label: str
    icon: str
    permission: str = "see"


@dataclass(frozen=True)
class Line:
    """An entry as one visitor sees it."""

    label: str
    icon: str
    url: str
    current: bool


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("dashboard", "Overview", "layout-dashboard"),
            Entry("dashboard-playground", "Playground", "wand-sparkles", "make"),
            Entry("dashboard-gallery", "Gallery", "images"),
        ),
    ),
    (
        "Catalogue",
        (
            Entry("dashboard-products", "Products", "package"),
            Entry("dashboard-imports", "CSV import", "upload"),
            Entry("dashboard-batches", "Batches", "archive"),
        ),
    ),
    (
        "Build",
        (
            Entry("dashboard-start", "Quick start", "rocket"),
            Entry("dashboard-keys", "API keys", "key-round"),
            Entry("dashboard-webhooks", "Webhooks", "webhook"),
            Entry("docs", "API reference", "book-open"),
        ),
    ),
    ("Merchants", (Entry("dashboard-merchants", "Accounts and stores", "store"),)),
    (
        "Company",
        (
            Entry("dashboard-usage", "Usage", "chart-column"),
            Entry("dashboard-billing", "Billing", "wallet"),
            Entry("dashboard-team", "Team", "users"),
            Entry("dashboard-audit", "Audit log", "scroll-text", "audit"),
            Entry("dashboard-settings", "Settings", "settings", "settings"),
        ),
    ),
)


def lines(visit: Visit, path: str) -> list[tuple[str, list[Line]]]:
    """The side bar for one visitor at `path`. The longest address that leads there is current."""
    found = [
        (title, [(entry, reverse(entry.name)) for entry in entries if visit.may(entry.permission)])
        for title, entries in SECTIONS
    ]
    leading = [url for _, entries in found for _, url in entries if path.startswith(url)]
    current = max(leading, key=len, default="")
    return [
        (title, [Line(entry.label, entry.icon, url, url == current) for entry, url in entries])
        for title, entries in found
        if entries
    ]
