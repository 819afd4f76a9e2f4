"""The same request for three tools: curl, Python, JavaScript. To copy and run as they stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pprint import pformat
from typing import Any, NamedTuple

from django.conf import settings

KEY_PLACE = "$API_KEY"


class Snippet(NamedTuple):
    """One tool's version: its id in the page, its name, its text."""

    tool: str
    label: str
    text: str


def first_call(key: str) -> list[Snippet]:
    """A first request with `key`: a packshot of a sample photo that this server serves."""
    photo = f"{settings.PUBLIC_URL}/static/samples/mug.jpg"
    body = {"productImage": photo, "background": "#ffffff", "shadow": "soft"}
    return request_snippets("/partner/v1/image/packshot", body, key=key)


def request_snippets(path: str, body: Mapping[str, Any], *, key: str = KEY_PLACE) -> list[Snippet]:
    """`POST path` with a JSON `body`. Without a key, each names the variable that holds it."""
    url, data = f"{settings.PUBLIC_URL}{path}", json.dumps(body, indent=2, ensure_ascii=False)
    return [
        Snippet("curl", "curl", _curl(url, data, key)),
        Snippet("python", "Python", _python(url, body, key)),
        Snippet("javascript", "JavaScript", _javascript(url, data, key)),
    ]


def _curl(url: str, data: str, key: str) -> str:
    quoted = data.replace("'", "'\\''")
    return (
        f'curl {url} \\\n  -H "X-API-Key: {key}" \\\n'
        f"  -H \"Content-Type: application/json\" \\\n  -d '{quoted}'"
    )


def _python(url: str, body: Mapping[str, Any], key: str) -> str:
    secret = 'os.environ["API_KEY"]' if key == KEY_PLACE else json.dumps(key)
    data = pformat(dict(body), sort_dicts=False, width=72)
    first = "import os\n" if key == KEY_PLACE else ""
    return (
        f"{first}import requests\n\nanswer = requests.post(\n"
        f'    "{url}",\n    headers={{"X-API-Key": {secret}}},\n'
        f"    json={_indented(data, 9)},\n)\nanswer.raise_for_status()\n"
        'print(answer.json()["data"])'
    )


def _javascript(url: str, data: str, key: str) -> str:
    secret = "process.env.API_KEY" if key == KEY_PLACE else json.dumps(key)
    return (
        f'const answer = await fetch("{url}", {{\n  method: "POST",\n  headers: {{\n'
        f'    "X-API-Key": {secret},\n    "Content-Type": "application/json",\n  }},\n'
        f"  body: JSON.stringify({_indented(data, 2)}),\n}});\n"
        "console.log((await answer.json()).data);"
    )


def _indented(text: str, by: int) -> str:
    """All lines but the first moved right."""
    return text.replace("\n", "\n" + " " * by)
