"""A language model that judges what a text asks for, by forced choice among its own labels.

What it would write is never parsed: of each label the probability is taken, so that the answer is
always one of them, the same every time, and a number that a threshold can be set on.
Source: Qwen3Guard Technical Report (2025), severity levels and categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from imaging.engines.base import EngineError
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.companions import as_data, load_companion, load_tokenizer

LEVELS = ("Safe", "Controversial", "Unsafe")
CATEGORIES: Mapping[str, str] = {
    "Violent": "violence",
    "Non-violent Illegal Acts": "illegal",
    "Sexual Content or Sexual Acts": "sexual",
    "PII": "personal_data",
    "Suicide & Self-Harm": "self_harm",
    "Unethical Acts": "unethical",
    "Politically Sensitive Topics": "political",
    "Copyright Violation": "copyright",
    "Jailbreak": "jailbreak",
}
"""The model's labels -> ours (moderation.toml)."""

UNSAFE, CONTROVERSIAL = 0.5, 0.9
"""From these probabilities on a text is refused; the model's options set others."""

_LEVEL, _CATEGORY = "Safety:", "\nCategories:"


@dataclass(frozen=True)
class Judgement:
    """Probabilities of the levels, which sum to 1, and what a refused text falls into."""

    scores: Mapping[str, float]
    refused: bool
    category: str = ""


class TextGuard:
    """Judges texts. Options of its model: `unsafe`, `controversial` (thresholds), `ignored` (our
    categories that a shop may show)."""

    def __init__(self, model: Model, device: str) -> None:
        """Raises WeightsError for weights that are missing or broken."""
        self.model = model
        self._device = device
        self._network, folder = load_companion(model, device, "AutoModelForCausalLM")
        self._tokenizer = load_tokenizer(folder)
        self._unsafe = float(model.options.get("unsafe", UNSAFE))
        self._controversial = float(model.options.get("controversial", CONTROVERSIAL))
        self._ignored = frozenset(model.options.get("ignored", ()))

    def judge(self, text: str) -> Judgement:
        """What the model thinks of a request in these words.

        Raises EngineError("failed") where it answers with no numbers.
        """
        asked = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": as_data(text)}],
            tokenize=False,
            add_generation_prompt=True,
        )
        levels = self._choose(asked + _LEVEL, LEVELS)
        scores = {level.lower(): levels[level] for level in LEVELS}
        refused = scores["unsafe"] >= self._unsafe or scores["controversial"] >= self._controversial
        if not refused:
            return Judgement(scores, refused=False)
        level = "Unsafe" if scores["unsafe"] >= scores["controversial"] else "Controversial"
        kinds = self._choose(f"{asked}{_LEVEL} {level}{_CATEGORY}", tuple(CATEGORIES))
        category = CATEGORIES[max(kinds, key=kinds.__getitem__)]
        return Judgement(scores, refused=category not in self._ignored, category=category)

    def _choose(self, before: str, labels: Sequence[str]) -> dict[str, float]:
        """Label -> probability that the model goes on with it and not with another of them."""
        start = self._tokens(before)
        ends = [self._tokens(f" {label}") for label in labels]
        longest = len(start) + max(map(len, ends))
        padding = self._tokenizer.pad_token_id or 0
        rows = [start + end + [padding] * (longest - len(start) - len(end)) for end in ends]
        tokens = torch.tensor(rows, device=self._device)
        with torch.inference_mode():
            # On the right the padding is seen by nothing that counts.
            logits = self._network(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
        likely = logits[:, len(start) - 1 : -1].float().log_softmax(-1)
        sums = [float(likely[row, range(len(end)), end].sum()) for row, end in enumerate(ends)]
        chances = torch.tensor(sums).softmax(0)
        if not torch.isfinite(chances).all():
            raise EngineError("failed", "The text could not be checked.")
        return dict(zip(labels, chances.tolist(), strict=True))

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens
