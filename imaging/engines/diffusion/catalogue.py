"""Which models there are and which of them makes what: `models.toml`, checked when it is read.

    [device]                     what one worker's card may hold
    [models.NAME]                a set of weights: where they lie, how they are run, their licence
    [routes.OPERATION]           mode -> names of models, the first choice first
    [safety]                     what happens where moderation is not to be had

A wrong file is refused as a whole, with the line and the fault.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

Role = Literal[
    "create", "enhance", "think", "moderate-text", "moderate-image", "cut-out", "upscale"
]
ROLES: tuple[str, ...] = get_args(Role)
Policy = Literal["required", "best_effort", "rules_only"]
POLICIES: tuple[str, ...] = get_args(Policy)
DTYPES = ("auto", "bfloat16", "float16", "float32")

# What a model must be able to do to serve an operation. A packshot's scene is made from words;
# the product is laid into it afterwards.
NEEDED: Mapping[str, Role] = {"create": "create", "enhance": "enhance", "packshot": "create"}
MODES = ("fast", "thinking")

DEFAULT_FILE = Path(__file__).with_name("models.toml")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HUB = re.compile(r"[\w.-]+/[\w.-]+")


class CatalogueError(ValueError):
    """The file is wrong. The text names file, line and fault."""

    def __init__(self, path: Path, line: int, fault: str) -> None:
        self.path = path
        self.line = line
        self.fault = fault
        super().__init__(f"{path.name}, line {line}: {fault}")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One set of weights and how it is run.

    `hub` and `revision` name it on the hub, `folder` where it lies on this machine (a relative
    one starts at the catalogue's own folder); one of the two is given. `pipeline` is the class
    where the folder's own index does not say it. `steps` and `guidance` are what the weights were
    made for. `native_size` is the side in pixels of the square it was made for; other shapes get
    the same area. `references` is how many pictures it looks at, each of at most
    `reference_pixels`. `batch` is how many pictures one run may hold. `vram_gb` is what it takes
    up on the card, weights and working memory. `licence` is an SPDX id or the licence's name;
    `commercial` whether the pictures may be sold. `options` belong to the role.
    """

    name: str
    roles: tuple[Role, ...]
    licence: str
    hub: str = ""
    revision: str = "main"
    folder: str = ""
    pipeline: str = ""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    steps: int = 4
    guidance: float = 1.0
    native_size: int = 1024
    references: int = 4
    reference_pixels: int = 1024 * 1024
    batch: int = 4
    vram_gb: float = 0.0
    commercial: bool = True
    compile: bool = False
    note: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name and revision, as a recipe records them."""
        return f"{self.name}@{self.revision}" if self.hub and not self.folder else self.name


@dataclass(frozen=True, kw_only=True)
class Device:
    """What one worker may use. `name` is "auto" (the card where there is one) or torch's own
    word; `vram_gb` 0 means what the card has. A batch holds at most `batch_pixels` pixels."""

    name: str = "auto"
    vram_gb: float = 0.0
    batch_pixels: int = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SafetyRules:
    """What is done where a moderation model is configured and cannot be used: "required" makes no
    picture at all, "best_effort" goes on with the word list and says so, "rules_only" loads none.
    """

    policy: Policy = "required"


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All models, the routes over them, the device's limits and the rules of safety."""

    path: Path
    models: Mapping[str, Model]
    routes: Mapping[tuple[str, str], tuple[str, ...]]
    device: Device
    safety: SafetyRules = SafetyRules()

    @classmethod
    def read(cls, path: Path | None = None) -> Catalogue:
        """The catalogue in `path`, else in MODELS_FILE, else the shipped one.

        Raises CatalogueError for a file that is missing or wrong.
        """
        where = path or Path(os.environ.get("MODELS_FILE") or DEFAULT_FILE)
        try:
            text = where.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogueError(where, 1, f"cannot be read ({error})") from error
        return _Reader(where, text).catalogue()

    def for_role(self, role: Role) -> Model | None:
        """The first model of that role in the file; None where there is none."""
        return next((m for m in self.models.values() if role in m.roles), None)

    def route(self, operation: str, mode: str) -> tuple[Model, ...]:
        """The models that serve an operation in a mode, the first choice first."""
        names = self.routes.get((operation, mode)) or self.routes.get((operation, "fast"), ())
        return tuple(self.models[name] for name in names)


