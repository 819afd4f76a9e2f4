"""Which Mitsuba variant is used: a library is trusted only after a child process survived it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imaging.engines.studio.scene import variant


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "softbox" / "llvm.json"


def library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file that is no library, and the only one to be found."""
    file = folder / "libLLVM-15.so"
    file.write_text("not a library")
    monkeypatch.setattr(variant, "_candidates", lambda: [str(file)])
    return str(file)


def test_a_library_that_does_not_render_is_refused_without_harm(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(tmp_path, monkeypatch)

    assert variant.working_llvm() is None
    assert list(json.loads(own_cache.read_text()).values()) == [False]


def test_a_child_that_aborts_is_a_refusal(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(tmp_path, monkeypatch)
    monkeypatch.setattr(variant, "_PROBE", "import os; print('works', flush=True); os.abort()")

    assert variant.working_llvm() is None


def test_a_verdict_is_remembered(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library(tmp_path, monkeypatch)
    monkeypatch.setattr(variant, "_renders_with", lambda _: True)
    assert variant.working_llvm() == path
    monkeypatch.setattr(variant, "_renders_with", lambda _: False)

    assert variant.working_llvm() == path


def test_a_library_that_changed_is_tried_again(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library(tmp_path, monkeypatch)
    monkeypatch.setattr(variant, "_renders_with", lambda _: True)
    assert variant.working_llvm() == path
    Path(path).write_text("another one")
    monkeypatch.setattr(variant, "_renders_with", lambda _: False)

    assert variant.working_llvm() is None


@pytest.mark.parametrize("text", ["", "[]", "{", "nonsense"])
def test_a_broken_file_of_verdicts_is_no_obstacle(
    text: str, own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_cache.parent.mkdir(parents=True)
    own_cache.write_text(text)
    path = library(tmp_path, monkeypatch)
    monkeypatch.setattr(variant, "_renders_with", lambda _: True)

    assert variant.working_llvm() == path


def test_the_variant_in_use_is_one_of_the_two() -> None:
    assert variant.variant() in (variant.LLVM, variant.SCALAR)
