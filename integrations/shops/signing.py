"""The signature that both kinds of shop put on their webhooks.

Shopify: X-Shopify-Hmac-Sha256, with the app's client secret (or the one shown below the shop's
notifications). WooCommerce: X-WC-Webhook-Signature, with the webhook's own secret.
Source: shopify.dev, "Verify webhooks"; woocommerce/includes/class-wc-webhook.php.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def signature(body: bytes, secret: str) -> str:
    """Base64 of the HMAC-SHA256 of the bytes as they were sent."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, given: str, secret: str) -> bool:
    """Whether `given` is the signature of `body`; never without a secret."""
    return bool(secret) and hmac.compare_digest(signature(body, secret).encode(), given.encode())
