"""How a customer of Paqshot's orders, and reads a refusal."""

from __future__ import annotations

from typing import Any

BASE = "/compat/paqshot/v1"
ORDER = {
    "product_image": "https://yourdomain.com/product.jpg",
    "style": "studio_packshot",
    "background": "white",
    "aspect_ratio": "1:1",
}


def refused(answer: Any) -> tuple[int, str]:
    """Status and code of an error, whose body has no more than the documented two fields."""
    body = answer.json()
    assert set(body) == {"error", "message"}
    assert body["message"]
    return answer.status_code, body["error"]
