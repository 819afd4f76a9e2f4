"""The page of styles and platforms says what the presets say."""

from __future__ import annotations

import re

import pytest

from imaging.engines import presets
from tests.docs.pages import DOCS

PAGE = (DOCS / "styles.md").read_text()


@pytest.mark.parametrize("style", presets.styles().values(), ids=lambda style: style.name)
def test_a_style_has_its_line(style: presets.Style) -> None:
    line = f"| `{style.name}` | {style.label} | {style.description} | {style.aspect_ratio} |"

    assert line in PAGE


@pytest.mark.parametrize("platform", presets.platforms().values(), ids=lambda made: made.name)
def test_a_platform_has_its_line(platform: presets.Platform) -> None:
    [line] = re.findall(rf"^\| `{platform.name}` \|.*$", PAGE, re.MULTILINE)

    assert f"{platform.width} × {platform.height}, {platform.format}" in line
    assert f"{platform.least_side} to {platform.most_side} px" in line
    assert f"at most {platform.most_megabytes:g} MB" in line


def test_the_numbers_are_told_rightly() -> None:
    assert f"{len(presets.styles())} looks" in PAGE
    assert f"{len(presets.platforms())} marketplaces" in PAGE
