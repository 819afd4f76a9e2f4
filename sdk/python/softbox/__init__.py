"""The Softbox Image API from Python.

with Softbox(key="sq_live_...", base_url="https://pictures.example.com") as softbox:
    made = softbox.packshot(product_image=Path("mug.jpg"), platform="amazon")
"""

from softbox import webhooks
from softbox.client import Softbox
from softbox.errors import (
    ApiError,
    Conflict,
    Forbidden,
    GenerationFailed,
    InsufficientPoints,
    InvalidRequest,
    NotFound,
    RateLimited,
    Refused,
    ServerError,
    SoftboxError,
    StillRunning,
    Unauthorized,
    Unreachable,
)
from softbox.generations import Event
from softbox.webhooks import InvalidSignature

__all__ = [
    "ApiError",
    "Conflict",
    "Event",
    "Forbidden",
    "GenerationFailed",
    "InsufficientPoints",
    "InvalidRequest",
    "InvalidSignature",
    "NotFound",
    "RateLimited",
    "Refused",
    "ServerError",
    "Softbox",
    "SoftboxError",
    "StillRunning",
    "Unauthorized",
    "Unreachable",
    "webhooks",
]
