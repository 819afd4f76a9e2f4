"""Pictures in and out of arrays: decoding of untrusted files, colour conversion, resizing.

Everything that reaches an engine is `Pixels`: 8-bit sRGB, upright, RGB or RGBA with straight
alpha. Arithmetic that mixes light (compositing, shadows, exposure) is done in linear light.
"""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from imaging.engines.base import EngineError, Pixels

Linear = NDArray[np.float32]
"""(H, W, 3) float32, linear-light sRGB primaries, 0 black to 1 white."""

Plane = NDArray[np.float32]
"""(H, W) float32 in [0, 1]: an alpha matte, a mask, a transmittance."""

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MAX_PIXELS = 64_000_000
"""Larger pictures are refused before a single pixel is decoded."""

_EXIF_ORIENTATION = 0x0112
# What Pillow's readers raise on damaged files, beside its own errors.
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError)
_DAMAGED_DEEP = (struct.error, OverflowError, ZeroDivisionError, AssertionError)


def decode(data: bytes) -> Pixels:
    """The picture in a JPEG, PNG, GIF or WebP file, told by content, never by name.

    Returns (H, W, 3) or, where some pixel is not opaque, (H, W, 4) uint8 sRGB, EXIF
    orientation applied, embedded colour profile converted, first frame of an animation.

    Raises EngineError("bad_input") for anything else: another type, more than MAX_PIXELS,
    damaged or cut short. The reason is plain and safe to show.
    """
    if not data:
        raise EngineError("bad_input", "The file is empty.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _refuse_bomb(image)
            orientation = _orientation(image)
            image.load()
            pixels = _to_srgb8(image)
    except EngineError:
        raise
    except UnidentifiedImageError as error:
        raise EngineError(
            "bad_input", "The file is not a JPEG, PNG, GIF or WebP picture."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise EngineError("bad_input", _too_large("too many")) from error
    except MemoryError as error:
        raise EngineError(
            "out_of_memory", "The picture needs more memory than there is."
        ) from error
    except _DAMAGED + _DAMAGED_DEEP as error:
        raise EngineError("bad_input", "The picture file is damaged or cut short.") from error
    return _upright(pixels, orientation)


def _too_large(megapixels: str) -> str:
    return f"The picture has {megapixels} pixels; at most {MAX_PIXELS // 1_000_000} million."


def _refuse_bomb(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise EngineError("bad_input", _too_large(f"{width * height / 1e6:.0f} million"))


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 (upright) where it is absent or unreadable."""
    try:
        value = image.getexif().get(_EXIF_ORIENTATION, 1)
    except _DAMAGED + _DAMAGED_DEEP:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the camera's rotation. Source: EXIF 2.32, tag Orientation."""
    if orientation in (2, 7, 4, 5):
        pixels = pixels[:, ::-1]
    quarter_turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}[orientation]
    return np.ascontiguousarray(np.rot90(pixels, quarter_turns))


def _to_srgb8(image: Image.Image) -> Pixels:
    """Any Pillow mode -> 8-bit sRGB, with alpha only where something is not opaque."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_16_bit(image)
    has_alpha = image.has_transparency_data
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    colours = _without_profile(_colours_only(image), image.info.get("icc_profile"))
    pixels: Pixels = np.asarray(colours, np.uint8)
    if alpha is None:
        return pixels
    matte = np.asarray(alpha, np.uint8)
    return pixels if matte.min() == 255 else np.dstack([pixels, matte])


def _colours_only(image: Image.Image) -> Image.Image:
    """The image without alpha in a mode a colour profile can describe: L, RGB or CMYK."""
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")


def _from_16_bit(image: Image.Image) -> Pixels:
    """Grey of more than 8 bits, scaled (not truncated) to 8."""
    grey = np.asarray(image).astype(np.float64)
    level = np.clip(grey / 65535.0 * 255.0 + 0.5, 0, 255).astype(np.uint8)
    pixels: Pixels = np.repeat(level[..., None], 3, axis=2)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int) and (grey == transparent).any():
        return np.dstack([pixels, np.where(grey == transparent, 0, 255).astype(np.uint8)])
    return pixels


def _without_profile(image: Image.Image, profile: object) -> Image.Image:
    """`image` in sRGB. A profile that is broken or of another colour model is left aside, as
    browsers do."""
    if isinstance(profile, bytes) and profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image,
                source,
                ImageCms.createProfile("sRGB"),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


# ---------------------------------------------------------------- colour

_CODES = np.arange(256, dtype=np.float64) / 255
_DECODE = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)
_SRGB_TO_LINEAR = _DECODE.astype(np.float32)  # (256,)


def _encode_table() -> NDArray[np.uint8]:
    """(65536,) uint8: linear light in 1/65535 -> nearest sRGB code. 16 bits tell all 256 codes
    apart: the darkest are 20 steps away from each other."""
    light = np.arange(65536, dtype=np.float64) / 65535
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (code * 255 + 0.5).astype(np.uint8)


_LINEAR_TO_SRGB = _encode_table()


def to_linear(pixels: Pixels) -> NDArray[np.float32]:
    """sRGB codes (any shape) -> linear light in [0, 1], same shape. Alpha must not be passed.
    Source: IEC 61966-2-1."""
    return np.asarray(_table_look_up(pixels, _SRGB_TO_LINEAR), np.float32)


def to_srgb(light: NDArray[np.float32]) -> Pixels:
    """Linear light (any shape, clipped to [0, 1]) -> nearest sRGB codes.
    `to_srgb(to_linear(x)) == x` for every x. Source: IEC 61966-2-1."""
    steps = (np.clip(light, 0, 1) * 65535 + 0.5).astype(np.uint16)
    return np.asarray(_table_look_up(steps, _LINEAR_TO_SRGB), np.uint8)


def _table_look_up(
    index: NDArray[np.uint8] | NDArray[np.uint16], table: NDArray[np.float32] | NDArray[np.uint8]
) -> NDArray[np.float32] | NDArray[np.uint8]:
    """`table[index]`; OpenCV's look-up runs on all cores for pictures."""
    if index.ndim == 3 and index.size:
        return cv2.LUT(np.ascontiguousarray(index), table.reshape(1, -1))  # type: ignore[return-value]
    return table[index]


def luma(pixels: NDArray[np.float32]) -> Plane:
    """(H, W, 3) non-linear RGB in [0, 1] -> (H, W) luma. Source: ITU-R BT.709."""
    return pixels @ np.array([0.2126, 0.7152, 0.0722], np.float32)


# ---------------------------------------------------------------- size


def resize(pixels: Pixels, width: int, height: int) -> Pixels:
    """`pixels` at exactly width x height: antialiased Lanczos down, Lanczos up. Alpha is
    multiplied in first, so colours hidden under transparency never leak into the edge."""
    if pixels.shape[1::-1] == (width, height):
        return pixels
    image = Image.fromarray(pixels)
    if pixels.shape[2] == 4:
        # Pillow premultiplies RGBA around resizing by itself.
        small = image.resize((width, height), Image.Resampling.LANCZOS)
    else:
        small = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(small, np.uint8)


def resize_plane(plane: Plane, width: int, height: int) -> Plane:
    """A float plane at width x height: area average down, cubic up, clipped to [0, 1]."""
    if plane.shape[::-1] == (width, height):
        return plane
    shrinks = width * height < plane.size
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.clip(np.asarray(cv2.resize(plane, (width, height), interpolation=how)), 0, 1)


def fit_within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """(width, height) scaled so that the long side is at most `side`; never enlarged."""
    width, height = size
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(pixels: Pixels, side: int) -> Pixels:
    """`pixels` shrunk to a long side of at most `side`; smaller ones come back as they are.

    Opaque pictures of twice the side and more by area average: a fiftieth of Lanczos's time, and
    within half a level of it.
    """
    width, height = fit_within((pixels.shape[1], pixels.shape[0]), side)
    if pixels.shape[2] == 4 or max(pixels.shape[:2]) < 2 * side:
        return resize(pixels, width, height)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def flatten(pixels: Pixels, backdrop: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """RGB of `pixels` laid over a plain colour, mixed in linear light. RGB passes through."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / np.float32(255)
    under = to_linear(np.array(backdrop, np.uint8))
    light = to_linear(np.ascontiguousarray(pixels[..., :3])) * alpha + under * (1 - alpha)
    return to_srgb(light.astype(np.float32, copy=False))
