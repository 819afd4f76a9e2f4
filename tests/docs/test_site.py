"""The documentation is a site whose links lead somewhere and that asks no other host."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

_LOADED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']?(https?:[^\"'> ]+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. A link that leads nowhere fails the build."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-d", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_it(site: Path) -> None:
    pages = {page.stem for page in DOCS.glob("*.md")}

    assert pages <= {page.stem for page in site.glob("*.html")}


def test_every_page_can_be_found_from_the_first(site: Path) -> None:
    first = (site / "index.html").read_text()

    assert [page.stem for page in DOCS.glob("*.md") if f"{page.stem}.html" not in first] == []


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    loaded = {
        address for page in site.glob("*.html") for address in _LOADED.findall(page.read_text())
    }
    styles = "".join(sheet.read_text() for sheet in site.rglob("*.css"))

    assert loaded == set()
    assert "url(http" not in styles
    assert "@import" not in styles
