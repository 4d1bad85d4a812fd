from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from reelhouse.clustering.selection.candidate import Candidate
from reelhouse.clustering.selection.vote import vote

#: Falls straight: no elbow.
STRAIGHT = (50.0, 40.0, 30.0, 20.0, 10.0)


def curve(**criteria: tuple[float, ...]) -> list[Candidate]:
    """Candidates of 2 to 6 clusters; a criterion that is not given says nothing."""
    values: dict[str, Any] = {"inertia": STRAIGHT, "silhouette": (0.1,) * 5, **criteria}
    return [
        Candidate(n_clusters=2 + at, **{name: each[at] for name, each in values.items()})
        for at in range(5)
    ]


def test_the_peak_of_one_criterion_is_taken() -> None:
    found = vote(curve(silhouette=(0.1, 0.2, 0.3, 0.2, 0.1)))
    assert found.n_clusters == 4
    assert found.named == {"silhouette": 4}
    assert found.reason == (
        "the criteria together are best at 4 clusters (silhouette 4), while simplified silhouette"
        " and Davies-Bouldin and Calinski-Harabasz and elbow had no peak"
    )


def test_a_low_davies_bouldin_index_is_a_good_one() -> None:
    assert vote(curve(davies_bouldin=(3.0, 2.5, 2.6, 2.0, 3.0))).named == {"Davies-Bouldin": 5}


def test_the_mean_of_the_scaled_criteria_decides() -> None:
    # Scaled: 0, 1, .8, .2, 0 and 0, .2, .9, 1, 0; the best mean, .85, is that of 4.
    found = vote(
        curve(
            silhouette=(0.1, 0.2, 0.18, 0.12, 0.1),
            simplified_silhouette=(0.0, 0.02, 0.09, 0.1, 0.0),
        )
    )
    assert found.named == {"silhouette": 3, "simplified silhouette": 5}
    assert found.n_clusters == found.best == 4


def test_a_criterion_that_is_best_at_an_end_is_not_heard() -> None:
    found = vote(
        curve(
            silhouette=(0.1, 0.2, 0.3, 0.2, 0.1),
            calinski_harabasz=(90.0, 80.0, 70.0, 60.0, 50.0),
            # Inside the range, but the first is hardly worse.
            simplified_silhouette=(0.395, 0.4, 0.3, 0.2, 0.1),
        )
    )
    assert found.named == {"silhouette": 4}
    assert {"Calinski-Harabasz", "simplified silhouette"} <= set(found.unheard)


@pytest.mark.parametrize("silhouette", [(0.9, 0.5, 0.4, 0.3, 0.2), (0.2, 0.3, 0.4, 0.5, 0.9)])
def test_clusters_that_stand_apart_count_at_an_end_too(silhouette: tuple[float, ...]) -> None:
    assert vote(curve(silhouette=silhouette)).n_clusters == 2 + silhouette.index(0.9)


def test_stability_decides_between_numbers_that_are_as_good() -> None:
    found = vote(
        curve(
            silhouette=(0.1, 0.2, 0.2999, 0.3, 0.1),
            stability=(1.0, 0.5, 0.9, 0.8, 0.7),
        )
    )
    assert (found.best, found.as_good, found.n_clusters) == (5, (4, 5), 4)
    assert found.reason.endswith("; of the numbers as good (4, 5) the most stable is 4")


def test_an_infinite_dispersion_is_the_best_of_all() -> None:
    found = vote(curve(calinski_harabasz=(1.0, 2.0, 3.0, inf, 1.0)))
    assert found.named == {"Calinski-Harabasz": 5}


def test_where_nothing_peaks_the_most_stable_number_is_taken() -> None:
    found = vote(curve(silhouette=(nan,) * 5, stability=(0.5, 0.9, 0.8, 0.7, 0.6)))
    assert found.n_clusters == 3
    assert found.reason == "no criterion has a peak; the most stable number of clusters is 3"
