"""Benchmarks are not run here, but they must be there, say their targets, and judge rightly."""

from __future__ import annotations

import importlib

import pytest

from bench.__main__ import names
from bench.figures import Figure, conclude, percentile
from bench.png import compare, photo_like


def test_every_figure_of_the_benchmarks_page_has_its_module():
    assert set(names()) >= {
        "engine", "holds", "latency", "listing", "png", "test_key", "waiting",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["engine", "holds", "latency", "listing", "test_key", "waiting"])
def test_a_benchmark_can_be_imported_without_being_run(name):
    module = importlib.import_module(f"bench.{name}")

    assert callable(module.main)


def test_figures_that_hold_end_with_zero(capsys):
    figures = [Figure("ratio", 0.6, 0.55, at_least=True), Figure("memory", 80, 90, "KiB")]

    assert conclude(figures) == 0
    assert "MISSED" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "figure", [Figure("ratio", 0.5, 0.55, at_least=True), Figure("memory", 91, 90, "KiB")]
)
def test_a_missed_figure_is_named_and_ends_with_one(figure, capsys):
    assert conclude([figure, Figure("another", 1, 2)]) == 1
    assert capsys.readouterr().out.count("MISSED") == 1


def test_a_percentile_is_one_of_the_values():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3.0


def test_both_png_writers_are_compared_on_the_same_pixels():
    milliseconds, cpu, size = compare(photo_like(64), rounds=1)

    assert milliseconds > 0
    assert cpu > 0
    assert 0.5 < size < 2
