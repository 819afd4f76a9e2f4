"""The probes as the OpenAPI document tells them."""

from __future__ import annotations

from accounts.api.description import Answer, Chapter, Operation
from accounts.api.schema import choice, record, table, text

TAG = "Health"

_READINESS = record(
    {
        "status": choice(["ok", "unavailable"]),
        "checks": table(text(), "`ok`, or what is wrong, for each part."),
    }
)

CHAPTER = Chapter(
    tags={TAG: "For load balancers and orchestrators."},
    operations={
        "GET /healthz": Operation(
            id="getHealth",
            tag=TAG,
            summary="Whether this process answers",
            answers={
                200: Answer(about="It does.", schema=record({"status": choice(["ok"])})),
            },
            usual_errors=False,
        ),
        "GET /readyz": Operation(
            id="getReadiness",
            tag=TAG,
            summary="Whether everything that a job needs is there",
            answers={
                200: Answer(about="Database, queue, storage and a live worker.", schema=_READINESS),
                503: Answer(about="Something is missing.", schema=_READINESS),
            },
            usual_errors=False,
        ),
    },
)
