"""How a customer of ProdVisual's orders, and reads a refusal."""

from __future__ import annotations

from typing import Any

BASE = "/compat/prodvisual/v1"
ORDER = {
    "image_url": "https://example.com/my-product.jpg",
    "style": "lifestyle",
    "platform": "amazon",
    "format": "png",
}
HOOK = {"webhook_url": "https://yoursite.com/webhook/prodvisual"}


def refused(answer: Any) -> tuple[int, str]:
    """Status and code of an error, whose body has the documented three fields."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "status"}
    assert body["error"]["message"]
    assert body["error"]["status"] == answer.status_code
    return answer.status_code, body["error"]["code"]
