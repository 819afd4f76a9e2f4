"""Requests become recipes, or are refused in the documented words."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from accounts.errors import InvalidRequest
from imaging import recipes
from imaging.engines.base import Recipe

PHOTO = "https://shop.example/photo.jpg"


def refusal(build: Any, body: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as caught:
        build(body)
    return caught.value.message


def test_a_prompt_alone_gets_the_documented_defaults() -> None:
    order = recipes.create_order({"prompt": "a red mug"})

    recipe = order.recipe
    assert (recipe.aspect_ratio, recipe.mode, recipe.resolution) == ("1:1", "fast", "1k")
    assert (recipe.width, recipe.height, recipe.format) == (1024, 1024, "png")
    assert 0 <= recipe.seed < 2**32


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        ("16:9", "1k", (1024, 576)),
        ("9:16", "1k", (576, 1024)),
        ("4:3", "2k", (2048, 1536)),
        ("3:2", "1k", (1024, 680)),
        ("1:1", "4k", (4096, 4096)),
    ],
)
def test_the_resolution_names_the_long_side(
    ratio: str, resolution: str, size: tuple[int, int]
) -> None:
    body = {"prompt": "a red mug", "aspectRatio": ratio, "resolution": resolution}

    recipe = recipes.create_order(body).recipe

    assert (recipe.width, recipe.height) == size


@pytest.mark.parametrize("prompt", [None, "", "  ", "ab", " a ", 12345, True, ["a mug"], {"a": 1}])
def test_a_prompt_that_is_missing_short_or_no_text_is_refused(prompt: Any) -> None:
    message = refusal(recipes.create_order, {"prompt": prompt})

    assert message == "Prompt is required and must be at least 3 characters"


def test_a_prompt_of_exactly_four_thousand_characters_is_allowed() -> None:
    assert recipes.create_order({"prompt": "x" * 4000}).recipe.prompt == "x" * 4000

    message = refusal(recipes.create_order, {"prompt": "x" * 4001})
    assert message == "Prompt must be less than 4000 characters"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "aspectRatio",
            "5:4",
            "Invalid aspect ratio. Supported: 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3",
        ),
        ("mode", "slow", "Invalid mode. Supported: fast, thinking"),
        ("mode", ["fast"], "Invalid mode. Supported: fast, thinking"),
        ("resolution", "8k", "Invalid resolution. Supported: 1k, 2k, 4k"),
        ("resolution", 1, "Invalid resolution. Supported: 1k, 2k, 4k"),
        ("seed", -1, "seed must be a whole number from 0 to 4294967295"),
        ("seed", 2**32, "seed must be a whole number from 0 to 4294967295"),
        ("seed", True, "seed must be a whole number from 0 to 4294967295"),
        ("seed", "7", "seed must be a whole number from 0 to 4294967295"),
        ("dryRun", "yes", "dryRun must be true or false"),
    ],
)
def test_a_field_out_of_range_is_refused_by_name(field: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        recipes.create_order({"prompt": "a red mug", field: value})

    assert caught.value.message == message
    assert caught.value.param == field


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (None, "At least one image URL is required in the 'images' array"),
        ([], "At least one image URL is required in the 'images' array"),
        (PHOTO, "At least one image URL is required in the 'images' array"),
        ([PHOTO] * 5, "Maximum 4 images per request"),
        (["ftp://x/y.jpg"], "All images must be valid HTTP/HTTPS URLs"),
        (["javascript:alert(1)"], "All images must be valid HTTP/HTTPS URLs"),
        (["https://"], "All images must be valid HTTP/HTTPS URLs"),
        (["https://a b/c.jpg"], "All images must be valid HTTP/HTTPS URLs"),
        ([PHOTO, 7], "All images must be valid HTTP/HTTPS URLs"),
        (["http://[::1/x.png"], "All images must be valid HTTP/HTTPS URLs"),
    ],
)
def test_images_that_cannot_be_fetched_are_refused(images: Any, message: str) -> None:
    assert refusal(recipes.enhance_order, {"images": images}) == message


def test_a_user_request_of_exactly_two_thousand_characters_is_allowed() -> None:
    body = {"images": [PHOTO], "userRequest": "x" * 2000}
    assert recipes.enhance_order(body).recipe.prompt == "x" * 2000

    message = refusal(recipes.enhance_order, {**body, "userRequest": "x" * 2001})
    assert message == "User request must be less than 2000 characters"


def test_a_product_image_may_be_an_address_base64_or_a_data_uri() -> None:
    file = b"\x89PNG\r\n\x1a\n" + bytes(range(90))
    data = base64.b64encode(file).decode()
    lines = base64.encodebytes(file).decode()  # as command line tools write it

    for url in (PHOTO, f" {PHOTO}\n", PHOTO.replace("https", "HTTPS")):
        order = recipes.packshot_order({"productImage": url})
        assert order.sources == (recipes.Source(url=url.strip()),)
    for value in (data, lines, f"data:image/png;base64,{data}", f"DATA:image/png;base64,{lines}"):
        order = recipes.packshot_order({"productImage": value})
        assert order.sources == (recipes.Source(data=file),)


@pytest.mark.parametrize("file", [b"", b"hello", b"<svg/>", b"%PDF-1.7", b"BM6", b"\x89PNG"])
def test_a_file_of_another_type_is_refused_before_it_is_stored(file: bytes) -> None:
    value = f"data:image/png;base64,{base64.b64encode(file).decode()}"

    message = refusal(recipes.packshot_order, {"productImage": value})

    assert message == "productImage is not a JPEG, PNG, GIF or WebP picture"


@pytest.mark.parametrize(
    "value", [None, "", 5, "not base64!", "data:text/html;base64,QQ==", "http://"]
)
def test_a_product_image_that_is_none_of_these_is_refused(value: Any) -> None:
    assert "productImage" in refusal(recipes.packshot_order, {"productImage": value})


@pytest.mark.parametrize(
    "dimensions",
    [
        5,
        "1024x1024",
        [1, 2],
        {},
        {"width": 100},
        {"width": 63, "height": 100},
        {"width": 100, "height": 4097},
        {"width": 100.5, "height": 100},
        {"width": True, "height": 100},
    ],
)
def test_dimensions_that_make_no_picture_are_refused(dimensions: Any) -> None:
    body = {"productImage": PHOTO, "dimensions": dimensions}
    assert refusal(recipes.packshot_order, body).startswith("dimensions")


def test_a_platform_brings_its_size_unless_the_request_names_one() -> None:
    amazon = recipes.packshot_order({"productImage": PHOTO, "platform": "amazon"}).recipe
    own = recipes.packshot_order(
        {"productImage": PHOTO, "platform": "amazon", "dimensions": {"width": 800, "height": 600}}
    ).recipe

    assert (amazon.width, amazon.height) == (2000, 2000)
    assert (own.width, own.height) == (800, 600)


@pytest.mark.parametrize(
    "metadata",
    [
        "a",
        [1],
        {"a": 1},
        {"a": {"b": "c"}},
        {"": "x"},
        {f"k{i}": "v" for i in range(21)},
        {"a": "x" * 501},
    ],
)
def test_metadata_is_a_flat_object_of_few_strings(metadata: Any) -> None:
    body = {"prompt": "a red mug", "metadata": metadata}
    assert refusal(recipes.create_order, body).startswith("metadata")


def test_a_recipe_survives_json_and_has_one_digest() -> None:
    recipe = recipes.create_order({"prompt": "a red mug", "seed": 7}).recipe

    again = Recipe.from_json(recipe.as_json())

    assert again == recipe
    assert again.digest() == recipe.digest()
    assert Recipe.from_json({**recipe.as_json(), "from_the_future": 1}) == recipe


def test_a_field_that_is_null_counts_as_left_out() -> None:
    body = {"prompt": "a red mug", "aspectRatio": None, "seed": None, "metadata": None}
    assert recipes.create_order(body).recipe.aspect_ratio == "1:1"
