"""The engine's operations, from a recipe and photos to pictures and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.base import (
    ASPECT_RATIOS,
    Cancelled,
    Failed,
    Inputs,
    Made,
    Outcome,
    Recipe,
    Unwatched,
    output_size,
)
from imaging.engines.diffusion import staging
from imaging.engines.diffusion.catalogue import Catalogue
from imaging.engines.diffusion.engine import DiffusionEngine
from tests.engines.diffusion.conftest import levels_apart, noisy, recipe
from tests.engines.drawn import photo


def run(engine: DiffusionEngine, *jobs: Recipe | tuple[Recipe, tuple]) -> list[Outcome]:
    pairs = [job if isinstance(job, tuple) else (job, ()) for job in jobs]
    recipes = [pair[0] for pair in pairs]
    return engine.run(recipes, [Inputs(pictures=pair[1]) for pair in pairs], Unwatched())


def made(outcome: Outcome) -> Made:
    assert isinstance(outcome, Made), outcome
    return outcome


def pixels(outcome: Outcome, place: int = 0) -> np.ndarray:
    return made(outcome).pictures[place].pixels


def test_a_sentence_becomes_a_picture_of_the_asked_size(engine):
    [outcome] = run(engine, recipe())

    assert pixels(outcome).shape == (64, 96, 3)
    assert made(outcome).pictures[0].source_type == "trainedAlgorithmicMedia"
    assert made(outcome).model == "tiny-klein"
    assert made(outcome).prompt_used.startswith("a red enamel mug. ")
    assert made(outcome).fidelity is None


@pytest.mark.parametrize("ratio", ASPECT_RATIOS)
def test_every_aspect_ratio_comes_out_exactly(engine, ratio):
    width, height = (side // 8 // 8 * 8 for side in output_size(ratio, "1k"))

    [outcome] = run(engine, recipe(aspect_ratio=ratio, width=width, height=height))

    assert pixels(outcome).shape == (height, width, 3)


def test_what_is_larger_than_the_model_draws_is_enlarged(engine):
    [outcome] = run(engine, recipe(width=512, height=288))

    assert pixels(outcome).shape == (288, 512, 3)
    drawn = made(outcome).details["pictures"][0]["drawn"]
    assert drawn[0] * drawn[1] <= 128 * 128 * 1.05


def test_the_record_says_how_it_was_drawn(engine):
    [outcome] = run(engine, recipe())

    details = made(outcome).details
    assert details["pictures"][0] | {"seconds": 0} == {
        "model": "tiny-klein",
        "seed": 5,
        "steps": 4,
        "guidance": 1.0,
        "drawn": [96, 64],
        "batch": [1, 0],
        "seconds": 0,
    }
    assert set(details["versions"]) == {"torch", "diffusers", "transformers"}


def test_the_same_recipe_is_the_same_picture(engine):
    [first], [again] = run(engine, recipe()), run(engine, recipe())

    assert np.array_equal(pixels(first), pixels(again))


def test_recipes_of_one_size_are_drawn_together_and_each_can_be_replayed(engine):
    recipes = [recipe(prompt=f"a mug, number {n}", seed=n) for n in range(4)]
    together = run(engine, *recipes)

    replays = [made(outcome).replay for outcome in together]
    assert [replay.batches for replay in replays] == [((4, n),) for n in range(4)]
    for one, replay, outcome in zip(recipes, replays, together, strict=True):
        again = Recipe.from_json({**one.as_json(), "replay": None})
        stored = Recipe.from_json({**again.as_json(), "replay": vars(replay)})
        [replayed] = run(engine, stored)
        assert np.array_equal(pixels(replayed), pixels(outcome))
        assert made(replayed).replay == replay


def test_a_replay_repeats_the_prompt_that_was_used(engine):
    first = made(run(engine, recipe())[0])
    other_words = Recipe.from_json(
        {**recipe(prompt="something else").as_json(), "replay": vars(first.replay)}
    )

    [again] = run(engine, other_words)

    assert np.array_equal(pixels(again), pixels(first))


def test_a_replay_of_a_model_that_is_gone_says_so(engine):
    gone = {"prompt": "a mug", "model": "old@abc", "batches": [[1, 0]]}

    [outcome] = run(engine, Recipe.from_json({**recipe().as_json(), "replay": gone}))

    assert any("not here any more" in note for note in made(outcome).notes)


def test_four_photos_become_four_pictures_in_one_batch(engine):
    photos = tuple(noisy(n, 96, 96) for n in range(4))

    [outcome] = run(engine, (recipe(operation="enhance", prompt="brighter"), photos))

    assert len(made(outcome).pictures) == 4
    assert {p.source_type for p in made(outcome).pictures} == {
        "compositeWithTrainedAlgorithmicMedia"
    }
    assert len({p.pixels.tobytes() for p in made(outcome).pictures}) == 4
    assert made(outcome).details["may_alter_product"] is True
    assert staging.MAY_ALTER in made(outcome).notes


def test_four_photos_become_one_where_that_is_asked_for(engine):
    photos = tuple(noisy(n, 96, 96) for n in range(4))

    [outcome] = run(
        engine, (recipe(operation="enhance", prompt="Combine them in one picture"), photos)
    )

    assert len(made(outcome).pictures) == 1


def test_each_photo_is_looked_at_for_its_own_picture(engine):
    job = recipe(operation="enhance", prompt="brighter")
    [alone] = run(engine, (job, (noisy(0, 96, 96),)))

    [both] = run(engine, (job, (noisy(0, 96, 96), noisy(1, 96, 96))))

    assert levels_apart(pixels(alone), pixels(both, 0)) <= 1


def test_what_hides_under_transparency_does_not_show(engine):
    job = recipe(operation="enhance", prompt="brighter")
    clear = np.dstack([noisy(1), np.zeros((64, 64), np.uint8)])
    white = np.full((64, 64, 3), 255, np.uint8)

    [one], [other] = run(engine, (job, (clear,))), run(engine, (job, (white,)))

    assert np.array_equal(pixels(one), pixels(other))


def test_the_product_keeps_its_pixels_where_that_is_asked_for(engine):
    job = recipe(
        operation="enhance", width=128, height=128, prompt="Keep the product, new background"
    )

    [outcome] = run(engine, (job, (photo(),)))

    assert made(outcome).fidelity > 0.9
    assert made(outcome).pictures[0].source_type == "compositeWithTrainedAlgorithmicMedia"
    assert staging.MAY_ALTER not in made(outcome).notes


def test_a_product_that_cannot_be_cut_out_is_redrawn_and_said_so(engine):
    job = recipe(operation="packshot", style="marble", prompt="")

    [outcome] = run(engine, (job, (np.full((96, 96, 3), 180, np.uint8),)))

    assert staging.NOT_FOUND in made(outcome).notes
    assert staging.MAY_ALTER in made(outcome).notes
    assert made(outcome).fidelity is None


def test_a_packshot_in_a_set_is_a_series_with_the_products_pixels(engine):
    job = recipe(operation="packshot", width=128, height=128, style="marble", prompt="", count=2)

    [outcome] = run(engine, (job, (photo(),)))

    assert len(made(outcome).pictures) == 2
    assert made(outcome).fidelity > 0.9
    assert levels_apart(pixels(outcome, 0), pixels(outcome, 1)) > 0


def test_a_packshot_on_a_plain_backdrop_needs_no_network(engine):
    job = recipe(operation="packshot", width=128, height=128, style="white_bg", prompt="")

    [outcome] = run(engine, (job, (photo(),)))

    assert made(outcome).replay is None
    assert (pixels(outcome)[:4] == 255).all()


def test_people_are_drawn_around_the_product_and_it_may_change(engine):
    job = recipe(operation="packshot", style="marble", people="one woman", prompt="")

    [outcome] = run(engine, (job, (photo(),)))

    assert staging.MAY_ALTER in made(outcome).notes


def test_a_mannequin_is_taken_out_of_the_photo_and_the_garment_may_change(engine):
    job = recipe(operation="packshot", style="ghost_mannequin", prompt="")

    [outcome] = run(engine, (job, (photo(),)))

    assert "Remove the mannequin" in made(outcome).prompt_used
    assert staging.MAY_ALTER in made(outcome).notes
    assert made(outcome).fidelity is None


def test_a_prompt_past_the_models_reach_is_shortened_and_said_so(engine):
    [outcome] = run(engine, recipe(prompt="words and more words " * 100))

    assert any("its end was left out" in note for note in made(outcome).notes)


def test_a_bad_photo_fails_alone(engine):
    bad = (recipe(operation="enhance"), (np.zeros((8, 8, 3), np.uint8),))

    failed, good = run(engine, bad, recipe())

    assert (failed.kind, isinstance(good, Made)) == ("bad_input", True)


def test_an_enhancement_without_a_photo_is_refused(engine):
    [outcome] = run(engine, recipe(operation="enhance"))

    assert isinstance(outcome, Failed)
    assert outcome.kind == "bad_input"


def test_a_catalogue_without_weights_starts_and_says_what_is_missing(tmp_path):
    file = tmp_path / "models.toml"
    file.write_text(
        '[models.m]\nroles = ["create"]\nfolder = "none"\nlicence = "MIT"\n'
        '[routes.create]\nfast = ["m"]\n'
    )
    empty = DiffusionEngine(Catalogue.read(file))
    empty.warm()

    [outcome] = run(empty, recipe())

    assert outcome == Failed(kind="model_missing", reason="The model m is not ready.")


class Follows:
    """Gives each recipe a watch of its own; the one at `stop` stops at its third message."""

    def __init__(self, stop: int) -> None:
        self.stop = stop
        self.heard: dict[int, list[tuple[int, int, str]]] = {}

    def task(self, position: int):
        return _One(self, position)

    def step(self, done: int, of: int, label: str) -> None:
        raise AssertionError("a batch follows each job by itself")


class _One:
    def __init__(self, all_: Follows, position: int) -> None:
        self.all, self.position = all_, position

    def step(self, done: int, of: int, label: str) -> None:
        heard = self.all.heard.setdefault(self.position, [])
        heard.append((done, of, label))
        if self.position == self.all.stop and len(heard) == 3:
            raise Cancelled


def test_each_job_of_a_batch_hears_its_steps_and_is_cancelled_within_one(engine):
    watch = Follows(stop=1)

    outcomes = engine.run([recipe(prompt=p) for p in "abc"], [Inputs()] * 3, watch)

    assert [getattr(outcome, "kind", "made") for outcome in outcomes] == [
        "made",
        "cancelled",
        "made",
    ]
    assert [heard[0] for heard in watch.heard[0]] == [0, 0, 1, 2, 3, 4, 4]
    assert len(watch.heard[1]) == 3
