"""Compilation, for cards: the parts of a pipeline that are worth it, each in a minute or less.

Compiled sums are taken in another order than eager ones, so a picture's bits differ between the
two; within each they repeat. Shapes are symbols wherever they vary: one compilation serves all
sizes, and a picture's bits cannot depend on which sizes came before it. Measured in
docs/benchmarks.md.
"""

from __future__ import annotations

from typing import Any

import torch


def tune(pipe: Any) -> None:
    """Compile what a pipeline spends its time in. The first picture then takes half a minute."""
    compile_network(pipe)
    compile_reader(pipe)
    compile_decoder(pipe)


def compile_network(pipe: Any) -> None:
    """The denoising network's repeated blocks: most of the gain of compiling all of it."""
    pipe.transformer.compile_repeated_blocks(fullgraph=True, dynamic=True)


def compile_reader(pipe: Any) -> None:
    """The text encoder's layers, whose many small kernels take longer to start than to run.

    Their forwards and not the modules: what the library hangs on a module's call to keep its
    hidden states stays outside. Every prompt has the same length, so shapes are fixed.
    """
    layers = getattr(getattr(pipe.text_encoder, "model", None), "layers", None)
    for layer in layers or ():
        layer.forward = torch.compile(layer.forward, dynamic=False)


def compile_decoder(pipe: Any) -> None:
    """The decoder, with channels last in memory as the card's convolutions want them."""
    pipe.vae.to(memory_format=torch.channels_last)
    pipe.vae.decoder.compile(dynamic=True)
