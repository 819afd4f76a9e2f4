"""How long a waiting job will take: its place in the queue and a guess in seconds."""

from __future__ import annotations

from statistics import median

from imaging.models import LIVE, Generation, Status

# Medians of the studio engine on two cores (docs/benchmarks.md), until finished jobs tell more.
TYPICAL_SECONDS = {"create": 15, "enhance": 3, "packshot": 6, "edit": 3}
_RECENT = 20


def queue_position(generation: Generation) -> int:
    """How many waiting jobs of the same urgency came first; 0 for the next one.

    The fair order may serve a partner with few jobs earlier than this says.
    """
    return Generation.objects.filter(
        status=Status.QUEUED,
        priority=generation.priority,
        created_at__lt=generation.created_at,
    ).count()


def estimated_seconds(generation: Generation) -> int:
    """Seconds until the job is likely to be done, at least 1: the work before it and its own."""
    if generation.ended:
        return 0
    ahead = Generation.objects.filter(
        status__in=LIVE, priority=generation.priority, created_at__lt=generation.created_at
    ).count()
    return max(1, round((ahead + 1) * _usual_seconds(generation.operation)))


def _usual_seconds(operation: str) -> float:
    recent = [
        ms
        for ms in Generation.objects.filter(operation=operation, status=Status.SUCCEEDED)
        .order_by("-created_at")
        .values_list("processing_ms", flat=True)[:_RECENT]
        if ms is not None
    ]
    return median(recent) / 1000 if recent else TYPICAL_SECONDS[operation]
