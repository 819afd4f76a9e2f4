"""Drawing: what goes together, who takes over, and what happens when memory runs out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from imaging.engines.base import Cancelled
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.drawing import SMALLER, DeviceLost, Drawing, Wanted
from imaging.engines.diffusion.residency import Residency
from imaging.engines.diffusion.sampler import Sampler
from tests.engines.diffusion.conftest import noisy
from tests.engines.diffusion.small_card import SmallCard


class Watched(Sampler):
    """A sampler that remembers its batches."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[tuple[str, int, tuple[int, int]]] = []

    def sample(self, loaded: Any, rows: Sequence[Any], size: tuple[int, int], *rest: Any) -> Any:
        self.batches.append((loaded.model.name, len(rows), size))
        return super().sample(loaded, rows, size, *rest)


@pytest.fixture
def sampler() -> Watched:
    return Watched()


@pytest.fixture
def draw(residency: Residency, sampler: Watched) -> Callable[..., list[Wanted]]:
    def draw(*wanted: Wanted, batch_pixels: int = 4 * 64 * 64) -> list[Wanted]:
        Drawing(residency, sampler, batch_pixels).draw(wanted)
        return list(wanted)

    return draw


@pytest.fixture
def wanted(tiny_model: Callable[..., Model]) -> Callable[..., Wanted]:
    """A picture to draw; anything of it can be set."""

    def make(prompt: str = "a red mug", **facts: Any) -> Wanted:
        return Wanted(
            **{
                "prompt": prompt,
                "seed": 7,
                "size": (64, 64),
                "route": (tiny_model(),),
                "on_step": lambda done, of: None,
                **facts,
            }
        )

    return make


def test_pictures_of_one_size_are_drawn_in_one_batch(draw, wanted, sampler):
    drawn = draw(wanted("a"), wanted("b"), wanted("c"))

    assert sampler.batches == [("klein", 3, (64, 64))]
    assert [one.batch for one in drawn] == [(3, 0), (3, 1), (3, 2)]
    assert all(one.pixels is not None for one in drawn)


def test_other_sizes_and_other_photos_are_other_batches(draw, wanted, sampler):
    draw(
        wanted(),
        wanted(size=(64, 48)),
        wanted(pictures=(noisy(1),)),
        wanted(pictures=(noisy(2, 64, 96),)),
        wanted(),
    )

    assert sorted(count for _, count, _ in sampler.batches) == [1, 1, 1, 2]


def test_a_batch_holds_no_more_pixels_than_the_device_allows(draw, wanted, sampler):
    draw(*(wanted(str(n)) for n in range(5)), batch_pixels=2 * 64 * 64)

    assert [count for _, count, _ in sampler.batches] == [2, 2, 1]


def test_a_batch_holds_no_more_pictures_than_the_model_allows(draw, wanted, sampler, tiny_model):
    route = (tiny_model(name="alone", batch=1),)

    draw(*(wanted(str(n), route=route) for n in range(3)))

    assert [count for _, count, _ in sampler.batches] == [1, 1, 1]


def test_a_replay_is_drawn_at_its_place_in_a_batch_of_that_size(draw, wanted):
    first = draw(wanted("a"), wanted("b"), wanted("c"))[1]

    [again] = draw(wanted("b", replay=first.batch))

    assert again.batch == (3, 1)
    assert np.array_equal(first.pixels, again.pixels)


def test_a_model_that_is_missing_leaves_it_to_the_next(draw, wanted, tiny_model, tmp_path):
    missing = tiny_model(name="missing", folder=str(tmp_path / "none"))

    [one] = draw(wanted(route=(missing, tiny_model())))

    assert one.model.name == "klein"
    assert one.tried == [
        {"model": "missing", "kind": "model_missing", "reason": "The model missing is not ready."}
    ]


def test_corrupt_weights_leave_it_to_the_next(draw, wanted, tiny_model, tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder / "klein", tmp_path / "broken")
    with (folder / "vae" / "diffusion_pytorch_model.safetensors").open("r+b") as file:
        file.truncate(500)

    [one] = draw(wanted(route=(tiny_model(name="broken", folder=str(folder)), tiny_model())))

    assert (one.model.name, one.tried[0]["kind"]) == ("klein", "model_missing")


