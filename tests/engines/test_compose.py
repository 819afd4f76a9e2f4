from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.base import EngineError, Pixels
from imaging.engines.studio import compose, shadows
from imaging.engines.studio.compose import Frame, Placed
from imaging.engines.studio.looks import Backdrop, ShadowKind, backdrop_of, colour_of, shadow_of
from imaging.engines.studio.shadows import Lamp
from tests.engines.drawn import photo, silhouette

KINDS: list[ShadowKind] = [
    "none",
    "contact",
    "soft",
    "hard",
    "floating",
    "drop",
    "hung",
    "reflection",
]


def placed(frame: Frame) -> Placed:
    return compose.place(photo(), silhouette(256, 256), frame, sharpness=0)


def border(pixels: Pixels, width: int = 5) -> np.ndarray:
    inside = np.ones(pixels.shape[:2], bool)
    inside[width:-width, width:-width] = False
    return pixels[inside]


@pytest.mark.parametrize("code", ["#ffffff", "#000000", "#ff8800", "#123456", "#7f7f80"])
@pytest.mark.parametrize("shadow", ["soft", "hard", "drop"])
def test_a_flat_background_is_exact_at_the_border(code: str, shadow: ShadowKind) -> None:
    frame = Frame(width=200, height=160, fill=0.7)

    made = compose.compose(placed(frame), frame, backdrop_of(code), shadow=shadow)

    assert (border(made) == colour_of(code)).all()


def test_without_a_shadow_every_pixel_beside_the_product_is_exact() -> None:
    frame = Frame(width=200, height=200, fill=0.6)
    product = placed(frame)

    made = compose.compose(product, frame, backdrop_of("#fafbfc"), shadow="none")

    beside = np.ones((200, 200), bool)
    height, width = product.alpha.shape
    beside[product.y : product.y + height, product.x : product.x + width] = product.alpha == 0
    assert (made[beside] == (250, 251, 252)).all()


def test_the_product_s_own_pixels_are_kept() -> None:
    left, top, right, bottom = compose.box_of(silhouette(256, 256))
    as_in_the_photo = (bottom - top) / 256  # no resampling
    frame = Frame(width=256, height=256, fill=as_in_the_photo)
    product = placed(frame)
    assert product.alpha.shape == (bottom - top, right - left)

    made = compose.compose(product, frame, backdrop_of("navy"), shadow="soft")

    height, width = product.alpha.shape
    part = made[product.y : product.y + height, product.x : product.x + width]
    inside = product.alpha == 1
    change = part[inside].astype(int) - photo()[top:bottom, left:right][inside]
    assert np.abs(change).max() <= 1  # dithering


@pytest.mark.parametrize("fill", [0.5, 0.85])
@pytest.mark.parametrize("size", [(300, 300), (400, 200), (200, 400)])
def test_the_product_fills_its_share_and_is_centred(fill: float, size: tuple[int, int]) -> None:
    frame = Frame(width=size[0], height=size[1], fill=fill)
    product = placed(frame)
    height, width = product.alpha.shape

    assert max(width / size[0], height / size[1]) == pytest.approx(fill, abs=0.01)
    assert product.x + width / 2 == pytest.approx(size[0] / 2, abs=1)
    assert product.y + height / 2 == pytest.approx(size[1] / 2, abs=1)


def test_edges_carry_no_colour_of_the_old_background() -> None:
    matte = silhouette(256, 256)
    cut = photo(backdrop=(0.3, 0.1, 0.04))
    cut[matte < 0.2] = (0, 255, 0)
    frame = Frame(width=128, height=128, fill=0.8)
    product = compose.place(cut, matte, frame, sharpness=0)

    made = compose.compose(product, frame, backdrop_of("white"), shadow="none").astype(int)

    height, width = product.alpha.shape
    part = made[product.y : product.y + height, product.x : product.x + width]
    outline = (product.alpha > 0.01) & (product.alpha < 0.99)
    assert outline.sum() > 200
    assert (part[..., 1] - part[..., 0])[outline].max() <= 3  # nowhere greener than red


def test_at_a_soft_edge_the_solid_product_s_colour_counts_but_fine_parts_keep_their_own() -> None:
    alpha = np.zeros((64, 64), np.float32)
    alpha[:, :20] = 1
    alpha[:, 20] = 0.7  # the edge of the solid part
    alpha[:, 50] = 0.7  # a thread
    colours = np.full((64, 64, 3), 255, np.uint8)
    colours[:, :20] = (90, 50, 30)
    colours[:, 50] = (200, 170, 60)

    clean = compose.bled(colours, alpha)[32].astype(int)

    assert np.abs(clean[20] - (90, 50, 30)).max() < 70  # mostly brown, where white was mixed in
    assert np.abs(clean[50] - (200, 170, 60)).max() < 4
    assert np.abs(clean[10] - (90, 50, 30)).max() == 0


def test_a_transparent_background_gives_straight_alpha() -> None:
    frame = Frame(width=128, height=128, fill=0.8)
    product = placed(frame)

    made = compose.compose(product, frame, Backdrop(kind="transparent"), shadow="none")

    assert made.shape == (128, 128, 4)
    assert (made[0, 0] == 0).all()
    height, width = product.alpha.shape
    matte = made[product.y : product.y + height, product.x : product.x + width, 3]
    assert np.abs(matte / 255 - product.alpha).max() < 0.005


