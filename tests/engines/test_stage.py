from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from imaging.engines.base import EngineError, Unwatched
from imaging.engines.picture import Plane
from imaging.engines.studio import compose, stage
from imaging.engines.studio.fidelity import share_kept
from imaging.engines.studio.looks import Place, Props
from imaging.engines.studio.proxy import Body, Card, body_of, proxy
from imaging.engines.studio.scene import sets
from imaging.engines.studio.scene.camera import View
from imaging.engines.studio.scene.look import Mesh
from imaging.engines.studio.scene.spec import Setting
from imaging.engines.studio.stage import Staged, elevation_of, framed, lit_from_right, setting_of
from tests.engines.drawn import photo, silhouette

renders = pytest.mark.skipif(
    importlib.util.find_spec("mitsuba") is None, reason="Mitsuba has no wheel for this machine"
)


def cropped(alpha: Plane) -> Plane:
    left, top, right, bottom = compose.box_of(alpha)
    return np.ascontiguousarray(alpha[top:bottom, left:right])


def stood(alpha: Plane, setting: Setting | None = None) -> tuple[Body, Card, View, Mesh]:
    """The proxy of a cropped matte in a 200 x 200 picture."""
    setting = setting or Setting()
    body = body_of(alpha)
    card, view = framed(body, setting, alpha.shape[1] / alpha.shape[0], (200, 200))
    return body, card, view, proxy(body, card, view)


def cup(elevation: float) -> Plane:
    """A cylinder seen from `elevation` degrees above: its base is half an ellipse."""
    y, x = np.mgrid[0:160, 0:120].astype(np.float32)
    sag = 60 * np.sin(np.radians(elevation)) * np.sqrt(np.maximum(1 - ((x - 60) / 60) ** 2, 0))
    return (y < 100 + sag).astype(np.float32)


