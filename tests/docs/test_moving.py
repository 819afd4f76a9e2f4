"""The guides for moving here, followed to the letter: every line in order, with a live key."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from accounts import keys
from accounts.models import Partner
from accounts.partners import new_webhook_secret
from accounts.webhooks import sending, signing
from accounts.webhooks.models import Delivery
from imaging.models import Generation
from tests.api.conftest import engines, partner, rich, worker  # noqa: F401 (fixtures)
from tests.docs.pages import Call, blocks, calls

pytestmark = pytest.mark.django_db(transaction=True)

GUIDES = {
    "paqshot": "moving-from-paqshot.md",
    "prodvisual": "moving-from-prodvisual.md",
    "qamera": "moving-from-qamera.md",
}
SIGNED = ("paqshot", "prodvisual")
WAITING = {"pending", "processing", "PENDING", "PROCESSING"}

Words = dict[str, str]


@pytest.fixture
def words(live_server: Any, settings: Any, partner: Partner) -> Words:  # noqa: F811
    """What the names in the guides stand for, as `var/demo.env` says."""
    settings.PUBLIC_URL = live_server.url
    partner.webhook_secret = new_webhook_secret()
    partner.rate_minute = 100_000  # a slow machine polls more often
    partner.save(update_fields=["webhook_secret", "rate_minute"])
    return {
        "$BASE": live_server.url,
        "http://localhost:8000": live_server.url,
        "$LIVE_KEY": keys.create_key(partner=partner).key,
    }


def filled(text: str, words: Words) -> str:
    for name, value in words.items():
        text = text.replace(name, value)
    assert "$" not in text, "the guide does not say where this comes from"
    return text


def send(call: Call, words: Words) -> Any:
    """The answer; of something that waits, once it waits no more."""
    until = time.monotonic() + 20
    while True:
        answer = httpx2.request(
            "POST" if call.body else "GET",
            filled(call.url, words),
            headers={name: filled(value, words) for name, value in call.headers.items()},
            content=filled(call.body, words),
        )
        assert answer.is_success, answer.text
        body = answer.json()
        rows = body.get("packshots", [body])
        if call.body or not any(row.get("status") in WAITING for row in rows):
            return body
        assert time.monotonic() < until, body
        time.sleep(0.05)


def learn(words: Words, body: Mapping[str, Any]) -> None:
    """Note what the guide tells its reader to keep."""
    for name, field in (("$ID", "id"), ("$BATCH", "batch_id")):
        if field in body:
            words[name] = body[field]
    if records := body.get("createdRecordIds"):
        words["$RECORD"] = records[0]


def follow(guide: str, words: Words) -> list[Any]:
    """What each line of a guide is answered."""
    answers = []
    for call in calls(guide):
        body = send(call, words)
        learn(words, body)
        answers.append(body)
    return answers


@pytest.mark.parametrize("vendor", GUIDES)
def test_a_guide_can_be_followed_line_by_line(vendor: str, words: Words, worker: None) -> None:  # noqa: F811
    answers = follow(GUIDES[vendor], words)

    assert len(answers) >= 3
    made = Generation.objects.filter(surface=vendor)
    assert made.exists()
    assert {generation.status for generation in made} == {"succeeded"}


def test_the_paqshot_guide_ends_with_a_list_of_what_it_made(words: Words, worker: None) -> None:  # noqa: F811
    ordered, polled, listed = follow(GUIDES["paqshot"], words)

    assert (ordered["status"], polled["status"]) == ("processing", "completed")
    assert listed["data"] == [polled]


def test_the_prodvisual_guide_leads_to_a_batch_of_three(words: Words, worker: None) -> None:  # noqa: F811
    *_, batch = follow(GUIDES["prodvisual"], words)

    assert [item["status"] for item in batch["results"]] == ["completed"] * 3


def test_the_qamera_guide_leads_to_an_approved_packshot(words: Words, worker: None) -> None:  # noqa: F811
    *_, approved, _ = follow(GUIDES["qamera"], words)

    [packshot] = approved["packshots"]
    assert (packshot["id"], packshot["voting"]) == (words["$RECORD"], "APPROVED")
    assert packshot["name"] == "White T-Shirt Packshot"


@pytest.mark.parametrize("vendor", SIGNED)
def test_what_a_test_key_can_do_is_what_the_guide_says(
    vendor: str,
    words: Words,
    partner: Partner,  # noqa: F811
) -> None:
    words["$LIVE_KEY"] = keys.create_key(partner=partner, environment="test").key

    answers = follow(GUIDES[vendor], words)

    assert all(answers)
    assert not Generation.objects.exists()


# --- Webhooks ------------------------------------------------------------------------------------

Verify = Callable[[bytes, dict[str, str], str], bool]


def in_python(guide: str, folder: Path) -> Verify:
    names: dict[str, Any] = {}
    exec(blocks(guide, "python")[0], names)  # noqa: S102 (our own page)
    verify: Verify = names["verify"]
    return verify


def in_node(guide: str, folder: Path) -> Verify:
    (folder / "verify.mjs").write_text(blocks(guide, "javascript")[0])
    (folder / "main.mjs").write_text(
        'import { readFileSync } from "node:fs";\nimport { verify } from "./verify.mjs";\n'
        "const [body, headers, secret] = JSON.parse(readFileSync(0));\n"
        "console.log(verify(Buffer.from(body), headers, secret));\n"
    )
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")

    def verify(body: bytes, headers: dict[str, str], secret: str) -> bool:
        done = subprocess.run(
            [node, "main.mjs"],
            cwd=folder,
            input=json.dumps([body.decode(), headers, secret]),
            capture_output=True,
            text=True,
            check=True,
        )
        return bool(json.loads(done.stdout))

    return verify


@pytest.mark.parametrize("language", [in_python, in_node])
@pytest.mark.parametrize("vendor", SIGNED)
def test_the_guide_verifies_what_is_sent_and_nothing_else(
    vendor: str,
    language: Callable[[str, Path], Verify],
    words: Words,
    partner: Partner,  # noqa: F811
    worker: None,  # noqa: F811
    tmp_path: Path,
) -> None:
    follow(GUIDES[vendor], words)
    secret = partner.webhook_secret if vendor == "paqshot" else words["$LIVE_KEY"]
    body, headers = sending.signed(Delivery.objects.filter(scheme=vendor)[0])
    headers = {name.lower(): value for name, value in headers.items()}

    verify = language(GUIDES[vendor], tmp_path)

    assert signing.SCHEMES[vendor].header.lower() in headers
    assert verify(body, headers, secret)
    assert not verify(body + b" ", headers, secret)
    assert not verify(body, headers, "another secret")