def test_when_no_model_is_left_the_last_ones_words_are_the_failure(
    draw, wanted, tiny_model, tmp_path
):
    missing = tiny_model(name="missing-too", folder=str(tmp_path))

    [one] = draw(wanted(route=(missing,)))

    assert (one.failure.kind, one.pixels) == ("model_missing", None)


def test_without_a_route_nobody_draws(draw, wanted):
    [one] = draw(wanted(route=()))

    assert one.failure.kind == "model_missing"


def test_a_black_picture_is_none_and_the_next_model_draws(
    draw, wanted, tiny_model, residency, tiny_folder, tmp_path
):
    folder = shutil.copytree(tiny_folder / "klein", tmp_path / "nan")
    model = tiny_model(name="nan", folder=str(folder))
    weight = residency.acquire(model).pipe.transformer.proj_out.weight
    weight.data.fill_(float("nan"))

    [one] = draw(wanted(route=(model, tiny_model())))

    assert (one.model.name, one.tried[0]["reason"]) == ("klein", "The model made no picture.")


def test_a_prompt_the_model_cannot_read_to_its_end_is_shortened_and_said_so(draw, wanted):
    long = " ".join(f"word{n}" for n in range(300))

    [one, short] = draw(wanted(long), wanted("short"))

    assert one.is_shortened
    assert long.startswith(one.prompt_used)
    assert not short.is_shortened


# --- Cancelled -----------------------------------------------------------------------------------


def test_one_picture_of_a_batch_is_given_up_and_the_others_go_on(draw, wanted, sampler):
    def stop_at_two(done: int, of: int) -> None:
        if done == 2:
            raise Cancelled

    lost, kept = draw(wanted("a", on_step=stop_at_two), wanted("b"))

    assert (lost.failure.kind, lost.pixels) == ("cancelled", None)
    assert kept.pixels is not None
    assert len(sampler.batches) == 1


def test_a_batch_nobody_wants_stops_at_once(draw, wanted):
    steps = []

    def stop(done: int, of: int) -> None:
        steps.append(done)
        if done == 1:
            raise Cancelled

    both = draw(wanted("a", on_step=stop), wanted("b", on_step=stop))

    assert [one.failure.kind for one in both] == ["cancelled", "cancelled"]
    assert max(steps) == 1


# --- Out of memory -------------------------------------------------------------------------------

# Numbers in the largest tensor that decoding one picture makes: (8, 64, 64).
_ONE = 8 * 64 * 64


def test_a_batch_that_is_too_large_is_drawn_one_by_one(draw, wanted, sampler):
    with SmallCard(most=_ONE * 2) as card:
        drawn = draw(*(wanted(str(n)) for n in range(4)))

    assert card.refused == 1
    assert [count for _, count, _ in sampler.batches] == [4, 1, 1, 1, 1]
    assert all(one.pixels is not None and one.batch == (1, 0) for one in drawn)


def test_a_picture_that_is_too_large_is_drawn_smaller(draw, wanted, sampler):
    with SmallCard(most=_ONE - 1):
        [one] = draw(wanted(size=(64, 64)))

    assert one.pixels is not None
    assert one.pixels.shape[1] == round(64 * SMALLER / 16) * 16
    assert [size for _, _, size in sampler.batches] == [(64, 64), (48, 48)]


def test_a_picture_that_never_fits_fails_and_the_next_is_drawn(draw, wanted):
    with SmallCard(most=100) as card:
        [one] = draw(wanted())
    [next_one] = draw(wanted())

    assert one.failure.kind == "out_of_memory"
    assert card.refused == 2
    assert next_one.pixels is not None


def test_decoding_in_tiles_ends_with_the_picture_that_needed_it(draw, wanted, loaded):
    with SmallCard(most=_ONE - 1):
        draw(wanted())

    assert loaded().pipe.vae.use_tiling is False


def test_a_lost_device_ends_the_process(draw, wanted, sampler, monkeypatch):
    def lost(*arguments: Any) -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(Sampler, "sample", lost)

    with pytest.raises(DeviceLost):
        draw(wanted())


def test_any_other_failure_of_a_model_leaves_it_to_the_next(
    draw, wanted, tiny_model, residency, monkeypatch
):
    odd = tiny_model(name="odd")
    pipe = residency.acquire(odd).pipe
    monkeypatch.setattr(pipe, "check_inputs", lambda *a, **k: 1 / 0)

    [one] = draw(wanted(route=(odd, tiny_model())))

    assert (one.model.name, one.tried[0]["reason"]) == ("klein", "The model failed.")
