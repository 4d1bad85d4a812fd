from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from reelhouse.clustering.drift import (
    DriftLimits,
    distance_reference,
    distance_shift,
    measure_drift,
)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.5, -0.3])
def test_the_shift_is_the_kolmogorov_smirnov_statistic(shift: float) -> None:
    rng = np.random.default_rng(7)
    fit = rng.beta(5, 2, 3_000).astype(np.float32)
    night = (rng.beta(5, 2, 400) + shift).astype(np.float32)
    expected = ks_2samp(fit, night).statistic
    assert distance_shift(distance_reference(fit), night) == pytest.approx(expected, abs=0.02)


def test_the_same_distances_have_no_shift_and_disjoint_ones_all_of_it() -> None:
    distance = np.linspace(0.2, 0.6, 500, dtype=np.float32)
    reference = distance_reference(distance)
    assert distance_shift(reference, distance) <= 0.01
    assert distance_shift(reference, distance + 1) == pytest.approx(1)
    assert distance_shift(reference, distance - 1) == pytest.approx(1)


def test_equal_distances_everywhere_are_no_shift() -> None:
    same = np.full(50, 0.5, dtype=np.float32)
    assert distance_shift(distance_reference(same), same) == 0


def test_nothing_is_no_shift() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    assert distance_shift(distance_reference(nothing), nothing) == 0
    assert distance_reference(nothing).shape == (101,)


def drift(n: int = 40, **changes: Any) -> dict[str, Any]:
    distance = np.linspace(0.2, 0.6, n, dtype=np.float32)
    quiet: dict[str, Any] = {
        "distance": distance,
        "outlier": np.zeros(n, dtype=np.int32),
        "known_words": 90,
        "unknown_words": 10,
        "reference": distance_reference(np.linspace(0.2, 0.6, 500)),
        "sizes_at_fit": {4: 100, 7: 200},
        "sizes_now": {4: 110, 7: 210},
        "limits": DriftLimits(),
    }
    return measure_drift(**(quiet | changes))


def test_a_quiet_night_passes_no_limit() -> None:
    found = drift()
    assert found["exceeded"] == []
    assert found["n_new"] == 40
    assert found["out_of_vocabulary_share"] == 0.1
    assert found["cluster_growth"] == 0.1
    assert found["fastest_growing_cluster"] == 4
    assert found["limits"]["min_titles"] == 30


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"outlier": np.r_[np.ones(10), np.zeros(30)]}, "outlier_share", 0.25),
        ({"known_words": 60, "unknown_words": 40}, "out_of_vocabulary_share", 0.4),
        ({"distance": np.full(40, 0.6, np.float32)}, "distance_shift", 1.0),
        ({"sizes_now": {4: 100, 7: 410}}, "cluster_growth", 1.05),
    ],
)
def test_each_limit_calls_for_a_refit(changes: dict[str, Any], name: str, value: float) -> None:
    found = drift(**changes)
    assert found["exceeded"] == [name]
    assert found[name] == pytest.approx(value, abs=0.011)


def test_few_new_titles_are_reported_but_never_call_for_a_refit() -> None:
    found = drift(29, outlier=np.ones(29, dtype=np.int32))
    assert found["outlier_share"] == 1
    assert found["exceeded"] == []


def test_titles_without_a_known_word_count_though_they_have_no_distance() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    found = drift(distance=nothing, outlier=np.ones(40, dtype=np.int32))
    assert found["n_new"] == 40
    assert found["exceeded"] == ["outlier_share"]


def test_a_title_more_in_a_tiny_cluster_is_no_growth() -> None:
    assert drift(sizes_at_fit={1: 1}, sizes_now={1: 4})["cluster_growth"] == 0.1


def test_a_night_without_titles_words_or_clusters_is_quiet() -> None:
    nothing = np.zeros(0, dtype=np.float32)
    found = drift(
        distance=nothing, outlier=nothing, known_words=0, unknown_words=0, sizes_at_fit={}
    )
    assert found["exceeded"] == []
    assert found["fastest_growing_cluster"] is None
