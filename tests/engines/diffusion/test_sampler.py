"""The sampler's promises: bits, batches, steps, and no picture where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from imaging.engines.diffusion.families import Row
from imaging.engines.diffusion.loading import load_pipeline
from imaging.engines.diffusion.prompt_cache import PromptCache
from imaging.engines.diffusion.sampler import Sampler, as_pictures
from imaging.engines.diffusion.tuning import GraphedReader
from tests.engines.diffusion.conftest import levels_apart, noisy

SIZE = (64, 48)
PROMPTS = ("a red mug", "a long leather bag on an oak table by a window", "x", "white sneakers")

BATCH_LEVELS = {torch.float32: 1, torch.bfloat16: 6}
"""How far a picture drawn in a batch may be from the same one drawn alone, in grey levels."""


@pytest.fixture
def sampler() -> Sampler:
    return Sampler()


def rows(*, references: int = 0) -> list[Row]:
    return [
        Row(
            prompt,
            seed=100 + place,
            references=tuple(Image.fromarray(noisy(10 * place + n)) for n in range(references)),
        )
        for place, prompt in enumerate(PROMPTS)
    ]


def test_the_same_seed_is_the_same_picture(loaded, sampler):
    [first] = sampler.sample(loaded(), rows()[:1], SIZE)
    [again] = sampler.sample(loaded(), rows()[:1], SIZE)

    assert first.shape == (48, 64, 3)
    assert np.array_equal(first, again)


def test_another_seed_or_prompt_is_another_picture(loaded, sampler):
    [first] = sampler.sample(loaded(), [Row("a red mug", 1)], SIZE)
    [seed] = sampler.sample(loaded(), [Row("a red mug", 2)], SIZE)
    [prompt] = sampler.sample(loaded(), [Row("a blue mug", 1)], SIZE)

    assert levels_apart(first, seed) > 20
    assert levels_apart(first, prompt) > 0


def test_a_fresh_loading_draws_the_same_bits(loaded, sampler, tiny_model, residency):
    [first] = sampler.sample(loaded(), rows()[:1], SIZE)
    fresh = type(loaded())(
        tiny_model(), load_pipeline(tiny_model(), "cpu"), loaded().family, gigabytes=0.0
    )

    [again] = Sampler().sample(fresh, rows()[:1], SIZE)

    assert np.array_equal(first, again)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_batch_of_different_prompts_is_within_the_stated_tolerance(
    loaded, sampler, tiny_model, dtype
):
    model = tiny_model(name=f"klein-{dtype}", dtype=str(dtype)[6:])
    kind = type(loaded())
    fresh = kind(model, load_pipeline(model, "cpu"), loaded().family, gigabytes=0.0)

    together = sampler.sample(fresh, rows(), SIZE)
    alone = [sampler.sample(fresh, [row], SIZE)[0] for row in rows()]

    apart = [levels_apart(*pair) for pair in zip(together, alone, strict=True)]
    assert max(apart) <= BATCH_LEVELS[dtype]


@pytest.mark.parametrize("name", ["klein", "z-image", "qwen-image"])
def test_a_row_is_replayed_to_the_bit_at_its_place_among_copies(loaded, sampler, name):
    together = sampler.sample(loaded(name), rows(), SIZE)

    for place, row in enumerate(rows()):
        copies = sampler.sample(loaded(name), [row] * len(PROMPTS), SIZE)
        assert np.array_equal(copies[place], together[place])


def test_every_row_of_a_batch_looks_at_its_own_pictures(loaded, sampler):
    together = sampler.sample(loaded(), rows(references=2), SIZE)
    alone = [sampler.sample(loaded(), [row], SIZE)[0] for row in rows(references=2)]

    for one, other in zip(together, alone, strict=True):
        assert levels_apart(one, other) <= BATCH_LEVELS[torch.float32]


@pytest.mark.parametrize("count", [1, 4])
def test_pictures_that_are_looked_at_change_what_is_drawn(loaded, sampler, count):
    [without] = sampler.sample(loaded(), rows()[:1], SIZE)

    [with_them] = sampler.sample(loaded(), rows(references=count)[:1], SIZE)

    assert levels_apart(without, with_them) > 2


def test_the_edit_model_looks_at_four_pictures(loaded, sampler, small_edits):
    [edited] = sampler.sample(loaded("qwen-image-edit"), rows(references=4)[:1], SIZE)

    assert edited.shape == (48, 64, 3)


@pytest.mark.parametrize(("name", "guidance"), [("z-image", 4.0), ("qwen-image", 4.0)])
def test_guidance_is_switched_on_by_the_catalogue(loaded, sampler, name, guidance):
    [plain] = sampler.sample(loaded(name), rows()[:1], SIZE)

    [guided] = sampler.sample(
        loaded(name, name=f"{name}-guided", guidance=guidance), rows()[:1], SIZE
    )

    assert levels_apart(plain, guided) > 0


def test_each_step_is_told(loaded, sampler):
    steps = []

    sampler.sample(loaded(), rows()[:1], SIZE, lambda done, of: steps.append((done, of)))

    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_run_stops_within_a_step_and_the_next_one_is_untouched(loaded, sampler):
    [before] = sampler.sample(loaded(), rows()[:1], SIZE)
    steps = []

    def stop(done: int, of: int) -> None:
        steps.append(done)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sampler.sample(loaded(), rows()[:1], SIZE, stop)

    assert steps == [1]
    assert np.array_equal(before, sampler.sample(loaded(), rows()[:1], SIZE)[0])


def test_a_known_prompt_is_not_read_again_and_changes_no_bit(loaded):
    sampler = Sampler()
    [first] = sampler.sample(loaded(), rows()[:1], SIZE)
    [again] = sampler.sample(loaded(), rows()[:1], SIZE)

    assert sampler.cache.hits == 1
    assert np.array_equal(first, again)


def test_the_cache_forgets_the_prompt_used_longest_ago():
    cache = PromptCache(most=2)
    read = []

    for prompt in ("a", "b", "a", "c", "b"):
        cache.get("model", prompt, lambda prompt=prompt: read.append(prompt) or {})

    assert read == ["a", "b", "c", "b"]


def test_the_layers_that_are_cut_off_do_not_count(loaded):
    from diffusers import Flux2KleinPipeline

    whole = Flux2KleinPipeline.from_pretrained(loaded().model.folder, local_files_only=True)
    cut = loaded()

    with torch.inference_mode():
        expected, _ = whole.encode_prompt("a red mug")
        found = cut.family.encode(cut.pipe, "a red mug", 1.0)["prompt_embeds"]

    assert len(cut.pipe.text_encoder.model.layers) == 28
    assert torch.equal(found, expected)


def test_not_a_number_is_no_picture():
    images = torch.rand(3, 3, 8, 8)
    images[1, 0, 0, 0] = float("nan")
    images[2] = 0.5

    sound, broken, even = as_pictures(images)

    assert sound.shape == (8, 8, 3)
    assert broken is None
    assert even is None


def test_reading_by_marks_is_the_librarys_own_reading(loaded):
    pipe = loaded().pipe
    with torch.inference_mode():
        tokens = pipe.tokenizer(
            "a red mug", padding="max_length", max_length=64, return_tensors="pt"
        )
        whole = pipe.text_encoder(**tokens, output_hidden_states=True, use_cache=False)

        marked = GraphedReader(pipe.text_encoder, (9, 18, 27))(**tokens)

    for mark in (9, 18, 27):
        assert torch.equal(marked.hidden_states[mark], whole.hidden_states[mark])
