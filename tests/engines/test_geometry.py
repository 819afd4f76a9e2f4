from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.studio.scene import geometry, geometry_outline, implicit, sweep
from imaging.engines.studio.scene.look import Mesh


def volume(mesh: Mesh) -> float:
    """By the divergence theorem; positive only when the faces look outward."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def area(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def sound(mesh: Mesh) -> bool:
    """Finite, unit normals, faces wound with them."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    with_normals = (flat * mesh.normals[mesh.faces].sum(axis=1)).sum(axis=1)
    return bool(
        all(np.isfinite(x).all() for x in mesh)
        and np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-3)
        and (with_normals > 0).all()
        and [x.dtype.name for x in mesh] == ["float32", "float32", "int32", "float32"]
    )


def test_a_turned_cylinder_has_the_volume_of_a_cylinder():
    mesh = geometry.lathe([(0, 0), (2, 0), (2, 5), (0, 5)], around=256)

    assert sound(mesh)
    assert volume(mesh) == pytest.approx(np.pi * 4 * 5, rel=1e-3)
    assert area(mesh) == pytest.approx(2 * np.pi * 4 + 2 * np.pi * 2 * 5, rel=1e-3)


def test_a_fillet_takes_the_corner_and_leaves_the_sides():
    sharp = geometry.lathe([(0, 0), (2, 0), (2, 5), (0, 5)])
    rounded = geometry.lathe([(0, 0), (2, 0), (2, 5), (0, 5)], [0, 0.5, 0.5, 0])

    assert sound(rounded)
    assert np.array_equal(rounded.vertices.max(axis=0), sharp.vertices.max(axis=0))
    assert 0 < volume(sharp) - volume(rounded) < 0.05 * volume(sharp)


def test_a_fillet_too_large_for_its_sides_is_cut_down():
    points, normals = geometry.fillet([(0, 0), (1, 0), (1, 1)], 50.0)

    assert points.min() >= 0
    assert points.max() <= 1
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)


def test_fillet_normals_stand_on_the_right_of_travel():
    points, normals = geometry.fillet([(0, 0), (4, 0), (4, 4)], 1.0, steps=32)

    along = np.diff(points, axis=0)
    moving = np.hypot(*along.T) > 1e-9
    cross = along[:, 0] * normals[:-1, 1] - along[:, 1] * normals[:-1, 0]
    assert (cross[moving] < 0).all()


def test_the_front_of_a_turned_shape_is_the_middle_of_its_texture():
    mesh = geometry.lathe([(0, 0), (2, 0), (2, 5), (0, 5)])

    front = mesh.vertices[:, 1].argmin()
    assert mesh.uv[front, 0] == pytest.approx(0.5)
    right = (mesh.vertices[:, 0] > 1.9) & (mesh.vertices[:, 2] > 2)
    assert (mesh.uv[right, 0] > 0.5).all()


def test_a_rounded_box_keeps_its_size_and_loses_its_edges():
    mesh = geometry.rounded_box((4, 3, 2), 0.5, (0, 0, 1), steps=12)

    # Steiner: a box shrunk by r, plus r times its faces, plus quarter cylinders and one ball.
    a, b, c, r = 3, 2, 1, 0.5
    steiner = a * b * c + 2 * r * (a * b + b * c + a * c)
    steiner += np.pi * r**2 * (a + b + c) + 4 / 3 * np.pi * r**3
    assert sound(mesh)
    assert volume(mesh) == pytest.approx(steiner, rel=2e-3)
    assert np.allclose(mesh.vertices.min(axis=0), (-2, -1.5, 0), atol=1e-5)
    assert np.allclose(mesh.vertices.max(axis=0), (2, 1.5, 2), atol=1e-5)


def test_print_on_the_front_of_a_box_reads_left_to_right():
    mesh = geometry.rounded_box((4, 3, 2), 0.1)

    front = mesh.normals[:, 1] < -0.99
    assert np.corrcoef(mesh.vertices[front, 0], mesh.uv[front, 0])[0, 1] > 0.99
    assert np.corrcoef(mesh.vertices[front, 2], mesh.uv[front, 1])[0, 1] > 0.99


