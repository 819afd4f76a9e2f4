"""What unfold is told of the staff admin.

Colours and letters are in `accounts/static/staff/staff.css`, because a style in the page would
need a wider content security policy.
"""

from __future__ import annotations

from typing import Any


def unfold_look(brand: str) -> dict[str, Any]:
    """The UNFOLD setting."""
    return {
        "SITE_TITLE": f"{brand} staff",
        "SITE_HEADER": f"{brand} staff",
        "SITE_SYMBOL": "photo_camera",
        "SHOW_HISTORY": True,
        "SHOW_BACK_BUTTON": True,
        "DASHBOARD_CALLBACK": "config.staff.dashboard.add_to_index",
        "LOGIN": {"form": "accounts.staff_login.StaffLoginForm"},
        "SIDEBAR": {"navigation": "config.staff.navigation.navigation"},
    }
