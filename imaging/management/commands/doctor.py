"""manage.py doctor: is everything here that a job needs? One line each, exit 1 if not."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from accounts.management.command import PlainCommand
from imaging import checkup, engine_checkup, safety_checkup

CHECKS: dict[str, Callable[[], str]] = {
    "database": checkup.check_database,
    "migrations": checkup.check_migrations,
    "queue": checkup.check_queue,
    "workers": checkup.check_workers,
    "errands": checkup.check_errands,
    "cache": checkup.check_cache,
    "storage": checkup.check_storage,
    "engine": engine_checkup.check_engine,
    "models": engine_checkup.check_models,
    "moderation": safety_checkup.check_moderation,
    "signing": safety_checkup.check_credentials,
    "keys": checkup.check_keys,
    "clocks": checkup.check_clocks,
}


class Command(PlainCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        results = {name: self._result(check) for name, check in CHECKS.items()}
        healthy = all(result["ok"] for result in results.values())
        if options["json"]:
            self.stdout.write(json.dumps({"ok": healthy, "checks": results}))
        else:
            for name, result in results.items():
                sign = "ok " if result["ok"] else "BAD"
                self.stdout.write(f"{sign} {name:<10} {result['says']}")
        if not healthy:
            sys.exit(1)

    def _result(self, check: Callable[[], str]) -> dict[str, Any]:
        try:
            return {"ok": True, "says": check()}
        except checkup.Unhealthy as reason:
            return {"ok": False, "says": str(reason)}
        except Exception as error:  # whatever breaks, the other checks are still of use
            words = " ".join(str(error).split())
            return {"ok": False, "says": f"{type(error).__name__}: {words}"}
