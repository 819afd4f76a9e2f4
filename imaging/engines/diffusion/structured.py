"""Answers of a language model that are JSON of a given shape, whatever its weights are.

At each token everything that would leave the schema is masked out, so the answer is never parsed
in hope. Source: llguidance, JSON schema to token masks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import llguidance
import llguidance.hf
import llguidance.numpy
import numpy as np
import torch
import transformers

Stopped = Literal["", "deadline", "cancelled"]


class Grammar:
    """What of a tokenizer the masks need: made once, it reads the whole vocabulary."""

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Sequence[int]) -> None:
        """`vocabulary` is the width of the network's answer, `ends` the tokens that end one."""
        self.vocabulary = vocabulary
        self._tokenizer = llguidance.hf.from_tokenizer(
            tokenizer, n_vocab=vocabulary, eos_token=list(ends)
        )

    def masks(self, schema: Mapping[str, Any]) -> JsonMasks:
        """Masks for one answer. Raises ValueError for a schema that cannot be followed."""
        # Free blanks would let a network write nothing but blanks.
        grammar = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), defaults={"whitespace_flexible": False}
        )
        matcher = llguidance.LLMatcher(self._tokenizer, grammar)
        if matcher.is_error():
            raise ValueError(matcher.get_error())
        return JsonMasks(matcher, self.vocabulary)


class JsonMasks(transformers.LogitsProcessor):  # type: ignore[misc]  # the library has no types
    """For `generate(logits_processor=...)`: one answer, batch size 1."""

    def __init__(self, matcher: Any, vocabulary: int) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary
        self._bits = llguidance.numpy.allocate_token_bitmask(1, vocabulary)
        self._seen: int | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """`scores` (1, vocabulary) with everything that is not allowed at minus infinity."""
        if self._seen is not None:
            for token in input_ids[0, self._seen :].tolist():
                self._matcher.consume_token(token)
        self._seen = input_ids.shape[1]
        if self._matcher.is_error():
            raise ValueError(self._matcher.get_error())
        # Not by llguidance.torch: that compiles a kernel, for which a machine needs a compiler.
        llguidance.numpy.fill_next_token_bitmask(self._matcher, self._bits, 0)
        allowed = np.unpackbits(self._bits.view(np.uint8), bitorder="little")[: self._vocabulary]
        forbidden = torch.from_numpy(allowed == 0).to(scores.device)
        return scores.masked_fill(forbidden, -torch.inf)


class Patience(transformers.StoppingCriteria):  # type: ignore[misc]  # the library has no types
    """Stops between two tokens when time is up or somebody cancelled; `stopped` says which."""

    def __init__(self, seconds: float, cancelled: Callable[[], bool]) -> None:
        self._until = time.monotonic() + seconds
        self._cancelled = cancelled
        self.stopped: Stopped = ""

    def __call__(self, input_ids: torch.Tensor, scores: Any, **more: Any) -> torch.Tensor:
        if not self.stopped:
            if self._cancelled():
                self.stopped = "cancelled"
            elif time.monotonic() > self._until:
                self.stopped = "deadline"
        shape = (input_ids.shape[0],)
        return torch.full(shape, bool(self.stopped), dtype=torch.bool, device=input_ids.device)
