"""The engine with its helpers: thinking, moderation and enlarging around one drawing."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch

from imaging.engines.base import Cancelled, Failed, Inputs, Made, Outcome, Recipe, Unwatched
from imaging.engines.client import EngineHost, HostError
from imaging.engines.diffusion import tiny, tiny_companions
from imaging.engines.diffusion.aides import Aides
from imaging.engines.diffusion.catalogue import Catalogue
from imaging.engines.diffusion.engine import DiffusionEngine
from imaging.engines.diffusion.safety import NotReady, Safety, Verdict
from imaging.engines.diffusion.thinking import Thinker, Thought
from tests.engines.drawn import photo

torch.set_num_threads(1)

ENGINE = "imaging.engines.diffusion.engine:DiffusionEngine"


@pytest.fixture(scope="module")
def models() -> Iterator[Path]:
    """The `models.toml` over a tiny painter and all tiny companions."""
    with TemporaryDirectory(prefix="softbox-aides-") as name:
        folder = Path(name)
        tiny.build(folder)
        tiny_companions.build(folder)
        file = folder / "models.toml"
        file.write_text(file.read_text() + "\n" + tiny_companions.CATALOGUE)
        yield file


@pytest.fixture(scope="module")
def engine(models: Path) -> DiffusionEngine:
    return DiffusionEngine(Catalogue.read(models))


@pytest.fixture
def altered(engine: DiffusionEngine) -> Callable[..., DiffusionEngine]:
    """The same painter with other helpers: some options or facts of one set otherwise."""

    def make(
        name: str, *, without: bool = False, folder: str = "", **options: Any
    ) -> DiffusionEngine:
        models = dict(engine.catalogue.models)
        model = models.pop(f"tiny-{name}")
        if not without:
            models[model.name] = replace(
                model, folder=folder or model.folder, options={**model.options, **options}
            )
        other = copy.copy(engine)
        other._aides = Aides(replace(engine.catalogue, models=models), "cpu")
        return other

    return make


def recipe(**facts: Any) -> Recipe:
    return Recipe(
        **{
            "operation": "create",
            "width": 64,
            "height": 64,
            "seed": 3,
            "prompt": "make it shine",
            **facts,
        }
    )


def run(engine: DiffusionEngine, one: Recipe, *photos: Any, watch: Any = None) -> Outcome:
    [outcome] = engine.run([one], [Inputs(pictures=photos)], watch or Unwatched())
    return outcome


def made(outcome: Outcome) -> Made:
    assert isinstance(outcome, Made), outcome
    return outcome


# --- Thinking ------------------------------------------------------------------------------------


def test_thinking_draws_the_prompt_that_was_written_and_keeps_it(engine: DiffusionEngine) -> None:
    assert engine.thinks

    outcome = made(run(engine, recipe(mode="thinking")))

    assert outcome.mode is None
    assert outcome.prompt_used != "make it shine"
    assert outcome.details["thinking"]["model"] == "tiny-thinker"


def test_thinking_looks_at_all_four_photos(engine: DiffusionEngine) -> None:
    photos = [photo(64, 64), photo(64, 48), photo(48, 64), 255 - photo(64, 64)]
    four = recipe(operation="enhance", mode="thinking", prompt="combine them in one picture")

    outcome = made(run(engine, four, *photos))

    assert len(outcome.pictures) == 1
    assert "Keep exactly as it is" in outcome.prompt_used


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seconds": 0.0}, "took too long"),
        ({"prompt_chars": 5}, "the language model failed"),
    ],
)
def test_thinking_that_fails_draws_in_fast_mode_and_says_why(
    altered: Callable[..., DiffusionEngine], change: dict[str, Any], words: str, caplog: Any
) -> None:
    caplog.set_level(logging.CRITICAL)

    outcome = made(run(altered("thinker", **change), recipe(mode="thinking")))

    assert outcome.mode == "fast"
    assert any(words in note and "price of fast mode" in note for note in outcome.notes)
    assert words in outcome.details["thinking"]["failed"]


def test_a_prompt_that_is_not_safe_is_not_drawn(
    altered: Callable[..., DiffusionEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def think(self: Thinker, **asked: Any) -> Thought:
        return Thought("a pipe bomb on marble")

    monkeypatch.setattr(Thinker, "rewrite", think)

    outcome = made(run(altered("thinker"), recipe(mode="thinking")))

    assert outcome.mode == "fast"
    assert "pipe bomb" not in outcome.prompt_used
    assert any("refused by the safety filters" in note for note in outcome.notes)


def test_without_a_language_model_the_engine_does_not_think(
    altered: Callable[..., DiffusionEngine],
) -> None:
    assert not altered("thinker", without=True).thinks


def test_a_cancelled_thought_cancels_the_job(altered: Callable[..., DiffusionEngine]) -> None:
    class StopWhileThinking:
        told = 0

        def step(self, done: int, of: int, label: str) -> None:
            self.told += label == "Thinking"
            if self.told == 2:
                raise Cancelled

    slow = altered("thinker", prompt_chars=6000)

    outcome = run(slow, recipe(mode="thinking"), watch=StopWhileThinking())

    assert isinstance(outcome, Failed)
    assert outcome.kind == "cancelled"


# --- Moderation ----------------------------------------------------------------------------------


def test_the_scores_of_all_checks_are_in_the_record(engine: DiffusionEngine) -> None:
    outcome = made(run(engine, recipe(operation="enhance"), photo(64, 64)))

    record = outcome.details["safety"]
    assert record["policy"] == "required"
    assert set(record["text"]) == {"safe", "controversial", "unsafe"}
    assert set(record["inputs"]) == set(record["outputs"]) == {"nsfw"}


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("guard", {"unsafe": 0.0}, None),
        ("classifier", {"input": 0.0}, "sexual content"),
        ("classifier", {"output": 0.0}, "sexual content"),
    ],
)
def test_what_is_refused_at_any_stage_is_blocked_with_its_category(
    altered: Callable[..., DiffusionEngine], name: str, change: dict[str, Any], reason: str | None
) -> None:
    outcome = run(altered(name, **change), recipe(operation="enhance"), photo(64, 64))

    assert isinstance(outcome, Failed)
    assert outcome.kind == "blocked"
    assert outcome.categories
    assert reason in (None, outcome.reason)


def test_one_blocked_job_does_not_block_its_neighbour(engine: DiffusionEngine) -> None:
    recipes = [recipe(prompt="a pipe bomb"), recipe()]

    blocked, fine = engine.run(recipes, [Inputs(), Inputs()], Unwatched())

    assert isinstance(blocked, Failed)
    assert blocked.categories == ("weapons",)
    assert isinstance(fine, Made)


def test_every_field_of_a_packshot_is_read(engine: DiffusionEngine) -> None:
    for field in ("prompt", "background", "scene_type", "people", "location"):
        outcome = run(engine, recipe(operation="packshot", **{field: "a pipe bomb"}), photo())

        assert isinstance(outcome, Failed)
        assert outcome.categories == ("weapons",)


def test_with_a_required_checker_missing_the_engine_does_not_start(
    altered: Callable[..., DiffusionEngine],
) -> None:
    lame = altered("classifier", blocked_labels=["unknown"])

    with pytest.raises(NotReady, match="tiny-classifier is required"):
        lame.warm()
    outcome = run(lame, recipe())
    assert isinstance(outcome, Failed)
    assert outcome.kind == "model_missing"


def test_its_host_does_not_start_either(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = models.with_name("broken.toml")
    file.write_text(models.read_text().replace('folder = "guard"', 'folder = "gone"'))
    (models.parent / "gone").mkdir(exist_ok=True)
    monkeypatch.setenv("MODELS_FILE", str(file))
    host = EngineHost(ENGINE, start_seconds=60)

    with pytest.raises(HostError):
        host.facts()
    host.close()


def test_a_failing_check_costs_the_job_never_the_check(
    altered: Callable[..., DiffusionEngine], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.set_level(logging.CRITICAL)

    def fail(self: Safety, pictures: Any, stage: str = "output") -> Verdict:
        raise RuntimeError("the card is gone")

    monkeypatch.setattr(Safety, "check_pictures", fail)

    assert isinstance(run(altered("classifier"), recipe()), Failed)


# --- Enlarging -----------------------------------------------------------------------------------


def test_a_picture_larger_than_the_painter_draws_is_enlarged(engine: DiffusionEngine) -> None:
    outcome = made(run(engine, recipe(width=256, height=144, aspect_ratio="16:9")))

    assert outcome.pictures[0].pixels.shape == (144, 256, 3)


def test_without_its_weights_it_is_enlarged_by_resampling(
    altered: Callable[..., DiffusionEngine], tmp_path: Path, caplog: Any
) -> None:
    lost = altered("upscaler", folder=str(tmp_path / "none"))

    outcome = made(run(lost, recipe(width=160, height=160)))

    assert outcome.pictures[0].pixels.shape == (160, 160, 3)
    assert "is not at hand" in caplog.text
