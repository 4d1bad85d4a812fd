from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reelhouse.interactions import InteractionSettings, profile, store_interactions
from reelhouse.schema import PROFILE
from tests.unit.interactions.conftest import Rating, WriteParts

Figures = dict[str, float]
Bins = list[tuple[float, float, float]]


def described(
    parts: list[Path], out: Path, settings: InteractionSettings | None = None
) -> tuple[dict[str, Figures], dict[str, Bins]]:
    """Figures and bins of each section."""
    table = profile(store_interactions(parts, out, settings))
    assert table.schema == PROFILE
    figures: dict[str, Figures] = {}
    bins: dict[str, Bins] = {}
    for row in table.to_pylist():
        if row["name"] == "bin":
            one = (row["lower"], row["upper"], row["value"])
            bins.setdefault(row["section"], []).append(one)
        else:
            assert row["lower"] is row["upper"] is None
            figures.setdefault(row["section"], {})[row["name"]] = row["value"]
    return figures, bins


def test_the_profile_of_a_small_matrix(small: list[Path], tmp_path: Path) -> None:
    figures, bins = described(small, tmp_path / "matrix")
    assert figures["matrix"] == {
        "users": 4, "titles": 4, "ratings": 9, "density": 9 / 16,
        "mean rating": pytest.approx(25 / 9), "ratings read": 9,
    }  # fmt: skip
    # Users have 2, 3, 1 and 3 ratings; titles 4, 2, 1 and 2.
    assert figures["ratings per user"] == {
        "minimum": 1, "first quartile": 1.75, "median": 2.5, "mean": 2.25, "third quartile": 3,
        "maximum": 3,
    }  # fmt: skip
    assert bins["ratings per user"] == [(1, 1, 1), (2, 3, 3)]
    assert bins["ratings per title"] == [(1, 1, 1), (2, 3, 2), (4, 7, 1)]
    assert bins["rating values"] == [(1, 1, 2), (2, 2, 2), (3, 3, 2), (4, 4, 2), (5, 5, 1)]


def test_what_the_dense_core_left_out_shows(small: list[Path], tmp_path: Path) -> None:
    settings = InteractionSettings(min_user_ratings=3)
    figures, _ = described(small, tmp_path / "matrix", settings)
    assert (figures["matrix"]["ratings"], figures["matrix"]["ratings read"]) == (6, 9)


def test_quartiles_are_those_of_numpy(write_ratings: WriteParts, tmp_path: Path) -> None:
    n_ratings = np.random.default_rng(0).integers(1, 60, 101)
    rows: list[Rating] = [(u, t, -1) for u, n in enumerate(n_ratings) for t in range(n)]
    figures, bins = described(write_ratings([rows]), tmp_path / "matrix")
    found = figures["ratings per user"]
    expected = np.quantile(n_ratings, [0, 0.25, 0.5, 0.75, 1]).tolist()
    names = ("minimum", "first quartile", "median", "third quartile", "maximum")
    assert [found[name] for name in names] == expected
    assert bins["rating values"] == [(-1, -1, n_ratings.sum())]


def test_half_stars_have_a_bin_each(write_ratings: WriteParts, tmp_path: Path) -> None:
    _, bins = described(write_ratings([[(1, 1, 0.5), (1, 2, 4)], [(2, 1, 0.5)]]), tmp_path / "m")
    assert bins["rating values"] == [(0.5, 0.5, 2), (4, 4, 1)]


def test_very_many_values_share_bins(write_ratings: WriteParts, tmp_path: Path) -> None:
    rows: list[Rating] = [(1, title, title / 8) for title in range(1, 101)]
    _, bins = described(
        write_ratings([rows[:70], [(2, *row[1:]) for row in rows[70:]]]), tmp_path / "m"
    )
    found = bins["rating values"]
    assert len(found) == 30
    assert (found[0][0], found[-1][1]) == (1 / 8, 100 / 8)
    assert sum(count for *_, count in found) == 100
