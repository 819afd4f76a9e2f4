"""Compilation, for cards: the parts of a pipeline that are worth it, each in a minute or less.

Compiled sums are taken in another order than eager ones, so a picture's bits differ between the
two; within each they repeat. Shapes are symbols wherever they vary: one compilation serves all
sizes, and a picture's bits cannot depend on which sizes came before it. Measured in
docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import torch


def tune(pipe: Any) -> None:
    """Compile what a pipeline spends its time in. The first picture then takes half a minute."""
    compile_network(pipe)
    graph_reader(pipe)
    compile_decoder(pipe)


def compile_network(pipe: Any) -> None:
    """The denoising network's repeated blocks: most of the gain of compiling all of it."""
    pipe.transformer.compile_repeated_blocks(fullgraph=True, dynamic=True)


def graph_reader(pipe: Any) -> None:
    """The text encoder's layers as one recorded graph of kernels: started one by one they take
    seven times as long as they run. For encoders that are read at fixed layers (FLUX.2 klein)."""
    marks = getattr(pipe, "layers_read", None)
    if marks is not None:
        pipe.text_encoder.forward = GraphedReader(pipe.text_encoder, marks)


class GraphedReader:
    """Stands for a decoder's forward: the same layers, their states after `marks` layers only.

    Recorded once, for one prompt of the first one's length (they all have it); on the CPU, and for
    other shapes, the layers are simply run. Same numbers as the library's own forward.
    """

    def __init__(self, encoder: Any, marks: Sequence[int]) -> None:
        self._model = encoder.model
        self._marks = tuple(marks)
        self._graph: Any = None
        self._given: tuple[torch.Tensor, torch.Tensor] | None = None
        self._states: dict[int, torch.Tensor] = {}

    def __call__(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **options: Any
    ) -> SimpleNamespace:
        """`hidden_states` by number of layers, (1, L, C) each; overwritten by the next call."""
        if not input_ids.is_cuda or len(input_ids) != 1:
            return SimpleNamespace(hidden_states=self._run(input_ids, attention_mask))
        if self._given is None:
            self._record(input_ids, attention_mask)
        assert self._given is not None
        if input_ids.shape != self._given[0].shape:
            return SimpleNamespace(hidden_states=self._run(input_ids, attention_mask))
        self._given[0].copy_(input_ids)
        self._given[1].copy_(attention_mask)
        self._graph.replay()
        return SimpleNamespace(hidden_states=self._states)

    def _record(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> None:
        self._given = (input_ids.clone(), attention_mask.clone())
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(2):  # what libraries set up at first use must not be recorded
                self._run(*self._given)
        torch.cuda.current_stream().wait_stream(beside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._states = self._run(*self._given)

    def _run(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> dict[int, torch.Tensor]:
        length = input_ids.shape[1]
        places = torch.arange(length, device=input_ids.device)
        hidden = self._model.embed_tokens(input_ids)
        rotation = self._model.rotary_emb(hidden, places[None])
        earlier = places[None, :] <= places[:, None]
        seen = earlier[None, None] & attention_mask[:, None, None, :].bool()
        states = {}
        for number, layer in enumerate(self._model.layers[: max(self._marks)], 1):
            hidden = layer(
                hidden,
                attention_mask=seen,
                position_ids=places[None],
                position_embeddings=rotation,
                use_cache=False,
            )
            if number in self._marks:
                states[number] = hidden
        return states


def compile_decoder(pipe: Any, *, dynamic: bool = True) -> None:
    """The decoder, with channels last in memory as the card's convolutions want them."""
    pipe.vae.to(memory_format=torch.channels_last)
    pipe.vae.decoder.compile(dynamic=dynamic)