class _Reader:
    """One file on its way to a Catalogue."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            fault = re.sub(r" \(at .*\)$", "", str(error))
            line = int(place[1]) if place else max(1, len(self._lines))
            raise CatalogueError(path, line, fault) from error

    def catalogue(self) -> Catalogue:
        for key in self._data:
            if key not in ("device", "models", "routes", "safety"):
                raise self._wrong((), key, f"unknown table '{key}'")
        rows = self._table((), "models")
        models = {name: self._model(name, row) for name, row in rows.items()}
        if not models:
            raise self._wrong((), "models", "no models")
        return Catalogue(
            path=self._path,
            models=models,
            routes=self._routes(models),
            device=self._device(),
            safety=self._safety(),
        )

    def _model(self, name: str, row: Any) -> Model:
        at = ("models", name)
        if not _NAME.fullmatch(name):
            raise self._wrong(at, "", f"'{name}' is no name: small letters, digits, . _ - only")
        values = self._values(Model, at, row, left_out={"name"})
        if values.get("folder"):
            values["folder"] = str((self._path.resolve().parent / values["folder"]).resolve())
        model = Model(name=name, **values)
        for role in model.roles:
            if role not in ROLES:
                raise self._wrong(at, "roles", f"unknown role '{role}'; there are {_list(ROLES)}")
        self._require(bool(model.roles), at, "roles", "a model needs a role")
        self._require(model.dtype in DTYPES, at, "dtype", f"one of {_list(DTYPES)}")
        self._require(bool(model.licence), at, "licence", "a licence must be named")
        self._require(bool(model.hub or model.folder), at, "", "neither hub nor folder is given")
        if model.hub and not _HUB.fullmatch(model.hub):
            raise self._wrong(at, "hub", f"'{model.hub}' is no hub id: owner/name")
        for key, low, high in (("steps", 1, 200), ("batch", 1, 64), ("references", 0, 16)):
            value = getattr(model, key)
            self._require(low <= value <= high, at, key, f"must be from {low} to {high}")
        self._require(64 <= model.native_size <= 4096, at, "native_size", "must be from 64 to 4096")
        self._require(model.native_size % 16 == 0, at, "native_size", "must be a multiple of 16")
        self._require(model.guidance >= 0, at, "guidance", "must not be negative")
        self._require(model.vram_gb >= 0, at, "vram_gb", "must not be negative")
        return model

    def _routes(self, models: Mapping[str, Model]) -> dict[tuple[str, str], tuple[str, ...]]:
        routes: dict[tuple[str, str], tuple[str, ...]] = {}
        for operation, row in self._table((), "routes").items():
            at = ("routes", operation)
            if operation not in NEEDED:
                raise self._wrong(at, "", f"unknown operation '{operation}'")
            if not isinstance(row, dict):
                raise self._wrong(("routes",), operation, "must be a table of modes")
            for mode, names in row.items():
                self._require(mode in MODES, at, mode, f"unknown mode; there are {_list(MODES)}")
                routes[operation, mode] = self._route(at, mode, names, models)
        return routes

    def _route(
        self, at: tuple[str, ...], mode: str, names: Any, models: Mapping[str, Model]
    ) -> tuple[str, ...]:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._wrong(at, mode, "must be a list of model names")
        for name in names:
            if name not in models:
                raise self._wrong(at, mode, f"unknown model '{name}'")
            if NEEDED[at[1]] not in models[name].roles:
                raise self._wrong(at, mode, f"'{name}' has not the role '{NEEDED[at[1]]}'")
        return tuple(names)

    def _device(self) -> Device:
        device = Device(**self._values(Device, ("device",), self._table((), "device")))
        self._require(device.vram_gb >= 0, ("device",), "vram_gb", "must not be negative")
        self._require(device.batch_pixels >= 1, ("device",), "batch_pixels", "must be positive")
        return device

    def _safety(self) -> SafetyRules:
        rules = SafetyRules(**self._values(SafetyRules, ("safety",), self._table((), "safety")))
        fault = f"must be one of {_list(POLICIES)}"
        self._require(rules.policy in POLICIES, ("safety",), "policy", fault)
        return rules

    # --- the file's own shape ---

    def _table(self, at: tuple[str, ...], key: str) -> dict[str, Any]:
        table = self._data.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong(at, key, f"'{key}' must be a table")
        return table

    def _values(
        self,
        kind: type[Any],
        at: tuple[str, ...],
        row: Any,
        left_out: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> dict[str, Any]:
        """The row as arguments of `kind`: no unknown key, none missing, each of its type."""
        if not isinstance(row, dict):
            raise self._wrong(at[:-1], at[-1], "must be a table")
        known = {f.name: f for f in fields(kind) if f.name not in left_out}
        for key in row:
            if key not in known:
                raise self._wrong(at, key, f"unknown key '{key}'; there are {_list(known)}")
        for key, one in known.items():
            needed = one.default is MISSING and one.default_factory is MISSING
            if needed and key not in row:
                raise self._wrong(at, "", f"'{key}' is missing")
        return {key: self._typed(at, key, known[key].type, value) for key, value in row.items()}

    def _typed(self, at: tuple[str, ...], key: str, kind: Any, value: Any) -> Any:
        kind = str(kind).split("[")[0]
        fits = {
            "tuple": isinstance(value, list) and all(isinstance(item, str) for item in value),
            "Mapping": isinstance(value, dict),
            "float": isinstance(value, (int, float)) and not isinstance(value, bool),
            "int": isinstance(value, int) and not isinstance(value, bool),
            "bool": isinstance(value, bool),
        }
        if fits.get(kind, isinstance(value, str)):
            return {"tuple": tuple, "float": float}.get(kind, lambda same: same)(value)
        raise self._wrong(at, key, f"'{key}' must be {_WORDS.get(kind, 'text')}")

    def _require(self, holds: bool, at: tuple[str, ...], key: str, fault: str) -> None:
        if not holds:
            raise self._wrong(at, key, f"'{key}': {fault}" if key else fault)

    def _wrong(self, at: tuple[str, ...], key: str, fault: str) -> CatalogueError:
        where = f"[{'.'.join(at)}] " if at else ""
        return CatalogueError(self._path, self._line_of(at, key), f"{where}{fault}")

    def _line_of(self, at: tuple[str, ...], key: str) -> int:
        """The line of `key` in the table `at`, else of the table's own head, from 1."""
        head = 1
        table: list[str] = []
        for number, text in enumerate(self._lines, 1):
            stripped = text.strip()
            if stripped.startswith("["):
                table = [part.strip(" \"'") for part in stripped.strip("[]").split(".", 1)]
                # A dotted name is one name: [models.klein-4.1] is the model "klein-4.1".
                if table == list(at) or (not at and table[:1] == [key]):
                    head = number
                    if not at or not key:
                        return number
            elif table == list(at) and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", stripped):
                return number
        return head


_WORDS = {
    "tuple": "a list of text",
    "Mapping": "a table",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
}


def _list(words: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(words)
