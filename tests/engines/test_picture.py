from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from imaging.engines import picture
from imaging.engines.base import EngineError, Pixels


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chart(width: int = 32, height: int = 24) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.dstack([x * 7, y * 9, (x + y) * 4]).astype(np.uint8))


def reason_for(data: bytes) -> str:
    with pytest.raises(EngineError) as caught:
        picture.decode(data)
    assert caught.value.kind == "bad_input"
    return caught.value.reason


def huge_png(side: int) -> bytes:
    """A tiny PNG file that claims side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 10_000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("WEBP", {"lossless": True})])
def test_lossless_files_come_back_to_the_bit(kind: str, options: dict[str, object]) -> None:
    pixels = picture.decode(file_of(chart(), kind, **options))

    assert (pixels == np.asarray(chart())).all()


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_lossy_files_come_back_close(kind: str) -> None:
    pixels = picture.decode(file_of(chart(), kind))

    assert pixels.shape == (24, 32, 3)
    assert np.abs(pixels.astype(int) - np.asarray(chart()).astype(int)).mean() < 12


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM"])
def test_other_picture_types_are_refused(kind: str) -> None:
    assert "not a JPEG, PNG, GIF or WebP" in reason_for(file_of(chart(), kind))


@pytest.mark.parametrize("data", [b"", b"<svg></svg>", b"<html>hello</html>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert reason_for(data)


@pytest.mark.parametrize("side", [8_200, 20_000, 60_000])
def test_a_decompression_bomb_is_refused_before_decoding(side: int) -> None:
    assert "at most 64 million" in reason_for(huge_png(side))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_short_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    data = file_of(Image.fromarray(noise), kind)

    assert reason_for(data[: int(len(data) * share)])


def test_flipped_bytes_never_escape_as_another_error() -> None:
    rng = np.random.default_rng(2)
    for kind in ("JPEG", "PNG", "GIF", "WEBP"):
        data = bytearray(file_of(chart(), kind))
        for _ in range(60):
            damaged = bytearray(data)
            for place in rng.integers(0, len(data), 6):
                damaged[place] = int(rng.integers(0, 256))
            with contextlib.suppress(EngineError):
                picture.decode(bytes(damaged))


def test_every_exif_orientation_stands_upright() -> None:
    upright = np.asarray(chart())
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.transpose(1, 0, 2), 6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(upright, -1),
    }  # fmt: skip
    for orientation, pixels in stored.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = file_of(Image.fromarray(np.ascontiguousarray(pixels)), "PNG", exif=exif)

        assert (picture.decode(data) == upright).all(), orientation


def test_cmyk_palette_grey_and_one_bit_become_rgb() -> None:
    for mode in ("CMYK", "P", "L", "1", "LA"):
        kind = "JPEG" if mode == "CMYK" else "PNG"
        pixels = picture.decode(file_of(chart().convert(mode), kind))

        assert pixels.shape == (24, 32, 3), mode
        assert pixels.dtype == np.uint8


def test_sixteen_bits_are_scaled_not_truncated() -> None:
    grey = np.array([[0, 129, 32768, 65535]], np.uint16)

    assert picture.decode(file_of(Image.fromarray(grey), "PNG"))[0, :, 0].tolist() == [
        0,
        1,
        128,
        255,
    ]


def test_transparency_is_kept_and_full_opacity_dropped() -> None:
    clear = Image.new("RGBA", (4, 4), (10, 20, 30, 128))
    opaque = Image.new("RGBA", (4, 4), (10, 20, 30, 255))
    palette = Image.new("P", (4, 4), 0)

    assert picture.decode(file_of(clear, "PNG"))[0, 0].tolist() == [10, 20, 30, 128]
    assert picture.decode(file_of(opaque, "PNG")).shape == (4, 4, 3)
    assert picture.decode(file_of(palette, "PNG", transparency=0))[0, 0, 3] == 0


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = file_of(frames[0], kind, save_all=True, append_images=frames[1:])
        red, _, blue = picture.decode(data)[0, 0, :3]

        assert red > 240, kind
        assert blue < 20, kind


def test_an_embedded_profile_is_converted_and_a_broken_one_left_aside() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (4, 4), (200, 100, 50))

    same = picture.decode(file_of(image, "PNG", icc_profile=lab))[0, 0]
    broken = picture.decode(file_of(image, "PNG", icc_profile=b"no profile"))[0, 0]

    assert np.abs(same.astype(int) - [200, 100, 50]).max() <= 1
    assert broken.tolist() == [200, 100, 50]


def test_a_profile_with_swapped_primaries_changes_the_colours() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    tags = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    profile[tags[b"rXYZ"] : tags[b"rXYZ"] + 4] = b"bXYZ"
    profile[tags[b"bXYZ"] : tags[b"bXYZ"] + 4] = b"rXYZ"
    image = Image.new("RGB", (4, 4), (255, 0, 0))

    converted = picture.decode(file_of(image, "PNG", icc_profile=bytes(profile)))[0, 0]

    assert converted[2] > 240
    assert converted[0] < 20


def test_srgb_survives_the_way_to_linear_light_and_back() -> None:
    codes = np.arange(256, dtype=np.uint8)
    block: Pixels = np.dstack([codes.reshape(16, 16)] * 3)

    assert (picture.to_srgb(picture.to_linear(codes)) == codes).all()
    assert (picture.to_srgb(picture.to_linear(block)) == block).all()
    assert picture.to_linear(codes)[[0, 255]].tolist() == [0, 1]


def test_resizing_hits_the_size_and_keeps_a_flat_colour() -> None:
    flat = np.full((30, 50, 3), (12, 200, 255), np.uint8)
    for width, height in ((10, 7), (50, 30), (123, 77)):
        resized = picture.resize(flat, width, height)

        assert resized.shape == (height, width, 3)
        assert (resized == flat[0, 0]).all()


def test_colours_under_transparency_do_not_leak_when_resizing() -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:, :8] = (200, 0, 0, 255)
    pixels[:, 8:] = (0, 255, 0, 0)

    small = picture.resize(pixels, 5, 5)

    assert small[small[..., 3] > 8][:, 1].max() <= 2


def test_a_thumbnail_shrinks_and_never_enlarges() -> None:
    wide = np.zeros((100, 400, 3), np.uint8)

    assert picture.thumbnail(wide, 64).shape == (16, 64, 3)
    assert picture.thumbnail(wide, 1000).shape == (100, 400, 3)


def test_flattening_lays_alpha_on_white() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0] = (10, 20, 30, 255)

    assert picture.flatten(pixels)[:, 0].tolist() == [[10, 20, 30], [255, 255, 255]]
