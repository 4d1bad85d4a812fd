from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import RecommendationError
from reelhouse.recommend.base import Ranked
from reelhouse.recommend.diversified import Diversified
from reelhouse.recommend.mmr import rerank
from reelhouse.recommend.popularity import Popularity

#: Columns 0 and 1 are the same, 2 shares nothing with them.
VECTORS = sparse.csr_matrix(np.array([[1, 0], [1, 0], [0, 1]], np.float32))
POOL = Ranked(np.array([[0, 1, 2]], np.int32), np.array([[1.0, 0.9, 0.6]], np.float32))
ALL = np.arange(3, dtype=np.int32)


def test_what_is_like_a_chosen_title_waits() -> None:
    # Half and half: 0 has 0.5; then 1 has 0.45 - 0.5 and 2 has 0.3.
    found = rerank(POOL, ALL, VECTORS, 0.5, 3)
    assert found.titles.tolist() == [[0, 2, 1]]
    assert found.scores[0] == pytest.approx([0.5, 0.3, -0.05])


def test_without_diversity_the_order_stays() -> None:
    found = rerank(POOL, ALL, VECTORS, 0.0, 2)
    assert found.titles.tolist() == [[0, 1]]
    assert found.scores[0] == pytest.approx([1.0, 0.9])


def test_diversity_alone_takes_the_best_and_then_what_is_new() -> None:
    assert rerank(POOL, ALL, VECTORS, 1.0, 2).titles.tolist() == [[0, 2]]


def test_a_short_pool_makes_a_short_list() -> None:
    short = Ranked(np.array([[2, -1]], np.int32), np.array([[1.0, 0.0]], np.float32))
    found = rerank(short, np.array([2], np.int32), VECTORS[[2]], 0.5, 3)
    assert found.titles.tolist() == [[2, -1, -1]]
    assert found.scores.tolist() == [[0.5, 0.0, 0.0]]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(RecommendationError, match="required is 0 to 1"):
        Diversified(Popularity(), share)