def test_balls_and_rings_have_the_volume_of_their_formulas():
    ball = geometry.sphere((1, 2, 3), around=192)
    ring = geometry.torus(3, 0.5, around=256, across=96)

    assert sound(ball)
    assert sound(ring)
    assert volume(ball) == pytest.approx(4 / 3 * np.pi * 6, rel=2e-3)
    assert volume(ring) == pytest.approx(2 * np.pi**2 * 3 * 0.25, rel=2e-3)


def test_an_extruded_outline_may_be_hollow_on_one_side():
    letter_l = [(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)]

    plate = geometry_outline.extrude(letter_l, 2)
    bevelled = geometry_outline.extrude(letter_l[::-1], 2, bevel=0.2)

    assert sound(plate)
    assert sound(bevelled)
    assert volume(plate) == pytest.approx(5 * 2)
    assert 0.9 * 10 < volume(bevelled) < 10
    assert bevelled.vertices[:, 2].max() == pytest.approx(2)


def test_an_outline_that_crosses_itself_is_refused():
    with pytest.raises(ValueError, match="crosses itself"):
        geometry_outline.triangulate(np.array([(0, 0), (2, 2), (2, 0), (0, 2), (-1, 1.0)]))


def test_a_rounded_outline_has_its_corners_cut():
    outline = geometry_outline.rounded_rectangle(4, 2, 0.5, steps=64)

    expected = 4 * 2 - (4 - np.pi) * 0.25
    assert geometry_outline.signed_area(outline) == pytest.approx(expected, rel=1e-3)


def test_a_label_floats_just_above_its_cylinder_and_faces_the_camera():
    label = geometry_outline.label_band(3, 1, 5, 90)

    distance = np.hypot(label.vertices[:, 0], label.vertices[:, 1])
    assert sound(label)
    assert (distance > 3).all()
    assert (label.normals[:, 1] < 0).all()
    assert np.corrcoef(label.vertices[:, 0], label.uv[:, 0])[0, 1] > 0.99
    assert np.corrcoef(label.vertices[:, 2], label.uv[:, 1])[0, 1] > 0.99


def test_a_flat_label_faces_the_camera():
    for corner in (0.0, 0.3):
        label = geometry_outline.label_panel(3, 2, (0, -1, 4), corner=corner)
        assert sound(label)
        assert (label.normals[:, 1] == -1).all()
        assert (np.ptp(label.uv, axis=0) > 0.99).all()


def test_a_straight_tube_is_a_cylinder_with_two_half_balls():
    line = np.linspace((0, 0, 0), (0, 0, 10), 20)

    domed = sweep.sweep(line, 1.0, around=128)
    flat = sweep.sweep(line, 1.0, around=128, round_ends=False)

    assert sound(domed)
    assert sound(flat)
    assert volume(flat) == pytest.approx(np.pi * 10, rel=2e-3)
    assert volume(domed) == pytest.approx(np.pi * 10 + 4 / 3 * np.pi, rel=2e-2)


def test_a_closed_tube_is_a_torus_and_its_frame_meets_itself():
    bent = sweep.circle(3, count=128)
    bent[:, 2] = np.sin(np.arctan2(bent[:, 1], bent[:, 0]) * 2)

    ring = sweep.sweep(sweep.circle(3, count=256), 0.5, closed=True, around=64)
    wavy = sweep.sweep(bent, (0.2, 0.6, 4), closed=True, around=64)

    assert sound(ring)
    assert volume(ring) == pytest.approx(2 * np.pi**2 * 3 * 0.25, rel=5e-3)
    first, last = wavy.vertices[:65], wavy.vertices[-65:]
    assert sound(wavy)
    assert np.abs(first - last).max() < 1e-4


def test_a_strap_keeps_its_width_towards_up():
    line = np.linspace((0, 0, 0), (10, 0, 0), 20)

    strap = sweep.sweep(line, (0.1, 2.0, 6), up=(0, 1, 0), round_ends=False)

    assert np.ptp(strap.vertices[:, 1]) == pytest.approx(4, rel=1e-3)
    assert np.ptp(strap.vertices[:, 2]) == pytest.approx(0.2, rel=1e-3)


def test_stitches_lie_apart_on_their_path():
    row = sweep.stitches(np.linspace((0, 0, 0), (10, 0, 0), 5), length=0.6, gap=0.4, radius=0.05)

    x = np.sort(row.vertices[:, 0])
    assert sound(row)
    assert (np.diff(x) > 0.3).sum() >= 9
    assert 0 <= x[0] < x[-1] <= 10


