"""What a finished file says about its own origin: metadata always, a signed manifest where the
operator has a certificate.

Source for the actions: C2PA Technical Specification 2.2, section 18.15 (an asset begins with
`c2pa.created` or with `c2pa.opened` and its parent).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from imaging import credentials
from imaging.credentials import BadCredentials, Credentials
from imaging.engines.base import Recipe, SourceType
from imaging.engines.encode import SOURCE_TYPE_BASE, Metadata
from imaging.engines.protocol import HostFacts

logger = logging.getLogger(__name__)

# The library waits half a minute for an authority that is silent; a batch must not pay that each.
AUTHORITY_REST_SECONDS = 300.0

UNSIGNED = "Content Credentials could not be added to this picture; it carries its origin as XMP."


def origin(recipe: Recipe, engine: HostFacts, source_type: SourceType) -> Metadata:
    """Digital source type, recipe id, and the software that made the picture."""
    return Metadata(
        source_type=source_type,
        recipe_id=recipe.digest(),
        software=f"{settings.BRAND_NAME} {engine.name} {engine.version}",
    )


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is said of one picture. `inputs` are digests of the photos in it: one is its parent
    (the photo was worked on), several are its parts."""

    recipe_id: str
    engine: HostFacts
    model: str
    source_type: SourceType
    inputs: tuple[str, ...] = ()


def claim(
    recipe: Recipe,
    engine: HostFacts,
    *,
    model: str,
    source_type: SourceType,
    position: int,
    pictures: int,
) -> Claim:
    """The claim for picture `position` of `pictures`.

    An engine that works on several photos one by one makes as many pictures as there are photos:
    each then comes from its own.
    """
    inputs = recipe.inputs
    if len(inputs) > 1 and len(inputs) == pictures:
        inputs = (inputs[position],)
    return Claim(
        recipe_id=recipe.digest(),
        engine=engine,
        model=model,
        source_type=source_type,
        inputs=inputs,
    )


# --- Content Credentials -------------------------------------------------------------------------


def configured() -> bool:
    """Whether the operator wants pictures signed."""
    return bool(settings.C2PA_CERTIFICATE_FILE or settings.C2PA_PRIVATE_KEY_FILE)


def signing_credentials() -> Credentials:
    """Read anew each time: certificates are short-lived and renewed under a running worker.

    Raises BadCredentials.
    """
    return credentials.load(
        settings.C2PA_CERTIFICATE_FILE,
        settings.C2PA_PRIVATE_KEY_FILE,
        settings.C2PA_TIMESTAMP_URL,
    )


def seal(data: bytes, content_type: str, said: Claim) -> tuple[bytes, dict[str, Any] | None]:
    """The file signed, and what the library reads back from it.

    Without a certificate the file as it came, and None. So too where signing fails: a picture
    that was paid for is delivered, its metadata say the same, and the log says what to mend.
    """
    if not configured():
        return data, None
    try:
        signed = _signed(data, content_type, manifest(said), signing_credentials())
        reading = credentials.read(signed, content_type)
    except BadCredentials as error:
        logger.error("content credentials: %s", error)
        return data, None
    if reading is None or not reading.valid:
        logger.error("content credentials do not verify: %s", reading and reading.issues)
        return data, None
    return signed, reading.as_json()


class _Authority:
    """Whether the time stamp authority answered lately; one per worker process."""

    rests_until = 0.0


def _signed(data: bytes, content_type: str, said: Mapping[str, Any], signer: Credentials) -> bytes:
    """The file signed, with a time stamp where the authority gives one. Without one the signature
    holds as long as the certificate does, which is better than none. Raises BadCredentials."""
    unstamped = replace(signer, timestamp_url="")
    if not signer.timestamp_url or time.monotonic() < _Authority.rests_until:
        return credentials.sign(data, content_type, said, unstamped)
    try:
        return credentials.sign(data, content_type, said, signer)
    except BadCredentials as error:
        signed = credentials.sign(data, content_type, said, unstamped)
        # Only now is it sure that the authority was at fault.
        _Authority.rests_until = time.monotonic() + AUTHORITY_REST_SECONDS
        logger.warning("no time stamp: %s", error)
        return signed


def manifest(said: Claim) -> dict[str, Any]:
    """The manifest definition of a claim, as c2pa's builder takes it."""
    names = [f"photo-{number}" for number in range(1, len(said.inputs) + 1)]
    relationship = "parentOf" if len(said.inputs) == 1 else "componentOf"
    return {
        "claim_generator_info": [{"name": settings.BRAND_NAME}],
        "title": f"Recipe {said.recipe_id}",
        "ingredients": [
            {
                "title": name,
                "label": name,
                "relationship": relationship,
                "instance_id": f"urn:sha256:{digest}",
            }
            for name, digest in zip(names, said.inputs, strict=True)
        ],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(said, names)}},
        ],
    }


def _actions(said: Claim, names: Sequence[str]) -> list[dict[str, Any]]:
    agent = {"name": f"{said.engine.name} ({said.model})", "version": said.engine.version}
    made = {
        "digitalSourceType": SOURCE_TYPE_BASE + said.source_type,
        "softwareAgent": agent,
        "description": f"Made from recipe sha256:{said.recipe_id}",
    }
    if len(names) == 1:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": list(names)}}
        return [opened, {"action": "c2pa.edited", **made}]
    placed = [{"action": "c2pa.placed", "parameters": {"ingredientIds": [name]}} for name in names]
    return [{"action": "c2pa.created", **made}, *placed]
