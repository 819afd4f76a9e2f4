"""For mkdocs: no page is left out of the navigation.

`mkdocs.yml` orders the pages it knows; any that was forgotten comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def on_config(config: Any) -> Any:
    """The configuration with every page of its folder in `nav`."""
    named = set(_pages(config["nav"]))
    left = sorted(
        page.name for page in Path(config["docs_dir"]).glob("*.md") if page.name not in named
    )
    if left:
        config["nav"].append({"More": left})
    return config


def _pages(nav: Any) -> Iterator[str]:
    """Every page in a part of the navigation."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from _pages(part)