@pytest.mark.parametrize("kind", KINDS)
def test_a_shadow_darkens_only_below_and_beside_and_spares_the_border(kind: ShadowKind) -> None:
    alpha = np.zeros((200, 240), np.float32)
    alpha[40:150, 80:160] = 1

    left = shadows.transmittance(kind, alpha, Lamp())

    assert left.min() >= 0
    assert left.max() == 1
    assert (border(left[..., None], 3) == 1).all()
    outside = left[alpha < 0.5]
    assert outside.min() < 0.97 or kind == "none"
    assert left[:30].min() > 0.98  # nothing above the product


def test_the_shadow_falls_away_from_the_light() -> None:
    alpha = np.zeros((200, 300), np.float32)
    alpha[40:150, 110:190] = 1

    from_left = shadows.transmittance("hard", alpha, Lamp(side=-0.8))

    assert from_left[:, 195:].mean() < from_left[:, :105].mean() - 0.01


def test_a_contact_shadow_follows_a_slanted_base() -> None:
    y, x = np.mgrid[0:200, 0:200]
    alpha = ((x > 50) & (x < 150) & (y > 50) & (y < 140 + (x - 100) * 0.2)).astype(np.float32)

    left = shadows.transmittance("contact", alpha, Lamp())

    # Just under the base at both ends, and lit again well below it.
    assert left[133, 60] < 0.8
    assert left[150, 142] < 0.8
    assert left[152, 60] > left[133, 60]


def test_an_arch_has_no_shadow_line_under_its_opening_s_top() -> None:
    alpha = np.zeros((200, 200), np.float32)
    alpha[50:150, 40:160] = 1
    alpha[80:150, 70:130] = 0

    left = shadows.transmittance("contact", alpha, Lamp())

    assert left[84, 100] > 0.97
    assert left[152, 50] < 0.7


def test_a_handle_in_the_air_does_not_lift_the_floor() -> None:
    solid = np.zeros((200, 240), bool)
    solid[40:150, 80:160] = True
    solid[60:100, 160:190] = True

    line, touch = shadows.base_line(solid, 110)

    assert np.abs(line - 150).max() < 3
    assert touch[170:].max() < 0.1
    assert touch[90:150].min() > 0.8


def test_the_reflection_of_a_handle_is_as_far_below_the_floor_as_it_is_above() -> None:
    alpha = np.zeros((100, 120), np.float32)
    alpha[:, :80] = 1
    alpha[40:70, 80:] = 1
    light = np.repeat(alpha[..., None], 3, axis=2)

    _, matte = shadows.reflection(light, alpha, depth=0.6)

    assert matte[134:140, 100].min() > 0.02
    assert matte[102:126, 100].max() < 0.005
    assert matte[102:108, 40].min() > 0.1


def test_a_reflection_mirrors_the_foot_and_fades() -> None:
    light = np.zeros((100, 40, 3), np.float32)
    light[90:100, :, 0] = 0.8
    alpha = np.ones((100, 40), np.float32)

    image, matte = shadows.reflection(light, alpha)

    assert image[104, 20, 0] > 0.1
    assert image[104, 20, 1] < 0.01
    assert matte[101:, 20].max() <= 0.25
    assert matte[-1].max() < 0.02


def test_dark_backdrops_get_a_reflection_instead_of_an_invisible_shadow() -> None:
    frame = Frame(width=160, height=160, fill=0.6)
    product = placed(frame)

    made = compose.compose(product, frame, backdrop_of("black"), shadow="soft")

    foot = product.y + product.alpha.shape[0]
    assert made[foot + 3 : foot + 8, 70:90].mean() > 13
    assert (border(made) == 11).sum() > 0


@pytest.mark.parametrize("text", ["sweep:sand", "spot:charcoal", "gradient:#dfe7ee,#ffffff"])
def test_shaded_backdrops_are_smooth(text: str) -> None:
    frame = Frame(width=160, height=160, fill=0.3)

    made = compose.compose(placed(frame), frame, backdrop_of(text), shadow="none").astype(int)

    steps = np.abs(np.diff(made[:, 5], axis=0))
    assert steps.max() <= 4
    assert np.ptp(made[:, 5], axis=0).max() > 8


def test_linen_has_threads_and_its_own_colour() -> None:
    frame = Frame(width=400, height=300, fill=0.3)

    made = compose.compose(placed(frame), frame, backdrop_of("linen:#c8b8a0"), shadow="none")

    corner = made[:80, :80].astype(int)
    assert np.abs(corner.mean(axis=(0, 1)) - (200, 184, 160)).max() < 16
    assert corner.std() > 2


@pytest.mark.parametrize(
    "text", ["", "#12", "#gggggg", "unicorn", "sweep:nothing", "linen:silk", "gradient:red"]
)
def test_an_unknown_background_is_refused(text: str) -> None:
    with pytest.raises(EngineError) as caught:
        backdrop_of(text)
    assert caught.value.kind == "bad_input"


def test_names_of_colours_and_shadows_are_read_kindly() -> None:
    assert colour_of("Light Grey") == colour_of("light_gray") == (230, 231, 232)
    assert colour_of("#ABC") == (170, 187, 204)
    assert shadow_of(" Soft ") == "soft"
    with pytest.raises(EngineError):
        shadow_of("spooky")


def test_an_empty_matte_is_refused() -> None:
    with pytest.raises(EngineError, match="No product"):
        compose.place(photo(), np.zeros((256, 256), np.float32), Frame(width=64, height=64))
