"""What a cookie says of a session is a stranger's text."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["", "a" * 31 + "\0", "a" * 33, "A" * 32, "é" * 32, "a b" * 11])
def test_a_key_that_was_never_made_is_none(key: str) -> None:
    assert SessionStore(key).session_key is None


def test_a_nul_in_the_cookie_is_somebody_who_is_not_logged_in() -> None:
    cookie = f'sessionid="{"a" * 31}\\000"'
    answer = Client().get("/dashboard/", headers={"Cookie": cookie})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/account/login/")


def test_a_key_that_was_made_finds_its_session() -> None:
    client = Client()
    client.force_login(User.objects.create_user("ada@acme.example"))
    key = client.cookies["sessionid"].value
    assert SessionStore(key).session_key == key
    assert SessionStore(key).load()
