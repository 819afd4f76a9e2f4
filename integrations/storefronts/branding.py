"""A brand's look: its logo (fetched, or drawn from its name) and a palette taken from it."""

from __future__ import annotations

import colorsys
import hashlib
import io
import logging
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.engines.base import EngineError, Pixels
from imaging.engines.picture import decode, flatten
from imaging.fetch import DownloadFailed, fetch_picture
from integrations.storefronts.models import Storefront

logger = logging.getLogger(__name__)

_LOGO_HEIGHT, _LOGO_WIDEST = 128, 640
_ICON_SIDE = 192
_READABLE = 4.5  # WCAG 2.2, contrast of text
_INK = "#1b1b1f"

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as #rrggbb. White text is readable on `accent`, `accent` on `paper` and `tint`."""

    accent: str
    tint: str
    paper: str = "#ffffff"
    ink: str = _INK


@dataclass(frozen=True, slots=True)
class Brand:
    """What a store shows of its brand. `logo` and `icon` are PNG files."""

    logo: bytes
    logo_size: tuple[int, int]
    icon: bytes
    palette: Palette


def brand_of(storefront: Storefront) -> Brand:
    """The brand's own logo where one was named and can be had, else one drawn from its name."""
    given = _fetched(storefront) if storefront.logo_url else None
    hue = _hue_of(storefront.brand_name)
    palette = palette_of(dominant(given) if given is not None else None, hue)
    if given is None:
        logo = _wordmark(storefront.brand_name, palette)
    else:
        image = Image.fromarray(given)
        image.thumbnail((_LOGO_WIDEST, _LOGO_HEIGHT), Image.Resampling.LANCZOS)
        logo = image
    return Brand(
        logo=_png(logo),
        logo_size=logo.size,
        icon=_png(_monogram(storefront.brand_name, palette)),
        palette=palette,
    )


def _fetched(storefront: Storefront) -> Pixels | None:
    """The picture at the logo's address. A store does not wait for a server that is down."""
    try:
        data = fetch_picture(storefront.logo_url, partner_id=storefront.account.partner_id)
        return decode(data)
    except (DownloadFailed, EngineError) as error:
        logger.warning("the logo of store %s was drawn: %s", storefront.identifier, error)
        return None


# --- Colours -------------------------------------------------------------------------------------


def dominant(logo: Pixels) -> RGB | None:
    """The colour that stands for a logo: the most frequent one that is no grey. None: all grey."""
    small = np.asarray(Image.fromarray(logo).resize((64, 64)))
    opaque = small[small[..., 3] > 128][:, :3] if small.shape[2] == 4 else small.reshape(-1, 3)
    if not len(opaque):
        return None
    spread = opaque.max(1).astype(int) - opaque.min(1)
    colourful = opaque[spread > 40]
    if len(colourful) < 0.01 * small.shape[0] * small.shape[1]:
        return None
    steps, counts = np.unique(colourful // 24, axis=0, return_counts=True)
    group = (colourful // 24 == steps[counts.argmax()]).all(1)
    red, green, blue = (int(value) for value in np.median(colourful[group], axis=0))
    return red, green, blue


def palette_of(colour: RGB | None, hue: float) -> Palette:
    """A palette around `colour`; without one, around a hue (0 to 1) of medium strength."""
    if colour is not None:
        hue, _, strength = colorsys.rgb_to_hls(*(value / 255 for value in colour))
        strength = min(max(strength, 0.25), 0.85)
    else:
        strength = 0.42
    tint = _hex(colorsys.hls_to_rgb(hue, 0.965, min(strength, 0.5)))
    lightness = 0.46
    while lightness > 0.05:
        accent = _hex(colorsys.hls_to_rgb(hue, lightness, strength))
        if min(contrast(accent, "#ffffff"), contrast(accent, tint)) >= _READABLE:
            return Palette(accent=accent, tint=tint)
        lightness -= 0.02
    return Palette(accent=_INK, tint=tint)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two #rrggbb colours, 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(value * 255):02x}" for value in parts)


def _hue_of(name: str) -> float:
    return hashlib.sha256(name.encode()).digest()[0] / 256


# --- Drawing -------------------------------------------------------------------------------------


def _wordmark(name: str, palette: Palette) -> Image.Image:
    """The name in wide-set letters beside its monogram, on nothing. (w, 128) RGBA."""
    size, gap = 56, 3
    font = ImageFont.load_default(size)
    text = name if len(name) <= 24 else name[:23] + "…"
    width = round(sum(font.getlength(letter) + gap for letter in text))
    scale = min(1.0, (_LOGO_WIDEST - _LOGO_HEIGHT - 24) / max(width, 1))
    if scale < 1:
        size, gap = max(16, int(size * scale)), 2
        font = ImageFont.load_default(size)
        width = round(sum(font.getlength(letter) + gap for letter in text))
    image = Image.new("RGBA", (_LOGO_HEIGHT + 24 + width, _LOGO_HEIGHT), (255, 255, 255, 0))
    image.paste(_monogram(name, palette).resize((112, 112), Image.Resampling.LANCZOS), (8, 8))
    pen, x = ImageDraw.Draw(image), float(_LOGO_HEIGHT + 16)
    for letter in text:
        pen.text((x, _LOGO_HEIGHT / 2), letter, font=font, fill=palette.ink, anchor="lm")
        x += font.getlength(letter) + gap
    return image


def _monogram(name: str, palette: Palette) -> Image.Image:
    """The first letters of the name in a round seal. (192, 192) RGBA."""
    side = _ICON_SIDE * 4  # drawn large: Pillow's shapes have no soft edge
    image = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    pen.ellipse((8, 8, side - 8, side - 8), fill=palette.accent)
    letters = "".join(word[0] for word in name.split()[:2] if word).upper() or "S"
    font = ImageFont.load_default(side * (0.5 if len(letters) == 1 else 0.38))
    pen.text((side / 2, side / 2), letters, font=font, fill="#ffffff", anchor="mm")
    return image.resize((_ICON_SIDE, _ICON_SIDE), Image.Resampling.LANCZOS)


def social_card(name: str, line: str, palette: Palette, picture: Pixels) -> bytes:
    """What is shown where somebody shares the store: 1200 x 630 px, JPEG."""
    card = Image.new("RGB", (1200, 630), palette.tint)
    card.paste(Image.fromarray(flatten(picture)).resize((630, 630)), (570, 0))
    pen = ImageDraw.Draw(card)
    card.paste(_on(palette.tint, _monogram(name, palette), 96), (64, 96))
    pen.text((64, 260), _wrapped(name, 14), font=ImageFont.load_default(60), fill=palette.ink)
    pen.text((64, 440), _wrapped(line, 28), font=ImageFont.load_default(30), fill=palette.accent)
    out = io.BytesIO()
    card.save(out, "JPEG", quality=85)
    return out.getvalue()


def _on(colour: str, image: Image.Image, side: int) -> Image.Image:
    small = image.resize((side, side), Image.Resampling.LANCZOS)
    ground = Image.new("RGB", small.size, colour)
    ground.paste(small, mask=small.getchannel("A"))
    return ground


def _wrapped(text: str, longest: int) -> str:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < longest:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines[:3])


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
