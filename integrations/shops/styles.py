"""Which pictures a product gets: a role each, in a style that the shop's link can change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.errors import InvalidRequest
from imaging import recipes
from imaging.engines import presets
from imaging.recipes import Order
from integrations.shops.models import ShopPicture
from integrations.shops.told import Photo

Role = ShopPicture.Role

DEFAULT: Mapping[str, str] = {
    Role.HERO: "white_bg",
    Role.ANGLE: "white_bg",
    Role.LIFESTYLE: "lifestyle",
    Role.SQUARE: "social_square",
}
MOST_ANGLES = 8
"""Further photos of one product that get a picture each."""

_ALT: Mapping[str, str] = {
    Role.HERO: "{title}",
    Role.ANGLE: "{title}, another view",
    Role.LIFESTYLE: "{title} in its surroundings",
    Role.SQUARE: "{title} on a coloured background",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One picture that a product is to have."""

    role: str
    style: str
    photo: Photo


def read_styles(value: Any) -> dict[str, str]:
    """Role -> style from `{"hero": "marble", "square": null}`: null leaves a role out, what is not
    named keeps its default. Raises InvalidRequest."""
    if value is None:
        return dict(DEFAULT)
    if not isinstance(value, Mapping):
        raise InvalidRequest("styles must be an object", param="styles")
    if strangers := [name for name in value if name not in DEFAULT]:
        raise InvalidRequest(
            f"Unknown role '{strangers[0][:40]}'. Supported: {', '.join(DEFAULT)}", param="styles"
        )
    for style in value.values():
        if style is not None and (not isinstance(style, str) or style not in presets.styles()):
            raise InvalidRequest(
                f"Unknown style. Supported: {', '.join(presets.styles())}", param="styles"
            )
    chosen = {str(role): value.get(role, style) for role, style in DEFAULT.items()}
    kept = {role: style for role, style in chosen.items() if style is not None}
    if not kept:
        raise InvalidRequest("styles must leave at least one picture", param="styles")
    return kept


def wishes(styles: Mapping[str, str], photos: Sequence[Photo]) -> list[Wish]:
    """What a product with these photos of the merchant's gets, in the order it is written back."""
    if not photos:
        return []
    leading, further = photos[0], photos[1 : 1 + MOST_ANGLES]
    every = [
        (Role.HERO, leading),
        *((Role.ANGLE, photo) for photo in further),
        (Role.LIFESTYLE, leading),
        (Role.SQUARE, leading),
    ]
    return [Wish(role, styles[role], photo) for role, photo in every if role in styles]


def order(picture: ShopPicture, *, shop: str) -> Order:
    """The order of one packshot, in its style's own format. Raises InvalidRequest."""
    return recipes.packshot_order(
        {
            "productImage": picture.source_url,
            "style": picture.style,
            "aspectRatio": presets.style(picture.style).aspect_ratio,
            "metadata": {
                "shop": shop,
                "shopProduct": picture.product.remote_id,
                "picture": picture.role,
            },
        }
    )


def alt_text(picture: ShopPicture) -> str:
    """What the picture shows, for those who cannot see it."""
    return _ALT[picture.role].format(title=picture.product.title or "Product")
