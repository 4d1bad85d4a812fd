from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from reelhouse.naming.counts import Held
from reelhouse.naming.distinctive import class_tfidf, distinct_words, distinctive_terms


def test_a_score_is_the_share_times_the_logarithm_of_the_rarity() -> None:
    # Two clusters of 10 and 30 titles; "love" in 5 and 5 of them, "war" in 0 and 20.
    titles = sparse.csr_matrix(np.array([[5, 0], [5, 20]]))
    held = Held(["love", "war"], titles, np.array([10, 20]))
    scores = class_tfidf(held, np.array([10, 30]), 40).toarray()
    # A cluster has (10 + 20) / 2 = 15 terms in the mean.
    assert scores[0, 0] == pytest.approx(0.5 * math.log(1 + 15 / 10))
    assert scores[1, 1] == pytest.approx(20 / 30 * math.log(1 + 15 / 20))
    # "love" is in 5 of 30 titles there and in 10 of 40 of all: it says nothing of that cluster.
    assert scores[1, 0] == 0
    assert scores[0, 1] == 0


def test_terms_of_several_fields_stand_side_by_side_best_first(terms) -> None:
    counts = terms(
        [
            (4, {"listed_in": ["Dramas"], "description": "A chef in love", "country": ["Spain"]}),
            (4, {"listed_in": ["Dramas"], "description": "A pilot in love", "country": ["Spain"]}),
        ]
    )
    # What both hold alike says nothing.
    assert distinctive_terms(counts) == [[("description", "chef")], [("description", "pilot")]]
    assert distinctive_terms(counts, fields=("country",)) == [[], []]


def test_a_term_of_one_title_of_four_is_none_of_the_cluster(terms) -> None:
    rows = [(3, {"description": "A chef"}), (4, {"description": "A pilot"})]
    counts = terms(rows).grouped([[0, 1], [1]])
    assert [len(found) for found in distinctive_terms(counts, fields=("description",))] == [0, 1]
    # One title of two is enough where there are no more.
    alone = terms([(1, {"description": "A chef"}), (9, {"description": "A pilot"})])
    assert distinctive_terms(alone)[0] == [("description", "chef")]


def test_at_most_n_terms_are_taken(terms) -> None:
    counts = terms([(5, {"description": "chef oven recipe"}), (5, {"description": "pilot"})])
    assert len(distinctive_terms(counts, n=2)[0]) == 2


def test_a_word_of_two_fields_is_published_once() -> None:
    found = [("listed_in", "documentary"), ("description", "documentary"), ("cast", "a")]
    assert distinct_words([*found, ("cast", "b")], n=2) == ["documentary", "a"]
    assert distinct_words([]) == []
