"""Every page of a log-in carries the headers that keep browsers safe, allauth's included."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.dashboard.conftest import browser, person

pytestmark = pytest.mark.django_db

OPEN = ("account_login", "account_signup", "account_reset_password", "socialaccount_login_error")
OWN = (
    *("account_email", "account_change_password", "account_reauthenticate", "mfa_index"),
    *("socialaccount_connections", "usersessions_list", "dashboard-welcome"),
)


@pytest.mark.parametrize("name", [*OPEN, *OWN])
def test_scripts_come_from_here_alone_and_nobody_frames_a_page(name: str) -> None:
    client = browser(person("ada@shop.example")) if name in OWN else Client()
    answer = client.get(reverse(name))
    assert answer["Content-Type"].startswith("text/html")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_over_https_browsers_are_told_to_stay_there(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    answer = Client().get(reverse("account_login"), secure=True)
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = answer.cookies["csrftoken"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"


def test_over_http_they_are_not() -> None:
    assert "Strict-Transport-Security" not in Client().get(reverse("account_login"))
