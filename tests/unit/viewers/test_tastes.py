from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from reelhouse.errors import ClusteringError
from reelhouse.schema import TITLE_GENRES
from reelhouse.viewers.blocks import Block, read_blocks
from reelhouse.viewers.counts import ClusterCounts
from reelhouse.viewers.tastes import TASTES, GenreTastes, TasteSettings, choose_genres
from reelhouse.viewers.titles import Titles, describe_titles


def titles_of(*genres: list[str]) -> Titles:
    rows = [{"title_id": index, "genres": one} for index, one in enumerate(genres)]
    return describe_titles(
        np.arange(len(genres), dtype=np.int32), None, pa.Table.from_pylist(rows, TITLE_GENRES)
    )


def tastes(
    dense: np.ndarray, labels: np.ndarray, titles: Titles, settings: TasteSettings, cuts: list[int]
) -> pa.Table:
    matrix = sparse.csr_matrix(dense.astype(np.float32))
    ids = np.arange(len(labels), dtype=np.int32) * 3
    blocks = [
        Block(matrix[a:b], ids[a:b], labels[a:b].astype(np.int32))
        for a, b in zip([0, *cuts], [*cuts, len(labels)], strict=True)
    ]
    collected = GenreTastes(titles, settings.genres, settings, n_threads=len(blocks))
    read = read_blocks(
        blocks.__getitem__, len(blocks), n_clusters=9, n_titles=dense.shape[1], n_threads=2
    )
    for block in read:
        collected.add(block)
    return collected.table()


def test_a_user_has_the_mean_of_each_genre() -> None:
    titles = titles_of(["War"], ["War", "Sci-Fi"], ["Sci-Fi"], [])
    settings = TasteSettings(genres=("Sci-Fi", "War"), min_ratings=1)
    dense = np.array([[1, 2, 5, 5], [4, 0, 0, 5], [3, 0, 4, 1], [3, 3, 3, 3]])
    table = tastes(dense, np.array([2, 0, 0, -1]), titles, settings, [2])
    assert table.schema == TASTES
    # The second has no Sci-Fi, the last is in no cluster.
    assert table.to_pydict() == {
        "user_id": [0, 0, 6, 6],
        "cluster_id": [2, 2, 0, 0],
        "axis": ["x", "y"] * 2,
        "genre": ["Sci-Fi", "War"] * 2,
        "mean_rating": [3.5, 1.5, 4.0, 3.0],
        "n_ratings": [2, 2, 1, 1],
    }


def test_the_sample_depends_on_the_seed_and_not_on_the_blocks() -> None:
    titles = titles_of(["War"], ["Sci-Fi"])
    dense = np.random.default_rng(0).integers(1, 6, (300, 2))
    labels = np.zeros(300)

    def sample(seed: int, cuts: list[int]) -> pa.Table:
        settings = TasteSettings(genres=("Sci-Fi", "War"), min_ratings=1, n_users=20, seed=seed)
        return tastes(dense, labels, titles, settings, cuts)

    assert sample(0, []).num_rows == 40
    assert sample(0, []).equals(sample(0, [7, 100, 250]))
    assert not sample(0, []).equals(sample(1, []))


def test_without_genres_nobody_is_shown() -> None:
    table = tastes(np.ones((3, 1)), np.zeros(3), titles_of([]), TasteSettings(), [])
    assert table.num_rows == 0
    assert table.schema == TASTES


def test_the_genres_on_which_clusters_differ_most_are_chosen() -> None:
    titles = titles_of(["Drama"], ["Horror"], ["Romance"], ["Western"])
    counts = np.array([[100, 50, 50, 1], [100, 50, 50, 1]], np.int32)
    # Drama 4 and 4; Horror 5 and 2; Romance 2 and 5; Western 5 and 1, but too rarely rated.
    means = np.array([[4.0, 5.0, 2.0, 5.0], [4.0, 2.0, 5.0, 1.0]])
    counted = ClusterCounts(np.array([10, 10]), counts, counts * means)
    assert choose_genres(counted, titles, TasteSettings()) == ("Horror", "Romance", "Drama")


def test_with_one_cluster_the_most_rated_genres_are_chosen() -> None:
    titles = titles_of(["A"], ["B"], ["C"], ["D"])
    counts = np.array([[1, 9, 5, 7]], np.int32)
    counted = ClusterCounts(np.array([10]), counts, counts * 3.0)
    assert choose_genres(counted, titles, TasteSettings()) == ("B", "D", "C")


@pytest.mark.parametrize("kinds", [[], ["A"], ["A", "B"]])
def test_fewer_genres_than_axes_are_all_taken(kinds: list[str]) -> None:
    titles = titles_of(*([kind] for kind in kinds), [])
    counts = np.ones((2, len(kinds) + 1), np.int32)
    counted = ClusterCounts(np.array([1, 1]), counts, counts * 3.0)
    assert choose_genres(counted, titles, TasteSettings()) == tuple(kinds)


def test_an_unknown_genre_is_named() -> None:
    counted = ClusterCounts(np.array([1]), np.ones((1, 1), np.int32), np.ones((1, 1)))
    with pytest.raises(ClusteringError, match="genre 'Noir' is asked for, expected one of War"):
        choose_genres(counted, titles_of(["War"]), TasteSettings(genres=("Noir",)))
