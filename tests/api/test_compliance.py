"""Packshots for a marketplace say how the finished file keeps its rules."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Partner
from tests.api.conftest import Caller, photo

pytestmark = pytest.mark.django_db(transaction=True)


def make(one: Caller, **body: Any) -> Any:
    answer = one.post("/partner/v1/image/packshot", {"productImage": photo(), **body})
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_each_rule_is_told_with_what_was_measured(
    live: Caller, rich: Partner, worker: None
) -> None:
    data = make(live, platform="amazon", dimensions={"width": 640, "height": 640})

    rules = {finding["rule"]: finding for finding in data["compliance"]}
    assert list(rules) == ["size", "background", "fill", "format", "bytes"]
    assert rules["size"]["required"] == "long side of 1000 to 10000 px"
    assert (rules["size"]["actual"], rules["size"]["passed"]) == ("640 x 640 px", False)
    assert (rules["format"]["actual"], rules["format"]["passed"]) == ("jpeg", True)
    again = live.get(f"/partner/v1/generations/{data['generationId']}").json()["data"]
    assert again["result"]["compliance"] == data["compliance"]


def test_without_a_marketplace_there_are_no_rules(
    live: Caller, rich: Partner, worker: None
) -> None:
    assert "compliance" not in make(live)
