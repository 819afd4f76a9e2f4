"""Finished files against the rules of their marketplace."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from imaging.engines import compliance, presets
from imaging.engines.base import Made, Recipe, Unwatched
from imaging.engines.encode import Metadata, encode
from imaging.engines.studio.packshot import packshot
from tests.engines.drawn import photo

SMALL = replace(presets.platform("amazon"), least_side=200, most_side=400)


def file(
    size: tuple[int, int] = (300, 300),
    *,
    backdrop: tuple[int, int, int] = (255, 255, 255),
    fill: float = 0.9,
    kind: str = "jpeg",
) -> bytes:
    """A red square on a backdrop."""
    pixels = np.full((size[1], size[0], 3), backdrop, np.uint8)
    high, wide = round(size[1] * fill), round(size[0] * fill)
    top, left = (size[1] - high) // 2, (size[0] - wide) // 2
    pixels[top : top + high, left : left + wide] = (180, 30, 40)
    buffer = io.BytesIO()
    options = {"subsampling": 0} if kind == "jpeg" else {"lossless": True}
    Image.fromarray(pixels).save(buffer, kind, quality=95, **options)
    return buffer.getvalue()


def breaches(data: bytes, platform: presets.Platform = SMALL) -> list[str]:
    return [found.rule for found in compliance.report(data, platform) if not found.passed]


def test_a_file_that_keeps_every_rule_passes_each() -> None:
    found = compliance.report(file(), SMALL)

    assert [finding.rule for finding in found] == ["size", "background", "fill", "format", "bytes"]
    assert all(finding.passed for finding in found)
    assert found[2].actual == "90%"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (file((160, 160)), "size"),
        (file((500, 500)), "size"),
        (file(backdrop=(252, 252, 252)), "background"),
        (file(fill=0.7), "fill"),
        (file(kind="webp"), "format"),
    ],
)
def test_each_breach_is_found_alone(data: bytes, rule: str) -> None:
    assert breaches(data) == [rule]


def test_too_many_bytes_are_a_breach() -> None:
    assert breaches(file(), replace(SMALL, most_megabytes=0.001)) == ["bytes"]


def test_where_any_background_will_do_none_is_a_breach() -> None:
    assert breaches(file(backdrop=(200, 190, 180)), replace(SMALL, white_only=False)) == []


def test_a_white_product_is_measured_by_where_it_was_put() -> None:
    white = file(fill=0.0)

    assert breaches(white) == ["fill"]
    known = compliance.report(white, SMALL, (15, 15, 270, 270))
    assert all(finding.passed for finding in known)


def test_of_several_pictures_the_breach_is_told() -> None:
    good, bad = (compliance.report(file(fill=fill), SMALL) for fill in (0.9, 0.5))

    assert [finding.passed for finding in compliance.worst([good, bad])].count(False) == 1
    assert compliance.worst([good, good]) == good


@pytest.mark.parametrize("name", list(presets.platforms()))
def test_what_a_preset_makes_keeps_its_rules(name: str) -> None:
    """At an eighth of the size; the rule of size is checked when the presets are read."""
    platform = presets.platform(name)
    small = replace(platform, least_side=1)
    recipe = Recipe(
        operation="packshot",
        width=platform.width // 8,
        height=platform.height // 8,
        seed=4,
        platform=name,
    )
    made = packshot(recipe, photo(256, 256), Unwatched())
    assert isinstance(made, Made)
    described = Metadata(source_type="compositeSynthetic", recipe_id="0" * 64, software="test")
    data = encode(made.pictures[0].pixels, format=platform.format, quality=90, metadata=described)

    box = tuple(made.details["pictures"][0]["product"])
    found = compliance.report(data, small, box)

    assert [finding for finding in found if not finding.passed] == []
