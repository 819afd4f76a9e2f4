"""What the pages tell people to send and to run, sent and run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from accounts import keys, scopes
from accounts.models import Partner
from config.openapi import document
from imaging import fetch, photos
from integrations import merchants
from tests.api.conftest import partner  # noqa: F401 (a fixture)
from tests.docs.pages import DOCS, Call, blocks, calls
from tests.integrations.conftest import SARAH

pytestmark = pytest.mark.django_db(transaction=True)

OURS = (
    "quick-start.md", "image-api.md", "styles.md", "accounts-and-stores.md", "webhooks.md",
    "patterns.md",
)  # fmt: skip
CALLS = [call for page in OURS for call in calls(page)]
PROGRAMS = [
    (page, code) for page in ("quick-start.md", "clients.md") for code in blocks(page, "python")
]

# Not the merchant whom the pages themselves create.
ANN = {
    **SARAH,
    "email": "ann@nova.example",
    "mobileNumber": {"value": "9876501234", "countryCode": 91},
}


@pytest.fixture
def words(live_server: Any, settings: Any, partner: Partner) -> dict[str, str]:  # noqa: F811
    """What the names in the pages stand for. Live keys are test keys here."""
    settings.PUBLIC_URL = live_server.url
    test_key = keys.create_key(partner=partner, environment="test").key
    return {
        "$BASE": live_server.url,
        "$LIVE_KEY": test_key,
        "$TEST_KEY": test_key,
        "$MANAGEMENT_KEY": keys.create_key(partner=partner, kind="management").key,
        "http://localhost:8000": live_server.url,
        "sq_live_...": test_key,
        "sq_mgmt_...": keys.create_key(partner=partner, kind="management").key,
        "665a1f2e3b4c5d6e7f8a9b0c": str(merchants.create(partner=partner, body=ANN).pk),
    }


def filled(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(name, value)
    return text


def test_the_pages_have_curl_lines() -> None:
    assert len(CALLS) >= 6


@pytest.mark.parametrize("call", CALLS, ids=[f"{call.page} {call.url}" for call in CALLS])
def test_a_curl_line_is_answered_with_success(call: Call, words: dict[str, str]) -> None:
    answer = httpx2.request(
        "POST" if call.body else "GET",
        filled(call.url, words),
        headers={name: filled(value, words) for name, value in call.headers.items()},
        content=filled(call.body, words),
    )

    assert answer.is_success, answer.text
    assert answer.json()["success"] is True


@pytest.mark.parametrize(("page", "code"), PROGRAMS)
def test_a_python_example_runs(
    page: str, code: str, words: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (40, 30), "#884422").save(tmp_path / "mug.jpg")
    monkeypatch.chdir(tmp_path)

    exec(compile(filled(code, words), page, "exec"), {"__name__": page})  # noqa: S102 (our own page)


def test_the_errors_page_names_every_code() -> None:
    codes = document()["components"]["schemas"]["ApiError"]["properties"]["code"]["enum"]
    page = (DOCS / "errors.md").read_text()

    assert [code for code in codes if f"`{code}`" not in page] == []


def test_the_image_page_says_how_much_is_taken(settings: Any) -> None:
    page = (DOCS / "image-api.md").read_text()

    for most in (settings.DATA_UPLOAD_MAX_MEMORY_SIZE, photos.UPLOAD_MAX_BYTES, fetch.MAX_BYTES):
        assert f"{most // 2**20} MB" in page


def test_the_concepts_page_names_every_scope() -> None:
    page = (DOCS / "concepts.md").read_text()

    assert set(re.findall(r"`(\w+:\w+)`", page)) == scopes.EVERY


def test_the_example_of_an_error_is_one() -> None:
    shown = json.loads(blocks("errors.md", "json")[0])

    assert set(shown) == {"success", "message", "code", "param", "timestamp", "correlationId"}
