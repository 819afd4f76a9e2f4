"""The steps that an edit is made of: their names, and whether each may alter the product.

"Alter" is meant strictly: the colour or the shape of the product's own pixels. Cutting, moving
and resampling a picture do not count; a crop that is asked for may cut the product off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One kind of step."""

    about: str
    alters_product: bool


EDITS: Mapping[str, Edit] = {
    "removeBackground": Edit("Only the product stays, with a soft transparent edge.", False),
    "background": Edit("Another background behind the product, which stays where it is.", False),
    "shadow": Edit("The shadow under the product on its new background.", False),
    "relight": Edit("Other light and colour for the product: the one step that changes it.", True),
    "expand": Edit("More room around the picture; its background is continued.", False),
    "upscale": Edit("Larger, by resampling with clean edges; no detail is invented.", False),
    "crop": Edit("A part of the picture.", False),
    "resize": Edit("Another size in pixels.", False),
    "format": Edit("Another file format.", False),
}
MOST_STEPS = 20
FITS = ("inside", "cover", "pad")
"""How a resize meets both sides: within them, filling them and cut, or filled up with backdrop."""
