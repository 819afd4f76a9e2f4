"""Prompts that were read already. Catalogues repeat them, and reading one costs as much as a
tenth of a denoising step."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from imaging.engines.diffusion.families import Encoded


class PromptCache:
    """The `most` prompts used last, as the network reads them. Bit-exact: what comes out is what
    went in, on the device it was made on."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, str], Encoded] = OrderedDict()
        self.hits = 0

    def get(self, model: str, prompt: str, encode: Callable[[], Encoded]) -> Encoded:
        """The encoded prompt; `encode` is called where it is not known."""
        key = (model, prompt)
        if key in self._kept:
            self._kept.move_to_end(key)
            self.hits += 1
            return self._kept[key]
        encoded = encode()
        self._kept[key] = encoded
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return encoded

    def clear(self) -> None:
        """Forget everything, where memory is short."""
        self._kept.clear()
