"""Everything an endpoint can hear of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TEST = "webhook.test"

EVENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "generation.succeeded": "Pictures are finished and stored",
        "generation.failed": "No picture could be made; the points were released",
        "generation.blocked": "The safety filter refused; the points were released",
        "generation.cancelled": "Somebody cancelled; the points were released",
        "generation.expired": "It did not start in time; the points were released",
        "batch.completed": "Every item of a batch has ended",
        "website.building": "A store is being built",
        "website.created": "A store is built and about to be published",
        "deployment.success": "A store is live",
        "deployment.failed": "A store could not be built or published",
        TEST: "Somebody pressed the test button",
    }
)
