from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from reelhouse.errors import ClusteringError
from reelhouse.schema import TITLE_GENRES, TITLE_NAMES
from reelhouse.viewers.titles import describe_titles

IDS = np.array([10, 20, 30], np.int32)


def names(*rows: tuple[int, str, int | None]) -> pa.Table:
    keys = ("title_id", "name", "year")
    return pa.Table.from_pylist([dict(zip(keys, r, strict=True)) for r in rows], TITLE_NAMES)


def genres(*rows: tuple[int, list[str]]) -> pa.Table:
    return pa.Table.from_pylist([{"title_id": i, "genres": g} for i, g in rows], TITLE_GENRES)


def test_a_title_without_a_name_goes_by_its_id() -> None:
    titles = describe_titles(IDS, names((20, "Alien", 1979), (99, "Elsewhere", 2000)))
    assert titles.names == ("title 10", "Alien", "title 30")
    assert describe_titles(IDS).names == ("title 10", "title 20", "title 30")


def test_titles_of_one_name_are_told_apart_by_their_years() -> None:
    rows = names((10, "Hamlet", 1996), (20, "Hamlet", None), (30, "Emma", 1996))
    assert describe_titles(IDS, rows).names == ("Hamlet (1996)", "Hamlet", "Emma")


def test_the_first_of_two_names_counts_and_blank_ones_do_not() -> None:
    rows = names((10, "  ", None), (10, " A ", None), (10, "B", None))
    assert describe_titles(IDS, rows).names[0] == "A"


def test_genres_are_sorted_and_a_title_may_have_several_or_none() -> None:
    titles = describe_titles(
        IDS, None, genres((30, ["War", "Drama", "Drama"]), (10, ["Drama", " "]), (7, ["Noir"]))
    )
    assert titles.genres == ("Drama", "War")
    assert titles.has_genre().tolist() == [[True, False, True], [False, False, True]]


def test_without_genres_there_are_none() -> None:
    assert describe_titles(IDS).has_genre().shape == (0, 3)


def test_a_repeated_title_id_is_refused() -> None:
    with pytest.raises(ClusteringError, match="3 title ids, 2 of them different"):
        describe_titles(np.array([1, 2, 1], np.int32))
