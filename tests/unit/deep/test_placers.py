from __future__ import annotations

import numpy as np
import pytest

from reelhouse.deep.measured import TITLE_DENSE
from reelhouse.deep.placers import fit_placer, sides_in_tenths
from reelhouse.errors import NetworkError


def test_7787_titles_are_split_into_6229_and_twice_779() -> None:
    sides = sides_in_tenths(np.arange(7787) % 20, seed=0)
    assert (sides.train.size, sides.validation.size, sides.test.size) == (6229, 779, 779)
    assert set(np.bincount(sides.test % 20).tolist()) <= {38, 39, 40}


def test_few_titles_leave_one_for_each_side() -> None:
    sides = sides_in_tenths(np.array([0, 0, 1, 1]), seed=0)
    assert (sides.train.size, sides.validation.size, sides.test.size) == (2, 1, 1)


def test_a_linear_classifier_tells_what_a_plane_parts() -> None:
    labels = np.arange(100) % 2
    rows = np.where(labels[:, None] == 1, 1.0, -1.0).astype(np.float32)
    sides = sides_in_tenths(labels, seed=0)
    found = fit_placer("linear", rows, labels, sides, 2, TITLE_DENSE).classifier
    assert found.probabilities(rows).argmax(axis=1).tolist() == labels.tolist()


def test_one_cluster_alone_cannot_be_learned() -> None:
    labels = np.zeros(20, dtype=np.int64)
    sides = sides_in_tenths(labels, seed=0)
    with pytest.raises(NetworkError, match="1 cluster has titles to learn from, required is at"):
        fit_placer("linear", np.ones((20, 1), np.float32), labels, sides, 2, TITLE_DENSE)