def test_from_the_camera_the_proxy_hides_behind_the_product() -> None:
    alpha = cropped(silhouette(256, 256))

    _, card, view, mesh = stood(alpha)

    corners = view.project(card.corners(view.axes[2]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    seen = (view.project(mesh.vertices) - low) / (high - low)
    size = np.array([alpha.shape[1], alpha.shape[0]])
    column, row = (np.clip(seen, 0, 0.9999) * size).astype(int).T
    assert seen.min() > -0.005
    assert seen.max() < 1.005
    assert (alpha[row, column] > 0.4).mean() > 0.995


def test_the_proxy_covers_the_product_but_for_its_soft_edge() -> None:
    alpha = cropped(silhouette(256, 256))

    body, _, _, mesh = stood(alpha)

    assert len(mesh.vertices) / 2 == pytest.approx(body.solid.sum(), rel=0.02)
    assert body.solid.mean() == pytest.approx((alpha > 0.5).mean(), rel=0.06)


def test_the_proxy_stands_on_the_floor_and_is_nearly_as_deep_as_wide() -> None:
    _, card, _, mesh = stood(cropped(silhouette(256, 256)))

    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    assert low[2] == pytest.approx(0, abs=0.02)
    assert low[2] >= 0
    assert high[2] == pytest.approx(1, abs=0.1)
    assert 0.4 * card.width < high[1] - low[1] < 1.2 * card.width


def test_on_a_podium_it_stands_on_the_podium() -> None:
    setting = Setting(podium=True)

    _, _, _, mesh = stood(cropped(silhouette(256, 256)), setting)

    assert mesh.vertices[:, 2].min() == pytest.approx(sets.podium_height(setting), abs=0.02)


def test_a_slanted_base_is_depth_not_height() -> None:
    y, x = np.mgrid[0:160, 0:200]
    slanted = (y < 110 + 0.25 * x).astype(np.float32)  # the right end is nearer to the camera

    _, _, _, mesh = stood(cropped(slanted))

    across, deep, height = mesh.vertices.T
    left, right = across < -0.4, across > 0.4
    assert height[left].min() < 0.03
    assert height[right].min() < 0.03
    assert deep[left].min() > deep[right].min() + 0.2


def test_the_higher_the_camera_was_the_higher_is_the_set_s() -> None:
    low, middle, high = (elevation_of(body_of(cropped(cup(angle)))) for angle in (6, 16, 40))

    assert 8 <= low < middle < high <= 24


def test_a_straight_base_gets_the_usual_angle() -> None:
    assert elevation_of(body_of(np.ones((90, 60), np.float32))) == Setting().elevation


def test_words_become_a_set() -> None:
    setting = setting_of("oak table in window light, beige wall", 3, elevation=9.0, fill=0.5)

    assert (setting.surface, setting.light, setting.podium) == ("oak", "sun", False)
    assert (setting.elevation, setting.fill, setting.seed) == (9.0, 0.5, 3)
    assert setting_of("pink podium", 0, elevation=12, fill=0.5).podium


def test_the_side_of_the_light_is_read_from_the_product() -> None:
    matte = np.ones((64, 64), np.float32)
    ramp = np.linspace(60, 200, 64).astype(np.uint8)
    rising = np.repeat(np.broadcast_to(ramp, (64, 64))[..., None], 3, axis=2)

    assert lit_from_right(np.ascontiguousarray(rising), matte)
    assert not lit_from_right(np.ascontiguousarray(rising[:, ::-1]), matte)
    assert not lit_from_right(np.full((64, 64, 3), 90, np.uint8), matte)


def staged(surface: str, seed: int = 1, size: tuple[int, int] = (128, 128)) -> Staged:
    return stage.stage(
        photo(),
        silhouette(256, 256),
        surface,
        size,
        fill=0.6,
        seed=seed,
        watch=Unwatched(),
        sharpness=0,
        samples=8,
    )


@renders
def test_the_product_s_pixels_are_kept_and_a_shadow_falls_beside_them() -> None:
    made = staged("white plaster surface, softbox lighting")

    placed = made.placed
    height, width = placed.alpha.shape
    part = made.pixels[placed.y : placed.y + height, placed.x : placed.x + width]
    alpha = silhouette(256, 256)
    left, top, right, bottom = compose.box_of(alpha)
    crop = (slice(top, bottom), slice(left, right))
    assert share_kept(photo()[crop], part, alpha[crop]) > 0.97
    foot = placed.y + height
    grey = made.pixels.mean(axis=2)
    under = grey[foot - 2 : foot + 2, placed.x + width // 2 - 8 : placed.x + width // 2 + 8]
    floor = grey[foot + 8 : foot + 14, :20]
    assert under.mean() < 0.8 * floor.mean()


@renders
def test_the_same_seed_gives_the_same_set_and_another_seed_another() -> None:
    first, again, other = (staged("white podium", seed, (96, 64)).pixels for seed in (4, 4, 5))

    assert first.shape == (64, 96, 3)
    assert (first == again).all()
    assert (first != other).any()


@renders
def test_where_the_photo_is_lit_from_the_right_the_set_is_too() -> None:
    colours, alpha = photo()[:, ::-1], silhouette(256, 256)
    details = [
        stage.stage(
            np.ascontiguousarray(picture),
            alpha,
            "white podium",
            (64, 64),
            fill=0.6,
            seed=1,
            watch=Unwatched(),
            samples=8,
        ).details
        for picture in (photo(), colours)
    ]

    assert [made["light"]["from"] for made in details] == ["left", "right"]


@renders
@pytest.mark.parametrize(
    ("surface", "place", "props"),
    [
        ("oak table in open air", "garden", None),
        ("water, high key lighting", None, "splash"),
        ("snow, softbox lighting", "winter", "baubles"),
        ("plaster podium, sunlight", None, "shapes"),
        ("dark marble, neon light", None, "neon_ring"),
        ("sand in open air", "summer", "shells"),
        ("slate, dappled light", "forest", "pebbles"),
        ("walnut table in open air", "autumn", "leaves"),
        ("plaster in open air", "spring", "petals"),
    ],
)
def test_places_and_props_leave_the_product_as_it_is(
    surface: str, place: Place | None, props: Props | None
) -> None:
    made = stage.stage(
        photo(),
        silhouette(256, 256),
        surface,
        (96, 96),
        place=place,
        props=props,
        fill=0.5,
        seed=3,
        watch=Unwatched(),
        sharpness=0,
        samples=2,
    )

    alpha = silhouette(256, 256)
    left, top, right, bottom = compose.box_of(alpha)
    crop = (slice(top, bottom), slice(left, right))
    height, width = made.placed.alpha.shape
    part = made.pixels[
        made.placed.y : made.placed.y + height, made.placed.x : made.placed.x + width
    ]
    assert share_kept(photo()[crop], part, alpha[crop]) > 0.95
    assert np.ptp(made.pixels[:20].mean(axis=2)) > 3  # something is there
    assert (made.details.get("place"), made.details.get("props")) == (place, props)


def test_an_empty_matte_is_refused() -> None:
    with pytest.raises(EngineError, match="No product"):
        stage.stage(
            photo(),
            np.zeros((256, 256), np.float32),
            "marble",
            (64, 64),
            fill=0.6,
            seed=1,
            watch=Unwatched(),
        )
