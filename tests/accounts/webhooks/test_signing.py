"""Signatures as their receivers check them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from accounts.partners import new_webhook_secret
from accounts.webhooks.javascript_json import javascript_json
from accounts.webhooks.signing import own_headers, secret_bytes, standard_headers

SENT_AT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
BODY = b'{"type":"webhook.test"}'

# How a receiver checks: it parses, writes again, and compares.
RECEIVER = """
const crypto = require("crypto");
const [signature, secret] = process.argv.slice(1);
const parsed = JSON.parse(require("fs").readFileSync(0, "utf8"));
const mac = crypto.createHmac("sha256", secret).update(JSON.stringify(parsed)).digest("hex");
process.stdout.write(String(signature === "sha256=" + mac));
"""


def test_each_valid_secret_signs_id_time_and_body() -> None:
    secrets = [new_webhook_secret(), new_webhook_secret()]
    headers = standard_headers(message_id="msg_1", sent_at=SENT_AT, body=BODY, secrets=secrets)
    signed = f"msg_1.{int(SENT_AT.timestamp())}.".encode() + BODY
    expected = [
        "v1," + base64.b64encode(hmac.digest(secret_bytes(s), signed, hashlib.sha256)).decode()
        for s in secrets
    ]
    assert headers["webhook-signature"].split(" ") == expected


def test_a_secret_of_any_form_signs() -> None:
    assert secret_bytes("whsec_" + base64.b64encode(b"key").decode()) == b"key"
    assert secret_bytes("whsec_your_secret_here") == b"whsec_your_secret_here"


def test_a_javascript_receiver_that_writes_the_body_again_agrees() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    body = javascript_json({"event": "deployment.success", "größe": 7.0, "2": "é\u2028", "1": []})
    signature = own_headers("shopiq", body=body, secret="whsec_s")["x-shopiq-signature"]
    command = [node, "-e", RECEIVER, "--", signature, "whsec_s"]
    answer = subprocess.run(command, input=body, capture_output=True, check=True).stdout
    assert answer == b"true"


@pytest.mark.parametrize(
    ("scheme", "header"),
    [("paqshot", "X-Paqshot-Signature"), ("prodvisual", "X-ProdVisual-Signature")],
)
def test_the_other_surfaces_write_the_bare_digest(scheme: str, header: str) -> None:
    digest = hmac.new(b"s", BODY, hashlib.sha256).hexdigest()
    assert own_headers(scheme, body=BODY, secret="s") == {header: digest}


def test_without_a_secret_there_is_no_own_header() -> None:
    assert own_headers("shopiq", body=BODY, secret="") == {}
