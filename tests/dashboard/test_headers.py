"""allauth's pages are ours to answer for: each carries the policy, keeps to it, and sets cookies
that a script cannot read and another site cannot send."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from tests.dashboard.conftest import PASSWORD, browser, person

pytestmark = pytest.mark.django_db


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    """Every address below /account/ that needs no id."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif re.fullmatch(r"account/[\w/-]+", path):
            yield f"/{path}"


PATHS = sorted(set(patterns()))


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def test_there_are_pages_to_look_at() -> None:
    needed = {
        "/account/login/",
        "/account/2fa/",
        "/account/sessions/",
        "/account/3rdparty/",
    }
    assert needed <= set(PATHS)


def proven() -> Client:
    """Somebody who has just given the password once more, as some pages ask for."""
    client = browser(person("ada@shop.example"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_whoever_is_logged_in_proves_it_again_before_a_second_factor() -> None:
    path = reverse("mfa_activate_totp")
    asked = browser(person("eve@shop.example")).get(path)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert proven().get(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_every_page_carries_the_policy_and_keeps_to_it(path: str) -> None:
    for client in (Client(), proven()):
        answer = client.get(path)
        assert answer.status_code < 500
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in answer  # PUBLIC_URL is http
        assert answer["Referrer-Policy"] == "same-origin"
        keeps_to_the_policy(answer.content.decode())


def keeps_to_the_policy(text: str) -> None:
    """No script or style inline, no handler in an attribute, nothing of another host."""
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert "src=" in attributes or "application/json" in attributes, body
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"""(?:src|action)=["'](?:https?:)?//""", text)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_changed_without_the_token_of_a_form(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("ada@shop.example"), "django.contrib.auth.backends.ModelBackend")
    assert client.post(path).status_code in (403, 405)


def test_cookies_are_kept_from_scripts_and_from_other_sites() -> None:
    person("ada@shop.example")
    client = Client()
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": "ada@shop.example", "password": PASSWORD})
    session = client.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == client.cookies["csrftoken"]["samesite"] == "Lax"
    assert not session["secure"]  # PUBLIC_URL is http here, and log-in works all the same


def test_over_https_the_cookies_go_nowhere_else(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    person("ada@shop.example")
    client = Client(headers={"X-Forwarded-Proto": "https"})
    page = client.get(reverse("account_login"))
    assert "max-age=31536000" in page["Strict-Transport-Security"]
    client.post(reverse("account_login"), {"login": "ada@shop.example", "password": PASSWORD})
    assert client.cookies["sessionid"]["secure"]
    assert client.cookies["csrftoken"]["secure"]


def test_an_https_address_turns_all_of_that_on() -> None:
    """As `config/settings.py` decides it from PUBLIC_URL alone."""
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    script = (
        "import json; from config import settings as s;"
        f"print(json.dumps([getattr(s, name) for name in {names!r}] + [s.SECURE_HSTS_SECONDS]))"
    )
    environment = {**os.environ, "PUBLIC_URL": "https://shots.example"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == [True, True, True, 31_536_000]


def test_nobody_is_sent_elsewhere_after_the_log_in() -> None:
    person("ada@shop.example")
    answer = Client().post(
        reverse("account_login") + "?next=https://evil.example/",
        {"login": "ada@shop.example", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert "evil" not in answer.get("Location", "")
