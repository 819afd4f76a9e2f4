"""What a render link takes, as JSON Schema. `imaging/rendering.py` is what checks it."""

from __future__ import annotations

from accounts.api.schema import Schema, address, choice, either, ref
from imaging.api import edit_schemas, request_schemas

_BODIES = {
    "create": request_schemas.SCHEMAS["CreateImageRequest"],
    "enhance": request_schemas.SCHEMAS["EnhanceImagesRequest"],
    "packshot": request_schemas.SCHEMAS["MakePackshotRequest"],
    "edit": edit_schemas.SCHEMAS["EditImageRequest"],
}
# What belongs to a request, not to a picture.
_LEFT_OUT = ("dryRun", "webhookUrl", "startWithin")


def _link(operation: str) -> Schema:
    """The body of a single order, which one it is, and what to show meanwhile."""
    single = _BODIES[operation]
    fields = {key: field for key, field in single["properties"].items() if key not in _LEFT_OUT}
    return {
        **single,
        "properties": {
            "operation": choice([operation]),
            **fields,
            "standInUrl": address("Shown until the picture is finished."),
        },
        "required": ["operation", *single.get("required", ())],
    }


_LINKS = {f"{operation.title()}Link": _link(operation) for operation in _BODIES}

SCHEMAS: dict[str, Schema] = {**_LINKS, "CreateRenderLinkRequest": either(*map(ref, _LINKS))}
