from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.clustering.terms import (
    NAMING_FIELDS,
    cluster_names,
    distinct_words,
    distinctive_terms,
)

TERMS = [("listed_in", "dramas"), ("description", "planet"), ("description", "chef")]


def test_a_distinctive_term_goes_before_a_frequent_one() -> None:
    centroids = np.array([[0.8, 0.6, 0.0], [0.8, 0.0, 0.6]], dtype=np.float32)
    found = distinctive_terms(centroids, [10, 10], TERMS)
    # Both clusters hold "dramas" as often as the catalogue does: that says nothing.
    assert found == [[TERMS[1]], [TERMS[2]]]


def test_the_mean_is_weighed_by_the_size_of_the_clusters() -> None:
    centroids = np.array([[0.8, 0.6, 0.0], [0.4, 0.9, 0.0]], dtype=np.float32)
    # Mean of "dramas": (3 * 0.8 + 0.4) / 4 = 0.7, of "planet": (3 * 0.6 + 0.9) / 4 = 0.675.
    assert distinctive_terms(centroids, [3, 1], TERMS) == [[TERMS[0]], [TERMS[1]]]


def test_at_most_n_terms_are_taken() -> None:
    centroids = np.eye(2, 3, dtype=np.float32)
    centroids[0] = [0.2, 0.5, 0.7]
    assert distinctive_terms(centroids, [1, 9], TERMS, n=1)[0] == [TERMS[2]]


def test_a_word_of_two_fields_is_published_once() -> None:
    terms = [
        ("listed_in", "documentary"),
        ("description", "documentary"),
        ("cast", "a"),
        ("cast", "b"),
    ]
    assert distinct_words(terms, n=2) == ["documentary", "a"]
    assert distinct_words([]) == []


def test_a_name_has_genres_then_words_then_countries_and_no_people() -> None:
    terms = [
        ("country", "spain"),
        ("cast", "bo_ek"),
        ("description", "science_fiction"),
        ("listed_in", "dramas"),
    ]
    assert cluster_names([terms]) == ["dramas · science fiction · spain"]


def test_a_name_has_at_most_two_genres_and_no_word_twice() -> None:
    terms = [("listed_in", g) for g in ("dramas", "comedies", "thrillers")]
    assert cluster_names([[*terms, ("description", "chef")]]) == ["dramas · comedies · chef"]
    twice = [("listed_in", "documentary"), ("description", "documentary"), ("country", "spain")]
    assert cluster_names([twice]) == ["documentary · spain"]


def test_a_cluster_without_terms_is_named_by_its_number() -> None:
    assert cluster_names([[], []]) == ["cluster 0", "cluster 1"]


def test_a_name_that_is_taken_grows_by_a_term_then_by_its_number() -> None:
    base = [("description", word) for word in ("a", "b", "c")]
    longer = [*base, ("description", "d")]
    assert cluster_names([base, longer, base]) == ["a · b · c", "a · b · c · d", "a · b · c (2)"]


words = st.sampled_from(["a", "b", "a (1)", "a (2)", "cluster 1", "b_c"])
term_lists = st.lists(st.tuples(st.sampled_from([*NAMING_FIELDS, "cast"]), words), max_size=6)


@given(st.lists(term_lists, max_size=6))
def test_names_are_unique_and_say_nothing_twice(lists: list[list[tuple[str, str]]]) -> None:
    names = cluster_names(lists)
    assert len(set(names)) == len(names) == len(lists)
    for name in names:
        parts = name.split(" · ")
        assert len(set(parts)) == len(parts)


def test_a_name_leaves_out_words_that_another_of_its_terms_holds() -> None:
    terms = [
        ("listed_in", "stand_up_comedy"),
        ("listed_in", "comedy"),
        ("description", "stand_up"),
        ("description", "heckler"),
    ]
    assert cluster_names([terms]) == ["stand up comedy · heckler"]
