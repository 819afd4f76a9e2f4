"""Downloading a model's files from the hub: only those that are loaded, each checked.

Interrupted downloads go on where they stopped. What came is compared with the digests that the hub
names and written down, so that from then on exactly these files are loaded (see `weights`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from imaging.engines.diffusion import weights
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.weights import WeightsError

_NEEDED = (".safetensors", ".json", ".txt", ".model", ".jinja")
_ALWAYS = ("LICENSE", "LICENSE.md", "LICENSE.txt", "README.md")


class FetchError(Exception):
    """A model that could not be fetched. One line, for the operator."""


@dataclass(frozen=True)
class Fetched:
    """A model on this machine: its folder, the commit, its size in bytes, the number of files."""

    name: str
    folder: Path
    revision: str
    size: int
    files: int


def fetch(model: Model, on_file: Callable[[Path], None] | None = None) -> Fetched:
    """Download what is missing of a model, check all of it and write its manifest.

    A model in a local folder is only checked and written down. Raises FetchError.
    """
    if model.folder:
        try:
            folder = weights.locate(model)
        except WeightsError as error:
            raise FetchError(str(error)) from error
        return _written_down(model, folder, "", {}, on_file)
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        info = HfApi().model_info(model.hub, revision=model.revision, files_metadata=True)
        known = {file.rfilename: _sha256(file) for file in info.siblings or ()}
        names = wanted_files(known, _index(model, known))
        snapshot = snapshot_download(
            model.hub,
            revision=model.revision,
            cache_dir=weights.cache(),
            allow_patterns=names,
        )
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no"
        raise FetchError(
            f"{model.name}: the hub answered {status} for {model.hub}@{model.revision}"
        ) from error
    except (httpx2.HTTPError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FetchError(f"{model.name}: the hub cannot be reached ({reason})") from error
    return _written_down(model, Path(snapshot), info.sha or "", known, on_file)


def _index(model: Model, known: Iterable[str]) -> Mapping[str, Any] | None:
    """The pipeline's list of parts, None for a model that is no pipeline."""
    if "model_index.json" not in known:
        return None
    from huggingface_hub import hf_hub_download

    file = hf_hub_download(
        model.hub, "model_index.json", revision=model.revision, cache_dir=weights.cache()
    )
    index: Mapping[str, Any] = json.loads(Path(file).read_text("utf-8"))
    return index


def wanted_files(known: Iterable[str], index: Mapping[str, Any] | None) -> list[str]:
    """Of the files of a repository, those that are loaded: a pipeline's parts (not the copies of
    the same weights that often lie beside them), else everything at the top. Never a pickle."""
    folders = {name for name, spec in (index or {}).items() if isinstance(spec, list) and spec[1]}

    def is_wanted(name: str) -> bool:
        folder, _, file = name.rpartition("/")
        if not folder:
            return name in _ALWAYS or name == "model_index.json" or (
                index is None and file.endswith(_NEEDED)
            )  # fmt: skip
        return folder in folders and file.endswith(_NEEDED)

    return sorted(name for name in known if is_wanted(name))


def _sha256(file: Any) -> str:
    """The digest that the hub names for a large file, "" where it names none."""
    lfs = getattr(file, "lfs", None)
    return str(getattr(lfs, "sha256", "") or "")


def _written_down(
    model: Model,
    folder: Path,
    revision: str,
    known: Mapping[str, str],
    on_file: Callable[[Path], None] | None,
) -> Fetched:
    try:
        manifest = weights.write_manifest(folder, revision=revision, on_file=on_file)
        for name, entry in manifest["files"].items():
            if known.get(name) and known[name] != entry["sha256"]:
                (folder / weights.MANIFEST).unlink()
                raise WeightsError(f"{folder / name} is not what the hub says: its sha256 differs")
        weights.verify(folder)
    except WeightsError as error:
        raise FetchError(f"{model.name}: {error}") from error
    sizes = [entry["size"] for entry in manifest["files"].values()]
    return Fetched(model.name, folder, revision, sum(sizes), len(sizes))
