"""A card with little memory: its allocator says no to what decoding a picture needs."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class SmallCard(TorchDispatchMode):
    """While it is open, a convolution that would allocate more than `most` numbers raises torch's
    own error, as the card's allocator does: decoding is what needs the most memory at once.
    `refused` counts how often."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.refused = 0

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        result = operator(*args, **(kwargs or {}))
        if "conv" in operator.name() and result.numel() > self.most:
            self.refused += 1
            raise torch.OutOfMemoryError("CUDA out of memory (a small card)")
        return result
