"""Thinking mode: a language model that sees looks at the photos and writes the prompt.

Its answer is held to a schema while it is written, checked when it is there, and bounded in time.
Whatever goes wrong is ThinkingFailed: the caller then draws in fast mode, at its price. Words are
chosen greedily, so the same request and photos give the same prompt.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image

from imaging.engines.base import Cancelled, Operation, Pixels
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.companions import as_data, load_companion, load_tokenizer
from imaging.engines.diffusion.structured import Grammar, Patience
from imaging.engines.diffusion.weights import WeightsError
from imaging.engines.picture import flatten, resize
from imaging.engines.studio.scene.phrases import clauses, singular
from imaging.engines.studio.scene.product_words import name_product

logger = logging.getLogger(__name__)

PROMPT_CHARS, PROMPT_LEAST = 1200, 20
NOTE_CHARS, NOTES = 60, 4
PICTURE_PIXELS = 512 * 512
"""How much of each photo the model sees; a quarter of a megapixel is about 300 of its tokens."""

_FILE = Path(__file__).with_name("thinking.toml")
_TOKENS_PER_CHAR = 1.2  # of the worst scripts; ordinary words take a quarter of it
_CHARS_PER_WORD = 7
_PICTURE, _HOLE = "<|image_pad|>", "<|picture_hole|>"
_ADDRESS = re.compile(
    r"https?:|www\.|\S@\w|\b[\w-]+\.(?:com|net|org|info|shop|store|io|co|in|uk|de)\b", re.IGNORECASE
)


class ThinkingFailed(Exception):
    """There is no prompt to draw from. `reason` is a clause, safe to show to a partner."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def fell_back(failure: ThinkingFailed) -> str:
    """The sentence a partner reads on a picture that was drawn without thinking."""
    return (
        f"Thinking mode could not be used: {failure.reason}. "
        "Made in fast mode, at the price of fast mode."
    )


