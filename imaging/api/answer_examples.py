"""Answers as a reader of the reference meets them; a test holds them to their schemas."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_GENERATION = "5b0c7e0e-6f0f-4a52-9d7c-0f5c9d0c2a11"
_FILES = "https://pictures.example/media/partners/acme"
_POLL = f"https://api.example/partner/v1/generations/{_GENERATION}"


def _whole(data: Json, *, message: str = "Success") -> Json:
    return {
        "success": True,
        "message": message,
        "data": data,
        "timestamp": "2026-03-01T10:30:00.000Z",
    }


def _outcome(**more: Any) -> Json:
    return {
        "mode": "fast",
        "resolution": "1k",
        "pointsUsed": 8,
        "tier": "starter",
        "costPerOperation": 8,
        "remainingBalance": 4992,
        "processingTimeMs": 5210,
        "totalTimeMs": 5480,
        "generationId": _GENERATION,
        "recipeId": "9f2c4e6a8b0d1f3e5a7c9e1b3d5f7a9c0e2d4f6a8b1c3e5d7f9a0b2c4d6e8f01",
        "engine": {"name": "studio", "version": "2", "kind": "procedural", "neural": False},
        "model": "studio",
        "seed": 1234567,
        "notes": [],
        "understood": ["handbag", "marble"],
        "notUnderstood": [],
        **more,
    }


CREATED = _whole({"imageUrl": f"{_FILES}/generated/bag.png", **_outcome()})
MADE = _whole(
    {
        "imageUrls": [f"{_FILES}/packshots/mug.png"],
        **_outcome(understood=["white"], fidelity=1, metadata={"sku": "MUG-1"}),
    }
)
ACCEPTED = _whole(
    {
        "id": _GENERATION,
        "status": "queued",
        "pollUrl": _POLL,
        "eventsUrl": f"{_POLL}/events",
        "estimatedSeconds": 7,
    },
    message="Accepted",
)
