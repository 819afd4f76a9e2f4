"""Why a job gave no picture, in the words the Image API documents.

Source: ShopIQ API documentation, "Image Create" and "Image Enhance", error responses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.errors import Conflict, InvalidRequest, ServiceError, Unavailable, Unprocessable
from imaging.models import Generation, Status
from imaging.photos import PhotoTooLarge, PhotoTypeUnsupported

TOO_BUSY: Mapping[str, str] = {
    "create": (
        "Service temporarily unavailable due to high demand. Please retry in a few seconds."
    ),
    "enhance": "Service temporarily unavailable. Please retry shortly.",
}
"""Operation -> text; a packshot is told what an enhancement is."""

FAILED: Mapping[str, str] = {
    "create": "Image generation failed. Please try again.",
    "enhance": "Image enhancement failed. Please try again.",
    "packshot": "Packshot generation failed. Please try again.",
    "edit": "Image edit failed. Please try again.",
}

_BLOCKED: Mapping[str, str] = {
    "create": "Image generation was blocked by safety filters: ",
    "enhance": "Enhancement blocked by safety filters: ",
    "packshot": "Packshot generation was blocked by safety filters: ",
    "edit": "Image edit was blocked by safety filters: ",
}

_BAD_SOURCE = frozenset(
    {"download_failed", "invalid_input", PhotoTooLarge.code, PhotoTypeUnsupported.code}
)
# A later try may well succeed: nothing is wrong with the request.
_TEMPORARY = frozenset(
    {"timed_out", "out_of_memory", "model_missing", "storage_unavailable", "worker_lost"}
)


class ContentBlocked(Unprocessable):
    """The request, or the picture made from it, is not allowed. Nothing was charged.

    `categories` (as in moderation.toml and models.toml) are for programs, `reason` for people.
    """

    code = "content_blocked"

    def __init__(self, operation: str, reason: str, categories: Sequence[str] = ()) -> None:
        self.reason = reason
        self.categories = tuple(categories)
        super().__init__(
            _BLOCKED.get(operation, _BLOCKED["create"]) + reason,
            extra={"categories": list(categories)} if categories else None,
        )


class GenerationFailed(ServiceError):
    """The engines were tried in vain. Nothing was charged."""

    code = "generation_failed"


class GenerationCancelled(Conflict):
    """Somebody cancelled the job. Nothing was charged."""

    code = "cancelled"


class BadSource(InvalidRequest):
    """A source picture could not be had or read. Nothing was charged."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def too_busy(operation: str) -> Unavailable:
    """503 in the documented words."""
    return Unavailable(TOO_BUSY.get(operation, TOO_BUSY["enhance"]), headers={"Retry-After": "5"})


def refusal(generation: Generation) -> ServiceError:
    """The error that an ended job without a picture is answered with.

    Raises ValueError for a job that succeeded or has not ended.
    """
    operation, status = generation.operation, generation.status
    if status == Status.BLOCKED:
        categories = generation.details.get("categories", ())
        return ContentBlocked(operation, generation.error_message, categories)
    if status == Status.CANCELLED:
        return GenerationCancelled("The generation was cancelled.")
    if status == Status.EXPIRED:
        return too_busy(operation)
    if status != Status.FAILED:
        raise ValueError(f"generation {generation.id} is {status}")
    if generation.error_code in _BAD_SOURCE:
        return BadSource(generation.error_code, generation.error_message)
    if generation.error_code in _TEMPORARY:
        return too_busy(operation)
    return GenerationFailed(FAILED.get(operation, FAILED["create"]))
