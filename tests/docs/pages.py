"""Reading the pages: their code blocks, and the curl lines in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCED = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Call:
    """One curl line: where it goes, what it says. Names such as $BASE are left as they are."""

    page: str
    url: str
    headers: dict[str, str]
    body: str


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of this language on a page, in order."""
    text = (DOCS / page).read_text()
    return [code for name, code in _FENCED.findall(text) if name == language]


def calls(page: str) -> list[Call]:
    """Every curl line on a page."""
    indented = [
        line.removeprefix("    ") if line.startswith("    ") else ""
        for line in (DOCS / page).read_text().splitlines()
    ]
    commands = "\n".join(indented).split("\n\n")
    return [_call(page, command) for command in commands if command.strip().startswith("curl")]


def _call(page: str, command: str) -> Call:
    words = iter(shlex.split(command.strip().replace("\\\n", " "))[1:])
    url, body, headers = "", "", {}
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif not word.startswith("-"):
            url = word
    return Call(page, url, headers, body)
