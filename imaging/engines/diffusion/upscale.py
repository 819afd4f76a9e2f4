"""Enlarging with a super-resolution network, in tiles; with ours where no network is configured.

A network invents detail that is likely, ours invents nothing. Neither changes the size of what is
shown: shrunk again, the picture is the one that went in, as far as the network was trained well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from imaging.engines.base import EngineError, Pixels
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.companions import load_companion
from imaging.engines.diffusion.tiling import Region, in_tiles
from imaging.engines.diffusion.weights import WeightsError
from imaging.engines.picture import resize
from imaging.engines.studio import upscale as studio

TILE, OVERLAP = 512, 64
"""Source pixels; `tile` and `overlap` in the model's options set others."""

OnTile = Callable[[int, int], None]


def _no_one_watches(done: int, of: int) -> None:
    return None


class Upscaler:
    """Makes pictures larger. Same picture, same pixels."""

    def __init__(self, model: Model | None, device: str) -> None:
        """Loads the network of `model` (Swin2SR and its like); None enlarges without one.

        Raises WeightsError for weights that are missing or broken, and for tiles too small for
        their overlap.
        """
        self.model = model
        self.device = device
        self._network: Any = None
        if model is None:
            return
        self._network, _ = load_companion(model, device, "AutoModelForImageToImage")
        self._scale = int(self._network.config.upscale)
        self._step = int(self._network.config.window_size)
        self._tile = self._whole_windows(int(model.options.get("tile", TILE)))
        self._overlap = self._whole_windows(int(model.options.get("overlap", OVERLAP)))
        if 2 * self._overlap > self._tile:
            raise WeightsError(f"{model.name}: overlap must be at most half of tile")

    def _whole_windows(self, pixels: int) -> int:
        return max(self._step, pixels // self._step * self._step)

    @property
    def label(self) -> str:
        """What enlarged it, for the recipe."""
        return self.model.label if self.model is not None else "resampling"

    def enlarge(
        self, pixels: Pixels, width: int, height: int, *, on_tile: OnTile = _no_one_watches
    ) -> Pixels:
        """(H, W, 3 or 4) uint8 at exactly width x height; shrinks by plain resampling.

        Alpha is kept, and colours under full transparency never leak into the edge.
        `on_tile(done, of)` is called before each tile of each pass and may raise to stop.
        Raises EngineError("failed") where the network answers with no numbers.
        """
        if width <= pixels.shape[1] and height <= pixels.shape[0]:
            return resize(pixels, width, height)
        if pixels.shape[2] == 4:
            alpha = _alpha_at(pixels[..., 3], width, height)
            colour = self._colour(_bled(pixels), width, height, on_tile)
            return np.dstack([colour, alpha])
        return self._colour(pixels, width, height, on_tile)

    def _colour(self, pixels: Pixels, width: int, height: int, on_tile: OnTile) -> Pixels:
        if self._network is None:
            return studio.enlarge(pixels, width, height)
        picture = pixels.astype(np.float32) / np.float32(255)
        while picture.shape[1] < width or picture.shape[0] < height:
            picture = self._pass(picture, on_tile)
        codes = np.rint(picture * np.float32(255)).astype(np.uint8)
        return resize(codes, width, height)

    def _pass(self, picture: Region, on_tile: OnTile) -> Region:
        """(H, W, 3) in [0, 1], `scale` times as large.

        Mirrored to whole windows first and cut off afterwards: the network takes nothing else,
        and the windows of every tile then lie where the whole picture's would.
        """
        height, width = picture.shape[:2]
        padding = ((0, -height % self._step), (0, -width % self._step), (0, 0))
        large = in_tiles(
            np.pad(picture, padding, "symmetric"),
            self._answer,
            scale=self._scale,
            tile=self._tile,
            overlap=self._overlap,
            on_tile=on_tile,
        )
        return np.clip(large[: height * self._scale, : width * self._scale], 0, 1)

    def _answer(self, part: Region) -> Region:
        """What the network makes of one tile of whole windows."""
        given = torch.from_numpy(np.ascontiguousarray(part.transpose(2, 0, 1))[None])
        dtype = next(self._network.parameters()).dtype
        with torch.inference_mode():
            answer = self._network(pixel_values=given.to(self.device, dtype)).reconstruction
        large = answer[0].float().cpu().numpy()
        if not np.isfinite(large).all():
            raise EngineError("failed", "The picture could not be enlarged.")
        return np.ascontiguousarray(large.transpose(1, 2, 0))


def _alpha_at(alpha: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """(H, W) uint8 at width x height, without the ringing that would ghost around an edge."""
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _bled(pixels: Pixels) -> Pixels:
    """The colours of (H, W, 4), where nothing shows those of the nearest pixel that does."""
    hidden = pixels[..., 3] == 0
    colours: Pixels = np.ascontiguousarray(pixels[..., :3])
    if not hidden.any() or hidden.all():
        return colours
    _, nearest = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(nearest)
    # OpenCV numbers the visible pixels; where they lie gives each number its colour.
    by_label = np.zeros((labels.max() + 1, 3), np.uint8)
    by_label[labels[~hidden]] = colours[~hidden]
    return np.asarray(by_label[labels], np.uint8)
