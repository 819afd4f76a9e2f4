"""The client's types against the server's own description: no name too many, none missing."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest

from config.openapi import document
from softbox import answers, wishes

REQUESTS = {
    "CreateImageRequest": (wishes.CreateWishes, {"prompt"}),
    "EnhanceImagesRequest": (wishes.EnhanceWishes, {"images"}),
    "MakePackshotRequest": (wishes.PackshotWishes, set()),
    "EditImageRequest": (wishes.EditWishes, {"image", "operations"}),
    "RegenerateRequest": (wishes.Around, set()),
}
ANSWERS = (
    *("CreatedImage", "MadeImages", "AcceptedJob", "DryRun", "GenerationSummary", "Generation"),
    *("CancelledGeneration", "ReviewedGeneration", "AcceptedBatch", "BatchSummary", "Batch"),
    *("BatchDryRun", "Product", "Usage", "RenderLink"),
)
CHOICES = {
    "aspectRatio": wishes.AspectRatio,
    "mode": wishes.Mode,
    "resolution": wishes.Resolution,
    "format": wishes.Format,
    "shadow": wishes.Shadow,
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"]
    return found


@pytest.mark.parametrize("name", REQUESTS)
def test_an_order_takes_every_wish_and_no_other(schemas: dict[str, Any], name: str) -> None:
    wished, positional = REQUESTS[name]

    taken = {wishes.camel(wish) for wish in get_type_hints(wished)}

    # dryRun is `client.quote`.
    assert taken == set(schemas[name]["properties"]) - positional - {"dryRun"}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_every_field_and_no_other(schemas: dict[str, Any], name: str) -> None:
    shape: Any = getattr(answers, name)

    assert set(shape.__annotations__) == set(schemas[name]["properties"])


@pytest.mark.parametrize("name", CHOICES)
def test_the_words_of_a_wish_are_the_servers(schemas: dict[str, Any], name: str) -> None:
    field = schemas["MakePackshotRequest"]["properties"][name]

    assert list(get_args(CHOICES[name])) == field["enum"]


def test_the_decisions_are_the_servers(schemas: dict[str, Any]) -> None:
    decisions = schemas["ReviewRequest"]["properties"]["decision"]["enum"]

    assert list(get_args(wishes.Decision)) == decisions
