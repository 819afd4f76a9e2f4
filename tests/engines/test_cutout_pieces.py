"""Pieces of a picture, what is measured on them, and the forest that decides."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.engines.studio.cutout import measures
from imaging.engines.studio.cutout.evidence import Mask, look_at
from imaging.engines.studio.cutout.forest import Forest, forest
from imaging.engines.studio.cutout.pieces import Pieces, borders, divide
from imaging.engines.studio.cutout.proposals import propose
from tests.engines import drawn

SIDE = 96


def quarters() -> Pieces:
    """Four squares in a picture of 4 x 4: 0 1 over 2 3."""
    labels = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]], np.int32)
    return Pieces(labels, 4)


def test_no_piece_crosses_the_outline_of_a_product_or_of_a_mask():
    view = look_at(drawn.photo(SIDE, SIDE), SIDE)
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[:, 37:] = True

    pieces = divide(view, [mask])

    for outline in (mask, drawn.silhouette(SIDE, SIDE) > 0.5):
        share = pieces.mean(outline)
        torn = np.minimum(share, 1 - share) * pieces.sizes
        assert torn.sum() < 0.02 * SIDE * SIDE


def test_every_pixel_is_in_a_piece_and_every_piece_has_pixels():
    view = look_at(drawn.photo(SIDE, SIDE), SIDE)

    pieces = divide(view, [view.prob > 0.5])

    assert pieces.sizes.min() > 0
    assert pieces.sizes.sum() == SIDE * SIDE


def test_a_specks_worth_of_votes_makes_no_piece_of_its_own():
    view = look_at(drawn.photo(SIDE, SIDE), SIDE)
    speck: Mask = np.zeros((SIDE, SIDE), np.bool_)
    speck[3, 3] = True

    assert divide(view, [speck]).count == divide(view, [speck & False]).count


def test_a_mean_over_pieces():
    values = np.zeros((4, 4))
    values[:2, :2] = 3
    values[3, 3] = 4

    assert quarters().mean(values).tolist() == [3, 0, 0, 1]
    assert quarters().places.tolist() == [[0.5, 0.5], [2.5, 0.5], [0.5, 2.5], [2.5, 2.5]]


def test_borders_know_their_length_and_strength_in_both_directions():
    strength = np.zeros((4, 4), np.float32)
    strength[:2, 2] = 0.8  # along the border of 0 and 1

    found = borders(quarters(), strength)

    pairs = list(zip(found.here.tolist(), found.there.tolist(), strict=True))
    assert sorted(pairs) == [(0, 1), (0, 2), (1, 0), (1, 3), (2, 0), (2, 3), (3, 1), (3, 2)]
    assert set(found.length.tolist()) == {2}
    assert found.strength[pairs.index((0, 1))] == found.strength[pairs.index((1, 0))]
    assert found.strength[pairs.index((0, 1))] == pytest.approx(0.8)
    assert found.strength[pairs.index((2, 3))] == 0


def test_means_over_borders_are_weighted_by_length_and_say_nothing_where_there_is_none():
    found = borders(quarters(), np.zeros((4, 4), np.float32))
    to_first = found.there == 0

    assert found.mean_over(found.here.astype(float), to_first).tolist() == [0.5, 1, 2, 0.5]
    assert found.share_of_length(to_first).tolist() == [0, 0.5, 0.5, 0]


def test_the_forest_asks_only_for_what_is_measured():
    view = look_at(drawn.photo(SIDE, SIDE, noise=0.005), SIDE)
    proposals, explained = propose(view)
    pieces = divide(view, list(proposals.values()))

    facts = measures.measure(view, proposals, explained, pieces)

    assert set(forest().names) == set(facts)
    assert all(values.shape == (pieces.count,) for values in facts.values())
    assert all(np.isfinite(values).all() for values in facts.values())


def test_facts_are_finite_where_nobody_sees_a_product_or_a_ground():
    view = look_at(drawn.photo(SIDE, SIDE), SIDE)
    proposals, explained = propose(view)
    for same in (np.zeros((SIDE, SIDE), np.bool_), np.ones((SIDE, SIDE), np.bool_)):
        masks = dict.fromkeys(proposals, same)
        pieces = divide(view, list(masks.values()))

        facts = measures.measure(view, masks, explained, pieces)

        assert all(np.isfinite(values).all() for values in facts.values())


def stump() -> Forest:
    """Two trees: votes of at most 0.5 speak against, the second one says nothing."""
    return Forest(
        names=("prob", "votes"),
        fact=np.array([[1, 0, 0], [0, 0, 0]], np.uint8),
        threshold=np.array([[0.5, 0, 0], [0, 0, 0]], np.float32),
        left=np.array([[1, 1, 2], [0, 0, 0]], np.uint16),
        right=np.array([[2, 1, 2], [0, 0, 0]], np.uint16),
        value=np.array([[0, -2, 3], [0, 0, 0]], np.float32),
        depth=1,
        caution=2.0,
    )


def test_trees_add_up_to_log_odds():
    facts = {"votes": np.array([0.5, 0.51]), "prob": np.zeros(2), "light": np.zeros(2)}

    assert stump().chances(facts) == pytest.approx([1 / (1 + np.e**2), 1 / (1 + np.e**-3)])


def test_a_forest_survives_its_file(tmp_path, monkeypatch):
    stump().save(tmp_path / "forest.npz")
    monkeypatch.setattr("imaging.engines.studio.cutout.forest.PATH", tmp_path / "forest.npz")

    found = forest.__wrapped__()

    facts = {"votes": np.array([0.2, 0.9]), "prob": np.zeros(2)}
    assert found.names == stump().names
    assert np.array_equal(found.chances(facts), stump().chances(facts))
    assert found.confidence(0.5) == 0.25


def test_confidence_stays_between_0_and_1():
    assert [forest().confidence(value) for value in (-0.1, 0.0, 1.0, 1.2)] == [0, 0, 1, 1]
