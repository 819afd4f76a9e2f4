"""manage.py fetch_models: the weights of the catalogue's models, onto this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.management.command import Error, JsonCommand
from imaging.engines.diffusion.catalogue import Catalogue, CatalogueError, Model
from imaging.engines.diffusion.fetching import Fetched, FetchError, fetch

_GB = 1_000_000_000


class Command(JsonCommand):
    help = (
        "Download the weights of the models in MODELS_FILE (all of them, or those named), with "
        "progress bars; interrupted downloads go on. Every file's digest is checked."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="models of the catalogue")

    def run(self, **options: Any) -> Mapping[str, Any]:
        try:
            catalogue = Catalogue.read()
        except CatalogueError as error:
            raise Error(str(error)) from None
        unknown = [name for name in options["names"] if name not in catalogue.models]
        if unknown:
            raise Error(
                f"there is no model {unknown[0]} in {catalogue.path.name}; "
                f"there are {', '.join(catalogue.models)}"
            )
        models = [catalogue.models[name] for name in options["names"] or catalogue.models]
        return {"models": [_facts(self._fetched(model)) for model in models]}

    def _fetched(self, model: Model) -> Fetched:
        self._say(f"{model.name} ({model.licence}) from {model.hub or model.folder}")
        try:
            return fetch(model, on_file=lambda path: self._say(f"  checked {path.name}"))
        except FetchError as error:
            raise Error(str(error)) from None

    def _say(self, line: str) -> None:
        """Progress goes beside the answer, like the download's own bars."""
        sys.stderr.write(f"{line}\n")

    def sentence(self, answer: Mapping[str, Any]) -> str:
        lines = [
            f"{one['name']}: {one['files']} files, {one['bytes'] / _GB:.2f} GB in {one['folder']}"
            for one in answer["models"]
        ]
        return "\n".join(lines)


def _facts(fetched: Fetched) -> dict[str, Any]:
    return {
        "name": fetched.name,
        "folder": str(Path(fetched.folder)),
        "revision": fetched.revision,
        "bytes": fetched.size,
        "files": fetched.files,
    }
