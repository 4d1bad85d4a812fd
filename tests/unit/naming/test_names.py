from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.naming.names import cluster_names, family_names, says
from tests.unit.naming.conftest import made

THRILLERS = {"type": "Movie", "listed_in": ["Thrillers"], "description": "A detective"}


def drama(**changes: Any) -> dict[str, Any]:
    return {"type": "Movie", "listed_in": ["Dramas"]} | changes


def test_a_name_that_is_alone_takes_nothing_more(terms) -> None:
    counts = terms([(10, drama(description="A chef")), (30, THRILLERS)])
    assert cluster_names(counts) == ["Dramas", "Thrillers"]


def test_namesakes_are_told_apart_by_whom_they_are_for(terms) -> None:
    counts = terms([(9, drama(rating="TV-MA")), (9, drama(rating="TV-14")), (30, THRILLERS)])
    names = ["Dramas for adults", "Dramas for teenagers and up", "Thrillers"]
    assert cluster_names(counts) == names


def test_else_by_the_words_that_one_has_and_the_other_has_not(terms) -> None:
    counts = terms(
        [
            (9, drama(description="A chef in love with an oven", rating="TV-MA")),
            (9, drama(description="A pilot in love", rating="TV-MA")),
            (30, THRILLERS),
        ]
    )
    # "love" is in both.
    assert cluster_names(counts) == ["Dramas: chef, oven", "Dramas: pilot", "Thrillers"]


def test_else_by_a_number(terms) -> None:
    counts = terms([(9, drama()), (9, drama()), (9, drama()), (30, THRILLERS)])
    assert cluster_names(counts)[:3] == ["Dramas", "Dramas (2)", "Dramas (3)"]


def test_titles_without_a_genre_are_named_by_their_words(terms) -> None:
    bare = {"type": "Movie", "description": "A wandering circus"}
    assert cluster_names(terms([(9, bare), (30, THRILLERS)]))[0] == "Films: circus, wander"


def test_words_that_the_name_says_already_are_not_added(terms) -> None:
    counts = terms(
        [
            (9, drama(description="A drama of Spain", country=["Spain"])),
            (9, drama(description="A pilot", country=["Spain"])),
            (30, THRILLERS),
        ]
    )
    assert cluster_names(counts)[:2] == ["Spanish dramas: spain", "Spanish dramas: pilot"]
    assert says("Spanish dramas", "drama")
    assert not says("Spanish dramas", "spain")


def test_a_cluster_keeps_its_name_while_the_words_are_the_same(terms) -> None:
    both = {"description": "A chef at an oven"}
    counts = terms([(9, drama(**both)), (9, drama(description="A pilot")), (30, THRILLERS)])
    assert cluster_names(counts)[:2] == ["Dramas: chef, oven", "Dramas: pilot"]
    other_order = ["Dramas: oven, chef", None, None]
    assert cluster_names(counts, other_order)[0] == "Dramas: oven, chef"
    # It was there first: only the newcomer needs more words.
    assert cluster_names(counts, ["Dramas", None, None])[:2] == ["Dramas", "Dramas: pilot"]
    # Another name is not kept.
    assert cluster_names(counts, ["Kitchens", None, None])[0] == "Dramas: chef, oven"


def test_two_clusters_never_keep_one_name(terms) -> None:
    counts = terms([(9, drama(rating="TV-MA")), (9, drama(rating="TV-14")), (30, THRILLERS)])
    names = cluster_names(counts, ["Dramas", "Dramas", None])
    assert names == ["Dramas", "Dramas for teenagers and up", "Thrillers"]


def test_a_family_may_be_called_like_a_cluster_of_it_and_the_root_is_everything(terms) -> None:
    counts = terms([(9, drama(rating="TV-MA")), (9, drama(rating="TV-14")), (30, THRILLERS)])
    assert family_names(counts.grouped([[0, 1], [0, 1, 2]])) == ["Dramas", "All titles"]


titles = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Movie", "TV Show", None]),
        "listed_in": st.lists(st.sampled_from(["Dramas", "Anime Series", "X"]), max_size=2),
        "description": st.sampled_from(["", "a chef", "a pilot (2)", "dramas"]),
    }
)


@given(st.lists(st.tuples(st.integers(0, 3), titles), min_size=1, max_size=5))
def test_names_are_unique_and_never_empty(clusters: list[tuple[int, dict[str, Any]]]) -> None:
    names = cluster_names(made(clusters))
    assert len(set(names)) == len(clusters)
    assert all(name.strip() for name in names)


@pytest.mark.parametrize("name", ["Dramas", "Dramas (2)"])
def test_a_number_is_kept_only_by_the_cluster_that_has_it(terms, name: str) -> None:
    counts = terms([(9, drama()), (9, drama()), (30, THRILLERS)])
    names = cluster_names(counts, [None, name, None])
    assert len(set(names)) == 3
