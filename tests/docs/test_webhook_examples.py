"""The verification code on the webhooks page, run against messages as the server signs them.

Python and Node are on every machine that runs the tests; PHP, Go and Ruby where they are.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.partners import new_webhook_secret
from accounts.webhooks import signing
from tests.docs.pages import blocks

SECRET = new_webhook_secret()
BODY = '{"type":"webhook.test","data":{"message":"Größe"}}'


@dataclass(frozen=True)
class Language:
    """How an example becomes a program that reads [body, headers, secret] from standard input and
    prints true or false."""

    program: str
    example: str
    driver: str
    run: tuple[str, ...]
    driver_code: str


LANGUAGES = {
    "python": Language(
        sys.executable,
        "verify.py",
        "main.py",
        ("main.py",),
        "import json, sys\nfrom verify import verify\n"
        "body, headers, secret = json.load(sys.stdin)\n"
        "print(str(verify(body.encode(), headers, secret)).lower())\n",
    ),
    "javascript": Language(
        "node",
        "verify.mjs",
        "main.mjs",
        ("main.mjs",),
        'import { readFileSync } from "node:fs";\nimport { verify } from "./verify.mjs";\n'
        "const [body, headers, secret] = JSON.parse(readFileSync(0));\n"
        "console.log(verify(Buffer.from(body), headers, secret));\n",
    ),
    "php": Language(
        "php",
        "verify.php",
        "main.php",
        ("main.php",),
        "<?php require 'verify.php';\n"
        "[$body, $headers, $secret] = json_decode(file_get_contents('php://stdin'), true);\n"
        "echo json_encode(verify($body, $headers, $secret));\n",
    ),
    "go": Language(
        "go",
        "verify.go",
        "main.go",
        ("run", "verify.go", "main.go"),
        'package main\nimport ("encoding/json"; "fmt"; "net/http"; "os")\nfunc main() {\n'
        "var body, secret string; var headers map[string]string\n"
        "json.NewDecoder(os.Stdin).Decode(&[]any{&body, &headers, &secret})\n"
        "known := http.Header{}\nfor name, value := range headers { known.Set(name, value) }\n"
        "fmt.Println(Verify([]byte(body), known, secret))\n}\n",
    ),
    "ruby": Language(
        "ruby",
        "verify.rb",
        "main.rb",
        ("main.rb",),
        'require "json"\nrequire_relative "verify"\n'
        "body, headers, secret = JSON.parse($stdin.read)\nputs verify(body, headers, secret)\n",
    ),
}
ALWAYS = {"python", "javascript"}
HERE = [name for name, it in LANGUAGES.items() if name in ALWAYS or shutil.which(it.program)]


@pytest.fixture(params=HERE)
def verified(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Asks one language's example whether a message is genuine."""
    name = request.param
    language = LANGUAGES[name]
    program = shutil.which(language.program)
    if program is None:
        pytest.skip(f"{language.program} is not installed")
    (tmp_path / language.example).write_text(blocks("webhooks.md", name)[0])
    (tmp_path / language.driver).write_text(language.driver_code)
    env = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GO111MODULE": "off"}

    def ask(body: str, headers: dict[str, str]) -> bool:
        done = subprocess.run(
            [program, *language.run],
            cwd=tmp_path,
            env=env,
            input=json.dumps([body, headers, SECRET]),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        answer: bool = json.loads(done.stdout)
        return answer

    return ask


def signed(secret: str = SECRET, age: timedelta = timedelta()) -> dict[str, str]:
    sent_at = datetime.now(UTC) - age
    return signing.standard_headers(
        message_id="msg_1",
        sent_at=sent_at,
        body=BODY.encode(),
        secrets=[new_webhook_secret(), secret],
    )


def test_an_example_accepts_what_is_genuine_and_nothing_else(verified: Any) -> None:
    assert verified(BODY, signed())

    assert not verified(BODY + " ", signed())
    assert not verified(BODY, signed(new_webhook_secret()))
    assert not verified(BODY, signed(age=timedelta(minutes=6)))
    assert not verified(BODY, {})


@pytest.mark.parametrize("surface", signing.SCHEMES)
def test_the_example_for_a_surfaces_own_header_accepts_it(surface: str) -> None:
    names: dict[str, Any] = {}
    exec(blocks("webhooks.md", "python")[1], names)  # noqa: S102 (our own page)
    (given,) = signing.own_headers(surface, body=BODY.encode(), secret=SECRET).values()

    given = given.removeprefix("sha256=")
    assert names["verify_surface"](BODY.encode(), given, SECRET)
    assert not names["verify_surface"](BODY.encode() + b" ", given, SECRET)
