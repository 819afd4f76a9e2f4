"""A request, checked, becomes an `Order`: a recipe and what belongs to the request around it.

Pure functions on plain JSON values: nothing is stored, fetched or charged here. What is wrong is
refused with the documented message (ShopIQ API documentation, "Image Create", "Image Enhance").
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from accounts.errors import InvalidRequest
from accounts.webhooks.addresses import webhook_url
from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, RESOLUTIONS, Operation, Recipe, output_size
from imaging.photos import Source, is_http_url, read_photo

Body = Mapping[str, Any]

MODES = ("fast", "thinking")
FORMATS = ("png", "jpeg", "webp", "avif")
SHADOWS = ("none", "soft", "contact", "hard", "floating", "reflection")
PROMPT_MIN, PROMPT_MAX, REQUEST_MAX, FIELD_MAX = 3, 4000, 2000, 200
IMAGES_MAX, COUNT_MAX = 4, 50
SEED_MAX = 2**32 - 1
SIDE_MIN, SIDE_MAX = 64, 4096
METADATA_MAX, METADATA_KEY_MAX, METADATA_VALUE_MAX = 20, 40, 500


@dataclass(frozen=True, kw_only=True)
class Order:
    """A checked request. `recipe.inputs` is filled in when the sources have been read.

    `product_id` names a product of the partner whose photo is the source; `shows` one that is in
    the sources as they are.
    """

    recipe: Recipe
    requested_mode: Literal["fast", "thinking"]
    sources: tuple[Source, ...] = ()
    product_id: str = ""
    shows: UUID | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    webhook_url: str = ""
    dry_run: bool = False
    start_within: int | None = None

    @property
    def operation(self) -> Operation:
        return self.recipe.operation

    @property
    def count(self) -> int:
        """How many priced pictures this asks for. Enhancing several photos is one operation."""
        return self.recipe.count

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that was said about what the picture shall show, one text a field."""
        recipe = self.recipe
        fields = (recipe.prompt, recipe.background, recipe.scene_type, recipe.people)
        return tuple(text for text in (*fields, recipe.location) if text)


def create_order(body: Body) -> Order:
    """The body of POST /partner/v1/image/create. Raises InvalidRequest."""
    prompt = _prompt(body)
    return _order("create", body, prompt=prompt)


def enhance_order(body: Body) -> Order:
    """The body of POST /partner/v1/image/enhance. Raises InvalidRequest."""
    sources = _image_urls(body)
    request = text(
        body, "userRequest", REQUEST_MAX, "User request must be less than 2000 characters"
    )
    return _order("enhance", body, prompt=request, sources=sources)


def packshot_order(body: Body, *, photo: Source | None = None) -> Order:
    """The body of POST /partner/v1/image/packshot. Raises InvalidRequest.

    `photo` is the product's where the caller has read it already.
    """
    product_id = "" if photo else _product_id(body)
    sources: tuple[Source, ...] = ()
    if not product_id:
        sources = (photo or read_photo(body.get("productImage"), "productImage"),)
    facts: dict[str, Any] = {
        name: _short(body, key)
        for name, key in (
            ("style", "style"),
            ("scene_type", "sceneType"),
            ("people", "people"),
            ("location", "location"),
            ("platform", "platform"),
        )
    }
    _known(facts["style"], presets.styles(), "style")
    _known(facts["platform"], presets.platforms(), "platform")
    facts["background"] = background(body)
    facts["shadow"] = one_of(body, "shadow", SHADOWS, "")
    facts["format"] = one_of(body, "format", FORMATS, _platform_format(facts["platform"]))
    facts["quality"] = integer(body, "quality", 1, 100, 90)
    facts["count"] = integer(body, "count", 1, COUNT_MAX, 1)
    size = _dimensions(body) or _platform_size(body, facts["platform"])
    prompt = text(body, "prompt", PROMPT_MAX, "Prompt must be less than 4000 characters")
    order = _order("packshot", body, prompt=prompt, sources=sources, size=size, **facts)
    return replace(order, product_id=product_id)


def _order(
    operation: Operation,
    body: Body,
    *,
    prompt: str,
    sources: tuple[Source, ...] = (),
    size: tuple[int, int] | None = None,
    **facts: Any,
) -> Order:
    """The fields that all three operations share."""
    ratio = one_of(body, "aspectRatio", tuple(ASPECT_RATIOS), "1:1", "aspect ratio")
    mode = one_of(body, "mode", MODES, "fast", "mode")
    resolution = one_of(body, "resolution", tuple(RESOLUTIONS), "1k", "resolution")
    width, height = size or output_size(ratio, resolution)
    seed = asked_seed(body)
    recipe = Recipe(
        operation=operation,
        width=width,
        height=height,
        seed=secrets.randbelow(SEED_MAX + 1) if seed is None else seed,
        prompt=prompt,
        mode=mode,  # type: ignore[arg-type]  # one of MODES
        aspect_ratio=ratio,
        resolution=resolution,
        **facts,
    )
    return Order(
        recipe=recipe,
        requested_mode=recipe.mode,
        sources=sources,
        **circumstances(body),
    )


