"""The start page, for people who open the address of an API in a browser."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client


def test_the_start_page_says_what_this_is_and_where_to_go() -> None:
    answer = Client().get("/")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert settings.BRAND_NAME in text
    assert f"{settings.PUBLIC_URL}/partner/v1/image/packshot" in text
    assert 'href="/admin/"' in text


def test_it_needs_no_inline_style_or_script_and_no_other_host() -> None:
    text = Client().get("/").content.decode()

    assert not re.findall(r"<script|<style|\sstyle=|\son\w+=", text)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)


@pytest.mark.django_db
def test_all_its_links_and_pictures_are_there() -> None:
    text = Client().get("/").content.decode()

    for address in set(re.findall(r'(?:src|href)="(/[^"]*)"', text)) - {"/", "/readyz"}:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        else:
            assert Client().get(address).status_code in (200, 302), address
