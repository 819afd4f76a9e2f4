"""Prices in store templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from integrations.storefronts.pages import Shop

register = template.Library()


@register.simple_tag
def price(shop: Shop, amount: Decimal) -> str:
    """An amount as the shop shows it."""
    return shop.price(amount)
