"""Every kind of product the scene renderer can draw; importing this package registers them all."""

from __future__ import annotations

from . import (
    beauty,
    beauty_makeup,
    electronics,
    fashion,
    food,
    home,
    home_furniture,
    home_table,
    home_textiles,
    toys,
)

__all__ = [
    "beauty",
    "beauty_makeup",
    "electronics",
    "fashion",
    "food",
    "home",
    "home_furniture",
    "home_table",
    "home_textiles",
    "toys",
]