def asked_seed(body: Body) -> int | None:
    """The `seed` of a body, None where it leaves the choice to us. Raises InvalidRequest."""
    seed: int | None = integer(body, "seed", 0, SEED_MAX, None)
    return seed


def circumstances(body: Body) -> dict[str, Any]:
    """What a body says around the recipe: metadata, webhook, dry run and deadline of its order.

    Raises InvalidRequest.
    """
    return {
        "metadata": read_metadata(body),
        "webhook_url": _webhook_url(body),
        "dry_run": _boolean(body, "dryRun"),
        "start_within": integer(body, "startWithin", 1, 86_400, None),
    }


# --- One field each ----------------------------------------------------------------------------


def _prompt(body: Body) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or len(prompt.strip()) < PROMPT_MIN:
        raise InvalidRequest("Prompt is required and must be at least 3 characters", param="prompt")
    if len(prompt) > PROMPT_MAX:
        raise InvalidRequest("Prompt must be less than 4000 characters", param="prompt")
    return prompt


def text(body: Body, key: str, longest: int, too_long: str) -> str:
    value = body.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidRequest(f"{key} must be text", param=key)
    if len(value) > longest:
        raise InvalidRequest(too_long, param=key)
    return value


def _short(body: Body, key: str) -> str:
    return text(body, key, FIELD_MAX, f"{key} must be at most {FIELD_MAX} characters").strip()


def one_of(
    body: Body, key: str, allowed: tuple[str, ...], default: str, label: str | None = None
) -> str:
    value = body.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or value not in allowed:
        raise InvalidRequest(f"Invalid {label or key}. Supported: {', '.join(allowed)}", param=key)
    return value


def integer(body: Body, key: str, low: int, high: int, default: Any) -> Any:
    value = body.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidRequest(f"{key} must be a whole number from {low} to {high}", param=key)
    return value


def _boolean(body: Body, key: str) -> bool:
    value = body.get(key)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise InvalidRequest(f"{key} must be true or false", param=key)
    return value


def _product_id(body: Body) -> str:
    """The product a packshot is of, where the body names one and brings no photo of its own."""
    value = body.get("productId")
    if value is None or body.get("productImage") is not None:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest("productId must be the id of a product", param="productId")
    return value.strip()


def _image_urls(body: Body) -> tuple[Source, ...]:
    images = body.get("images")
    if not isinstance(images, list) or not images:
        raise InvalidRequest(
            "At least one image URL is required in the 'images' array", param="images"
        )
    if len(images) > IMAGES_MAX:
        raise InvalidRequest(f"Maximum {IMAGES_MAX} images per request", param="images")
    if not all(isinstance(url, str) and is_http_url(url) for url in images):
        raise InvalidRequest("All images must be valid HTTP/HTTPS URLs", param="images")
    return tuple(Source(url=url) for url in images)


def background(body: Body) -> str:
    """The `background` of a body, "" without one. Raises InvalidRequest."""
    value = _short(body, "background")
    if value.startswith("#") and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise InvalidRequest("background must be #RRGGBB or words", param="background")
    return value


def _dimensions(body: Body) -> tuple[int, int] | None:
    value = body.get("dimensions")
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidRequest(
            'dimensions must be an object like {"width": 1200, "height": 1600}', param="dimensions"
        )
    sides = []
    for side in ("width", "height"):
        number = value.get(side)
        if isinstance(number, bool) or not isinstance(number, int):
            raise InvalidRequest(f"dimensions.{side} must be a whole number", param="dimensions")
        if not SIDE_MIN <= number <= SIDE_MAX:
            raise InvalidRequest(
                f"dimensions.{side} must be from {SIDE_MIN} to {SIDE_MAX}", param="dimensions"
            )
        sides.append(number)
    return sides[0], sides[1]


def _platform_size(body: Body, platform: str) -> tuple[int, int] | None:
    """The platform's own size, unless the request says a ratio or a resolution itself."""
    if not platform or body.get("aspectRatio") is not None or body.get("resolution") is not None:
        return None
    preset = presets.platforms()[platform]
    return preset.width, preset.height


def _platform_format(platform: str) -> str:
    return presets.platforms()[platform].format if platform else "png"


def _known(value: str, table: Mapping[str, Any], label: str) -> None:
    if value and value not in table:
        raise InvalidRequest(
            f"Unknown {label} '{value}'. Supported: {', '.join(table)}", param=label
        )


def _webhook_url(body: Body) -> str:
    value = body.get("webhookUrl")
    return "" if value is None else webhook_url(value, param="webhookUrl")


def read_metadata(body: Body) -> dict[str, str]:
    value = body.get("metadata")
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > METADATA_MAX:
        raise InvalidRequest(
            f"metadata must be a flat object of at most {METADATA_MAX} strings", param="metadata"
        )
    for key, words in value.items():
        if not isinstance(words, str) or len(words) > METADATA_VALUE_MAX:
            raise InvalidRequest(
                f"metadata values must be strings of at most {METADATA_VALUE_MAX} characters",
                param="metadata",
            )
        if not 1 <= len(key) <= METADATA_KEY_MAX:
            raise InvalidRequest(
                f"metadata keys must have 1 to {METADATA_KEY_MAX} characters", param="metadata"
            )
    return dict(value)
