"""Where a model's files lie and whether they are the ones that were fetched. No torch here.

Weights are safetensors only: a pickle runs code when it is read, so pickles are never opened.
What was fetched is written down in `softbox-manifest.json` beside the files (size and sha256 of
each); from then on exactly these files are loaded.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from imaging.engines.diffusion.catalogue import Model

MANIFEST = "softbox-manifest.json"
_CHUNK = 1 << 22
_PARTS_WITHOUT_WEIGHTS = (
    "Scheduler",
    "Tokenizer",
    "TokenizerFast",
    "Processor",
    "FeatureExtractor",
)


class WeightsError(Exception):
    """A model that cannot be loaded. The text names the file and says what to do."""


def locate(model: Model) -> Path:
    """The folder of a model's files, on this machine. Never asks the network.

    Source: the hub cache's layout, models--OWNER--NAME/{refs/REVISION, snapshots/COMMIT}. (The
    library's own look-up wants the whole repository to be there; we fetch what is loaded.)
    Raises WeightsError where it was not fetched.
    """
    if model.folder:
        folder = Path(model.folder)
        if not folder.is_dir():
            raise WeightsError(f"{model.name}: there is no folder {folder}")
        return folder
    repository = cache() / f"models--{model.hub.replace('/', '--')}"
    named = repository / "refs" / model.revision
    commit = named.read_text("ascii").strip() if named.is_file() else model.revision
    snapshot = repository / "snapshots" / commit
    if not snapshot.is_dir():
        raise WeightsError(
            f"{model.name}: {model.hub} is not on this machine; "
            f"run `manage.py fetch_models {model.name}`"
        )
    return snapshot


def cache() -> Path:
    """The hub's cache: HF_HOME as it is now, else the usual place in the home folder."""
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    return Path(home).expanduser() / "hub"


def verify(folder: Path, *, digests: bool = False) -> None:
    """All files are there, whole, and those that were fetched.

    Reads headers and sizes, and digests only of files that were touched since they were last
    digested; with `digests` of all. Raises WeightsError.
    """
    for part in _parts(folder):
        _check_part(part)
    _check_manifest(folder, digests=digests)


def _parts(folder: Path) -> Iterator[Path]:
    """The folders that must hold weights: a pipeline's components, else the folder itself."""
    index = folder / "model_index.json"
    if not index.is_file():
        if not (folder / "config.json").is_file():
            raise WeightsError(f"{folder} holds no model: no model_index.json, no config.json")
        yield folder
        return
    for name, spec in _json(index).items():
        if not isinstance(spec, list) or len(spec) != 2 or not spec[1]:
            continue
        part = folder / name
        if not part.is_dir():
            raise WeightsError(f"{part} is missing")
        if str(spec[1]).endswith(_PARTS_WITHOUT_WEIGHTS):
            if not any(part.iterdir()):
                raise WeightsError(f"{part} is empty")
            if "Tokenizer" in spec[1]:
                _check_tokenizer(part)
            continue
        yield part


def _check_tokenizer(folder: Path) -> None:
    # An absent vocabulary is no error to the library: every word becomes nothing.
    names = ("tokenizer.json", "vocab.json", "tokenizer.model", "spiece.model")
    if not any((folder / name).is_file() for name in names):
        raise WeightsError(f"{folder} holds no vocabulary ({', '.join(names)})")


def _check_part(folder: Path) -> None:
    indexes = sorted(folder.glob("*.safetensors.index.json"))
    if indexes:
        names = sorted(set(_json(indexes[0])["weight_map"].values()))
    else:
        names = sorted(path.name for path in folder.glob("*.safetensors"))
    if not names:
        pickles = [p.name for pattern in ("*.bin", "*.pt", "*.ckpt") for p in folder.glob(pattern)]
        why = f"; {pickles[0]} is a pickle, which is never opened" if pickles else ""
        raise WeightsError(f"{folder} holds no .safetensors file{why}")
    for name in names:
        read_header(folder / name)


def read_header(file: Path) -> dict[str, Any]:
    """Name -> dtype, shape and place of every tensor in a safetensors file.

    Raises WeightsError where the file is missing, damaged or cut short.
    Source: the safetensors format: 8 bytes of length, JSON, then the tensors to the very end.
    """
    try:
        size = file.stat().st_size
        with file.open("rb") as handle:
            (length,) = struct.unpack("<Q", handle.read(8))
            if length > size:
                raise ValueError("its header is longer than the file")
            header: dict[str, Any] = json.loads(handle.read(length))
    except FileNotFoundError:
        raise WeightsError(f"{file} is missing") from None
    except (OSError, ValueError, struct.error) as error:
        raise WeightsError(f"{file} is damaged: {error}") from None
    header.pop("__metadata__", None)
    ends = max((spec["data_offsets"][1] for spec in header.values()), default=0)
    if size != 8 + length + ends:
        raise WeightsError(f"{file} is cut short: {size} bytes, not {8 + length + ends}")
    return header


# --- The manifest --------------------------------------------------------------------------------


def write_manifest(
    folder: Path, *, revision: str = "", on_file: Callable[[Path], None] | None = None
) -> dict[str, Any]:
    """Write down size and sha256 of every file of a folder; returns what was written."""
    files = {}
    for path in _files(folder):
        files[path.relative_to(folder).as_posix()] = _entry(path)
        if on_file is not None:
            on_file(path)
    manifest = {"revision": revision, "files": files}
    _save(folder, manifest)
    return manifest


def _check_manifest(folder: Path, *, digests: bool) -> None:
    file = folder / MANIFEST
    if not file.is_file():
        return
    manifest = _json(file)
    refreshed = False
    for name, known in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise WeightsError(f"{path} is missing")
        stat = path.stat()
        if stat.st_size != known["size"]:
            raise WeightsError(f"{path} has {stat.st_size} bytes, not {known['size']}")
        if digests or stat.st_mtime_ns != known["mtime_ns"]:
            fresh = _entry(path)
            if fresh["sha256"] != known["sha256"]:
                raise WeightsError(f"{path} is not the file that was fetched: its sha256 differs")
            known["mtime_ns"] = fresh["mtime_ns"]
            refreshed = True
    if refreshed:
        with contextlib.suppress(OSError):  # a read-only volume is digested again next time
            _save(folder, manifest)


def _entry(path: Path) -> dict[str, Any]:
    stat = path.stat()
    return {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256(path)}


def sha256(path: Path) -> str:
    """sha256 hex of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Every file of a model, hidden ones and the manifest left out."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and path.name != MANIFEST and not hidden:
            yield path


def _save(folder: Path, manifest: dict[str, Any]) -> None:
    file = folder / MANIFEST
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(manifest, indent=1, sort_keys=True))
    fresh.replace(file)


def _json(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{file} cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise WeightsError(f"{file} is not a JSON object")
    return data
