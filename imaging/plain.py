"""An answer as the JSON it would be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from accounts.api.envelope import json_response


def plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """`answer` with decimals, times and ids written as the API writes them."""
    parsed: dict[str, Any] = json.loads(json_response(answer).content)
    return parsed