def test_a_spline_passes_through_its_points_evenly():
    path = sweep.spline([(0, 0, 0), (3, 1, 0), (6, 0, 2)], 200)

    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert np.linalg.norm(path - (3, 1, 0), axis=1).min() < 0.05
    assert steps.max() < 1.05 * steps.min()


def test_an_implicit_ball_has_the_volume_of_a_ball():
    mesh = implicit.surface(
        lambda p: implicit.ellipsoid(p, (1, 0, 0), (2, 2, 2)), (-2, -3, -3), (4, 3, 3), cells=60
    )

    assert sound(mesh)
    assert volume(mesh) == pytest.approx(4 / 3 * np.pi * 8, rel=5e-3)
    radius = np.linalg.norm(mesh.vertices - (1, 0, 0), axis=1)
    assert np.abs(radius - 2).max() < 0.01


def test_skipping_empty_blocks_changes_nothing():
    def field(p):
        ball = implicit.capsule(p, (-2, 0, 0), (2, 1, 0), 1.0, 0.5)
        return implicit.smooth_min(ball, implicit.box(p, (0, 0, 1), (1, 1, 1), 0.2), 0.5)

    sparse = implicit.surface(field, (-4, -3, -2), (4, 3, 3), cells=80)
    full = implicit.surface(field, (-4, -3, -2), (4, 3, 3), cells=80, slope=1e6)

    assert np.array_equal(sparse.vertices, full.vertices)
    assert np.array_equal(sparse.faces, full.faces)


def test_a_surface_outside_the_box_is_refused():
    with pytest.raises(ValueError, match=r"[Ss]urface"):
        implicit.surface(lambda p: p[..., 2] + 100, (-1, -1, -1), (1, 1, 1), cells=16)


def test_a_smooth_union_contains_both_and_a_smooth_cut_lies_in_both():
    p = np.random.default_rng(0).uniform(-3, 3, (4000, 3)).astype(np.float32)
    a = implicit.box(p, (0, 0, 0), (1, 1, 1))
    b = implicit.cylinder(p, (1, 0, 0), 1, 1.5)

    assert (implicit.smooth_min(a, b, 0.4) <= np.minimum(a, b) + 1e-6).all()
    assert (implicit.smooth_max(a, b, 0.4) >= np.maximum(a, b) - 1e-6).all()


def test_a_normalised_field_measures_distance():
    stretched = implicit.normalised(lambda p: 7 * (np.linalg.norm(p, axis=-1) - 2))

    p = np.array([[2.3, 0, 0], [0, 1.8, 0]], np.float32)
    assert np.allclose(stretched(p), [0.3, -0.2], atol=0.01)


def test_a_ray_finds_the_surface():
    ball = implicit.on_surface(
        lambda p: implicit.ellipsoid(p, (0, 0, 0), (2, 2, 2)), [(0, -9, 0), (1, -9, 1)], (0, 1, 0)
    )

    assert np.allclose(np.linalg.norm(ball, axis=1), 2, atol=1e-3)


def test_moving_turning_and_mirroring_keep_a_mesh_sound():
    box = geometry.rounded_box((4, 3, 2), 0.2)

    moved = geometry.place(box, (1, 2, 3), (20, 30, 40), (-1, 2, 1))

    assert sound(moved)
    assert volume(moved) == pytest.approx(2 * volume(box), rel=1e-4)


def test_orient_turns_faces_that_look_inward():
    box = geometry.rounded_box((4, 3, 2), 0.2)
    inside_out = box._replace(faces=box.faces[:, [0, 2, 1]].copy())

    assert not sound(inside_out)
    assert sound(geometry.orient(inside_out))


def test_merged_meshes_keep_their_own_faces():
    box, ball = geometry.rounded_box((1, 1, 1), 0.1), geometry.sphere(1, (5, 0, 0))

    both = geometry.merge(box, ball)

    assert sound(both)
    assert volume(both) == pytest.approx(volume(box) + volume(ball), rel=1e-5)


def test_standing_meshes_touch_the_ground_together():
    low, high = geometry.stand(geometry.sphere(1, (0, 0, -3)), geometry.sphere(1, (0, 0, 3)))

    assert low.vertices[:, 2].min() == pytest.approx(0)
    assert high.vertices[:, 2].min() == pytest.approx(6, abs=1e-5)
