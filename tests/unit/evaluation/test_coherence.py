from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from reelhouse.evaluation.coherence import npmi, topic_coherence
from reelhouse.schema import TITLES

# Words 0 and 1 always stand together, 2 stands with 0 in one document of four, 3 never does, 4 is
# everywhere.
DOCUMENTS = sparse.csc_matrix(
    np.array([[1, 1, 1, 0, 1], [1, 1, 0, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 1, 1]])
)


def test_the_coherence_of_a_pair_is_worked_out_by_hand() -> None:
    found = npmi(DOCUMENTS, [[0, 1], [0, 2], [0, 3]])
    # p = p1 = p2 = 1/2: log(2) / log(2). p = 1/4 of 1/2 and 1/2: log(1) / log(4).
    assert found == pytest.approx([1, 0, -1])


def test_a_topic_is_the_mean_of_its_pairs() -> None:
    # Pairs (0, 1), (0, 3), (1, 3).
    assert npmi(DOCUMENTS, [[0, 1, 3]]) == pytest.approx([(1 - 1 - 1) / 3])


def test_a_word_that_is_everywhere_says_nothing_of_another() -> None:
    assert npmi(DOCUMENTS, [[0, 4]]) == pytest.approx([0])


def test_a_topic_of_one_word_has_no_coherence() -> None:
    assert np.isnan(npmi(DOCUMENTS, [[0], []])).all()
    always = sparse.csc_matrix(np.ones((3, 2)))
    assert npmi(always, [[0, 1]]).tolist() == [1]


def test_words_of_one_theme_cohere_and_those_of_two_do_not() -> None:
    texts = ["chef oven"] * 4 + ["rocket planet"] * 4 + ["judge"] * 2
    rows = [{"title_id": "t", "description": text} for text in texts]
    titles = pa.Table.from_pylist(rows, schema=TITLES)
    themes = np.array([0] * 4 + [1] * 4 + [2] * 2, np.int32)
    found = topic_coherence(titles, themes, 3)
    assert found[:2] == pytest.approx([1, 1])
    assert math.isnan(found[2])
    # Both themes in one cluster: of the six pairs two cohere, four never stand together.
    mixed = topic_coherence(titles, np.array([0] * 8 + [1] * 2, np.int32), 2)
    assert mixed[0] == pytest.approx((2 - 4) / 6)
