from __future__ import annotations

import numpy as np

from bench.ranking_models import history_of


def test_a_share_of_the_prize_has_its_titles_and_about_as_many_seen_by_each_user() -> None:
    history = history_of(0.002)
    assert history.shape == (960, 17_770)
    assert history.has_canonical_format
    assert 150 < history.nnz / history.shape[0] < 270
    # What is popular comes first.
    seen = np.bincount(history.indices, minlength=history.shape[1])
    assert seen[:100].mean() > 10 * seen[-1000:].mean()
