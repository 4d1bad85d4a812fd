from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from reelhouse.features.settings import WordVectorSettings
from reelhouse.features.word_pmi import factor_pmi, positive_information
from reelhouse.matrix import store_block


def test_information_is_how_much_more_often_than_by_chance_two_words_meet() -> None:
    # Word 1 meets word 0 in two titles and word 2 in one; the diagonal does not count.
    meetings = sparse.csr_matrix(np.array([[5, 2, 0], [2, 5, 1], [0, 1, 5]]))
    found = positive_information(meetings).toarray()
    smooth = np.array([2.0, 3.0, 1.0]) ** 0.75
    chance = smooth / smooth.sum()
    assert found[0, 1] == pytest.approx(np.log(2.0 / (2.0 * chance[1])))
    assert found[1, 0] == pytest.approx(np.log(2.0 / (3.0 * chance[0])))
    assert found[1, 2] == pytest.approx(np.log(1.0 / (3.0 * chance[2])))
    assert found[[0, 1, 2, 0, 2], [0, 1, 2, 2, 0]].tolist() == [0.0] * 5


def test_pairs_that_meet_less_than_by_chance_hold_no_information() -> None:
    # Words 0 and 1 meet once, each meets another word a hundred times.
    meetings = sparse.csr_matrix(
        np.array([[0, 1, 100, 0], [1, 0, 0, 100], [100, 0, 0, 0], [0, 100, 0, 0]])
    )
    assert positive_information(meetings)[0, 1] == 0.0


def test_words_that_never_meet_but_have_the_same_neighbours_are_near(tmp_path: Path) -> None:
    # Words 0 and 1 stand beside 2 and 3, never together; word 4 stands beside 5 and 6.
    titles = np.zeros((6, 7), dtype=np.int32)
    for row, words in enumerate([(0, 2), (0, 3), (1, 2), (1, 3), (4, 5), (4, 6)]):
        titles[row, words] = 2
    blocks = [tmp_path / "a", tmp_path / "b"]
    store_block(blocks[0], sparse.csr_matrix(titles[:3]))
    store_block(blocks[1], sparse.csr_matrix(titles[3:]))
    vectors = factor_pmi(
        blocks, 7, WordVectorSettings(dimensions=4, iterations=10), scratch=tmp_path, seed=0
    )
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0)
    assert vectors[0] @ vectors[1] == pytest.approx(1.0, abs=1e-4)
    assert vectors[0] @ vectors[4] == pytest.approx(0.0, abs=1e-4)
