"""How a customer of Qamera's orders, and looks at what became of it."""

from __future__ import annotations

import time
from typing import Any

from imaging.models import LIVE, Generation
from tests.api.compat.conftest import Customer

BASE = "/compat/qamera"
LIST = "/api/external/packshots"
IDEAS, UPDATE = f"{LIST}/register-ideas", f"{LIST}/update-packshot"
ORDER = {
    "config": {
        "product": {"id": "prod_abc123"},
        "preset": {"id": "preset_xyz"},
        "scenery": {"id": "scenery_001"},
    },
    "count": 10,
}


def refused(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert body["success"] is False
    assert body["message"]
    assert body["correlationId"] == answer["X-Request-Id"]
    return answer.status_code, body["code"]


def two(**more: Any) -> dict[str, Any]:
    return {"config": {"product": {"id": "prod_abc123"}, **more}, "count": 2}


def register(qamera: Customer, body: Any = None) -> list[str]:
    answer = qamera.post(IDEAS, body or two())
    assert answer.status_code == 200, answer.content
    records: list[str] = answer.json()["createdRecordIds"]
    return records


def listed(qamera: Customer, query: str = "") -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in qamera.get(LIST + query).json()["packshots"]}


def finish() -> None:
    """Wait until every packshot has ended."""
    until = time.monotonic() + 20
    while Generation.objects.filter(status__in=LIVE).exists():
        assert time.monotonic() < until
        time.sleep(0.03)
