"""/healthz: this process answers. /readyz: everything a job needs is there."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, JsonResponse

from accounts.api.reading import read_only
from imaging.checkup import check_database, check_queue, check_storage, check_workers

READY: dict[str, Callable[[], str]] = {
    "database": check_database,
    "queue": check_queue,
    "storage": check_storage,
    "workers": check_workers,
}


@read_only
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves; touches nothing else."""
    return JsonResponse({"status": "ok"})


@read_only
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check is "ok"; 503 with the reasons otherwise."""
    results = {}
    for name, check in READY.items():
        try:
            check()
            results[name] = "ok"
        except Exception as error:  # a probe answers, whatever is broken
            results[name] = f"{type(error).__name__}: not available"
            if name == "database":  # the others would each wait for it just as long
                break
    ready = all(result == "ok" for result in results.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": results},
        status=200 if ready else 503,
    )
