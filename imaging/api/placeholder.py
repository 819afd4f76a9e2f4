"""GET /placeholder/<operation>/<width>x<height>.png: the picture a test key gets.

Drawn by us, of the size that was asked for, and plainly a placeholder.
"""

from __future__ import annotations

import io
from functools import lru_cache
from math import gcd

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from PIL import Image, ImageDraw, ImageFont

from accounts.api.reading import read_only
from imaging.recipes import SIDE_MAX, SIDE_MIN

TITLES = {
    "create": "Image Create",
    "enhance": "Image Enhance",
    "packshot": "Packshot",
    "edit": "Image Edit",
}
# Few colours on purpose: the file stays small and is drawn in no time at any size.
BACKDROP, FLOOR, EDGE, INK, FAINT = "#eef0f3", "#e2e5ea", "#aab2bf", "#2b3340", "#6b7585"


@read_only
def placeholder(request: HttpRequest, operation: str, width: int, height: int) -> HttpResponse:
    """The PNG. 404 for a size or an operation that no answer ever names."""
    sides_known = SIDE_MIN <= width <= SIDE_MAX and SIDE_MIN <= height <= SIDE_MAX
    if operation not in TITLES or not sides_known:
        raise Http404
    return HttpResponse(
        drawn(operation, width, height),
        content_type="image/png",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@lru_cache(maxsize=64)
def drawn(operation: str, width: int, height: int) -> bytes:
    """The placeholder as PNG bytes: a parcel on a table, and what it stands for."""
    image = Image.new("RGB", (width, height), BACKDROP)
    draw = ImageDraw.Draw(image)
    unit = min(width, height) / 100
    middle, floor = width / 2, height * 0.56
    draw.rectangle([0, floor, width, height], fill=FLOOR)
    _parcel(draw, middle, floor + 6 * unit, unit)
    lines = [
        (f"{settings.BRAND_NAME} Test", 7.5, INK),
        (TITLES[operation], 5.5, FAINT),
        (f"{_ratio(width, height)}   {width} x {height}", 4.2, FAINT),
    ]
    top = floor + 12 * unit
    for text, size, colour in lines:
        font = ImageFont.load_default(max(8, size * unit))
        draw.text((middle, top), text, font=font, fill=colour, anchor="ma")
        top += size * unit * 1.45
    buffer = io.BytesIO()
    image.quantize(32, dither=Image.Dither.NONE).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


@lru_cache(maxsize=64)
def blank(width: int, height: int) -> bytes:
    """The same without a word on it, for pages that people see: shown until a picture is made."""
    image = Image.new("RGB", (width, height), BACKDROP)
    draw = ImageDraw.Draw(image)
    unit = min(width, height) / 100
    floor = height * 0.66
    draw.rectangle([0, floor, width, height], fill=FLOOR)
    _parcel(draw, width / 2, floor + 6 * unit, unit)
    buffer = io.BytesIO()
    image.quantize(32, dither=Image.Dither.NONE).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _parcel(draw: ImageDraw.ImageDraw, x: float, base: float, unit: float) -> None:
    """A closed box in line drawing, `base` its lower front corner."""
    half, deep, high = 17 * unit, 9 * unit, 21 * unit
    stroke = max(1, round(unit * 0.7))
    left, right, back = (x - half, base - deep), (x + half, base - deep), (x, base - 2 * deep)
    front = (x, base)

    def up(point: tuple[float, float]) -> tuple[float, float]:
        return point[0], point[1] - high

    faces = [
        ([left, front, up(front), up(left)], "#d9dde4"),
        ([front, right, up(right), up(front)], "#cbd1da"),
        ([up(left), up(front), up(right), up(back)], "#f8f9fb"),
    ]
    for corners, fill in faces:
        draw.polygon(corners, fill=fill, outline=EDGE, width=stroke)


def _ratio(width: int, height: int) -> str:
    """The nearest usual aspect ratio, or the exact one where it has small terms."""
    usual = {"1:1": 1, "16:9": 16 / 9, "9:16": 9 / 16, "4:3": 4 / 3, "3:4": 3 / 4}
    usual |= {"3:2": 3 / 2, "2:3": 2 / 3}
    name = min(usual, key=lambda key: abs(usual[key] - width / height))
    if abs(usual[name] - width / height) < 0.02:
        return name
    shared = gcd(width, height)
    return f"{width // shared}:{height // shared}"
