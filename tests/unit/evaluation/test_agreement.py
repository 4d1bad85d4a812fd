from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.evaluation.agreement import agreement, first_genres
from reelhouse.evaluation.stability import seed_to_seed


def test_equal_partitions_agree_whatever_the_labels() -> None:
    found = agreement(np.array([7, 7, 3, 3]), ["a", "a", "b", "b"])
    assert (found.nmi, found.ari, found.n_titles) == (pytest.approx(1), pytest.approx(1), 4)


def test_half_of_the_information_is_found_by_hand() -> None:
    # Clusters {1, 2}, {3, 4}; truth {1, 2}, {3}, {4}. Mutual information ln 2, entropies ln 2 and
    # 1.5 ln 2: NMI = 1 / 1.25. One pair is together in both, of 2 and 1 pairs and 6 in all.
    found = agreement(np.array([0, 0, 1, 1]), ["a", "a", "b", "c"])
    assert found.nmi == pytest.approx(0.8)
    expected = 2 * 1 / 6
    assert found.ari == pytest.approx((1 - expected) / (1.5 - expected))


def test_titles_of_which_nothing_is_known_take_no_part() -> None:
    found = agreement(np.array([0, 0, 1, 1]), ["a", None, "b", None])
    assert (found.nmi, found.n_titles) == (pytest.approx(1), 2)
    nothing = agreement(np.array([0, 1]), [None, None])
    assert (nothing.nmi, nothing.ari, nothing.n_titles) == (0, 0, 0)


def test_the_first_genre_counts() -> None:
    column = pa.chunked_array([[["Dramas", "Comedies"], []], [None, ["Horror"]]])
    assert first_genres(pa.table({"listed_in": column})) == ["Dramas", None, None, "Horror"]


def test_another_seed_finds_clusters_that_are_plain_to_see() -> None:
    from scipy import sparse

    angles = np.repeat([0.0, 0.5, 1.0], 6) * math.pi / 2 + np.tile(np.linspace(0, 0.05, 6), 3)
    rows = sparse.csr_matrix(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))
    labels = np.repeat([0, 1, 2], 6).astype(np.int32)
    assert seed_to_seed(rows, labels, 3, seed=1) == pytest.approx(1)
    # Against labels that have nothing to do with the rows it is about 0.
    assert abs(seed_to_seed(rows, np.tile([0, 1, 2], 6).astype(np.int32), 3, seed=1)) < 0.2