@dataclass(frozen=True)
class Thought:
    """The prompt to draw from, and plain JSON for the record (what was seen, by which model)."""

    prompt: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Thinker:
    """A language model that sees. Options of its model: `prompt_chars`, `note_chars` (most
    letters of the prompt and of each note), `picture_pixels` (of each photo)."""

    def __init__(self, model: Model, device: str) -> None:
        """Raises WeightsError for weights that are missing or broken."""
        self.model = model
        self._device = device
        self._network, folder = load_companion(model, device, "AutoModelForImageTextToText")
        self._tokenizer = load_tokenizer(folder)
        try:
            # The whole processor would want torchvision, for videos.
            self._eye = transformers.Qwen2VLImageProcessorPil.from_pretrained(
                folder, local_files_only=True
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WeightsError(f"{folder} has no picture processor: {error}") from error
        self._prompt_chars = int(model.options.get("prompt_chars", PROMPT_CHARS))
        self._note_chars = int(model.options.get("note_chars", NOTE_CHARS))
        self._picture_pixels = int(model.options.get("picture_pixels", PICTURE_PIXELS))
        self._ends = self._end_tokens()
        vocabulary = self._network.config.get_text_config().vocab_size
        self._grammar = Grammar(self._tokenizer, vocabulary, self._ends)

    def _end_tokens(self) -> list[int]:
        ends = self._network.generation_config.eos_token_id
        ends = [ends] if isinstance(ends, int) else list(ends or [])
        return ends or [int(self._tokenizer.eos_token_id)]

    def rewrite(
        self,
        *,
        operation: Operation,
        text: str,
        style: str = "",
        pictures: Sequence[Pixels] = (),
        deadline_seconds: float,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Thought:
        """A prompt for what `text` asks for, written after a look at the pictures.

        Raises ThinkingFailed when there is none within the deadline, and Cancelled. A deadline or
        a cancellation is noticed within one token.
        """
        started = time.monotonic()
        patience = Patience(deadline_seconds, cancelled)
        try:
            answer, tokens = self._answer(operation, text, style, pictures, patience)
        except Cancelled:
            raise
        except (ThinkingFailed, torch.OutOfMemoryError, MemoryError) as error:
            reason = getattr(error, "reason", "the language model ran out of memory")
            raise ThinkingFailed(reason) from error
        except (RuntimeError, ValueError, TypeError, KeyError, IndexError) as error:
            logger.exception("thinking failed")
            raise ThinkingFailed("the language model failed") from error
        return Thought(
            prompt=finished_prompt(operation, answer, text, most=self._prompt_chars),
            details={
                **{name: answer[name] for name in ("subject", "problems", "keep")},
                "model": self.model.label,
                "instructions": _instructions()["version"],
                "tokens": tokens,
                "seconds": round(time.monotonic() - started, 3),
            },
        )

    def _answer(
        self,
        operation: Operation,
        text: str,
        style: str,
        pictures: Sequence[Pixels],
        patience: Patience,
    ) -> tuple[dict[str, Any], int]:
        """What the model said, clean, and how many tokens it took."""
        words = self._prompt_chars // _CHARS_PER_WORD
        given = self._given(_rules(operation, words), _request(text, style), pictures)
        schema = answer_schema(self._prompt_chars, self._note_chars)
        letters = self._prompt_chars + (2 * NOTES + 1) * self._note_chars + 100
        with torch.inference_mode():
            tokens = self._network.generate(
                **given,
                do_sample=False,
                max_new_tokens=math.ceil(letters * _TOKENS_PER_CHAR),
                eos_token_id=self._ends,
                pad_token_id=self._tokenizer.pad_token_id,
                logits_processor=[self._grammar.masks(schema)],
                stopping_criteria=transformers.StoppingCriteriaList([patience]),
            )
        if patience.stopped == "cancelled":
            raise Cancelled
        if patience.stopped == "deadline":
            raise ThinkingFailed("the language model took too long")
        said = tokens[0, given["input_ids"].shape[1] :]
        return _parsed(self._tokenizer.decode(said, skip_special_tokens=True)), len(said)

    def _given(self, rules: str, request: str, pictures: Sequence[Pixels]) -> dict[str, Any]:
        """The conversation so far and the photos, as the network takes them.

        Each photo's one placeholder becomes as many as the network sees patches of it.
        """
        content = [*({"type": "image"} for _ in pictures), {"type": "text", "text": request}]
        text = self._tokenizer.apply_chat_template(
            [{"role": "system", "content": rules}, {"role": "user", "content": content}],
            tokenize=False,
            add_generation_prompt=True,
            # Models that reason aloud first would spend the time on it.
            enable_thinking=False,
        )
        seen: dict[str, Any] = {}
        if pictures:
            images = [self._seen(picture) for picture in pictures]
            seen = dict(self._eye(images=images, return_tensors="pt"))
            merged = self._eye.merge_size**2
            for grid in seen["image_grid_thw"]:
                text = text.replace(_PICTURE, _HOLE * (int(grid.prod()) // merged), 1)
            text = text.replace(_HOLE, _PICTURE)
        tokens = dict(self._tokenizer(text, return_tensors="pt"))
        placeholder = self._tokenizer.convert_tokens_to_ids(_PICTURE)
        tokens["mm_token_type_ids"] = (tokens["input_ids"] == placeholder).long()
        return {name: value.to(self._device) for name, value in {**tokens, **seen}.items()}

    def _seen(self, picture: Pixels) -> Image.Image:
        """One photo, opaque, at most `picture_pixels` large."""
        height, width = picture.shape[:2]
        scale = min(1.0, math.sqrt(self._picture_pixels / (width * height)))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return Image.fromarray(flatten(resize(picture, *size)))


# --- What it is told, and in what form it answers ------------------------------------------------


@cache
def _instructions() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def _rules(operation: Operation, words: int) -> str:
    told = _instructions()
    return f"{told['rules'].format(words=words).strip()}\n{told['tasks'][operation].strip()}"


def _request(text: str, style: str) -> str:
    """The customer's words in fields that they cannot close."""
    fields = [f"<request>\n{as_data(text).strip() or 'make it look its best'}\n</request>"]
    if style.strip():
        fields.append(f"<style>{as_data(style).strip()}</style>")
    return "\n".join(fields)


def answer_schema(prompt_chars: int, note_chars: int) -> dict[str, Any]:
    """The JSON schema of an answer. Every text and list has an end: masks alone would let a
    network write for ever."""
    note = {"type": "string", "maxLength": note_chars}
    notes = {"type": "array", "items": note, "maxItems": NOTES}
    prompt = {"type": "string", "minLength": PROMPT_LEAST, "maxLength": prompt_chars}
    properties = {"subject": note, "problems": notes, "keep": notes, "prompt": prompt}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _parsed(said: str) -> dict[str, Any]:
    try:
        answer = json.loads(said)
    except ValueError:
        raise ThinkingFailed("the language model's answer was cut short") from None
    return {
        "subject": _clean(answer["subject"]),
        "problems": [note for note in map(_clean, answer["problems"]) if note],
        "keep": [note for note in map(_clean, answer["keep"]) if note],
        "prompt": _clean(answer["prompt"]),
    }


def _clean(text: str) -> str:
    """One line of printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# --- Whether it will do --------------------------------------------------------------------------


def finished_prompt(
    operation: Operation, answer: Mapping[str, Any], text: str, *, most: int
) -> str:
    """The prompt to draw from: the model's, and for photos what must stay as it is.

    Raises ThinkingFailed for one that is too short or long, holds an address, or has lost the
    product that the request names.
    """
    prompt: str = answer["prompt"]
    if not PROMPT_LEAST // 2 <= len(prompt) <= most:
        raise ThinkingFailed("the language model wrote no usable prompt")
    if _ADDRESS.search(prompt):
        raise ThinkingFailed("the language model wrote an address")
    product = named_product(text)
    # The scene of a packshot is drawn without its product.
    if operation != "packshot" and product and product not in _words(prompt):
        raise ThinkingFailed("the language model lost the product")
    if operation != "enhance":
        return prompt
    closing = _instructions()["closing"]
    keep = ", ".join([*answer["keep"], closing["keep"]])
    ended = prompt if prompt.endswith((".", "!", "?")) else f"{prompt}."
    return f"{ended} {closing['enhance'].format(keep=keep)}"


def named_product(text: str) -> str:
    """The noun, in the singular, of the product a request is about; "" where it names none that
    we know. Reads English."""
    named = name_product(clauses(text))
    return singular(named.word.split()[-1]) if named and named.archetype else ""


def _words(text: str) -> set[str]:
    return {singular(word) for word in re.findall(r"\w+", text.lower())}
