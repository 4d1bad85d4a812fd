from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from reelhouse.viewers.blocks import Block, KernelBlock, read_blocks
from reelhouse.viewers.counts import count_ratings
from reelhouse.viewers.heatmaps import HEATMAP, DensestCells, HeatmapSettings
from reelhouse.viewers.titles import describe_titles


def cells(
    dense: np.ndarray,
    labels: list[int],
    settings: HeatmapSettings,
    *,
    n_blocks: int = 1,
    n_threads: int = 1,
    user_ids: np.ndarray | None = None,
) -> pa.Table:
    n_users, n_titles = dense.shape
    ids = np.arange(n_users, dtype=np.int32) if user_ids is None else user_ids
    matrix = sparse.csr_matrix(dense.astype(np.float32))
    cuts = np.linspace(0, n_users, n_blocks + 1).astype(int)
    blocks = [
        Block(matrix[a:b], ids[a:b], np.array(labels[a:b], np.int32)) for a, b in pairwise(cuts)
    ]
    n_clusters = max(labels) + 1

    def read() -> Iterator[KernelBlock]:
        return read_blocks(
            blocks.__getitem__,
            n_blocks,
            n_clusters=n_clusters,
            n_titles=n_titles,
            n_threads=n_threads,
        )

    titles = describe_titles(np.arange(100, 100 + n_titles, dtype=np.int32))
    counts = count_ratings(read(), n_clusters=n_clusters, n_titles=n_titles)
    collected = DensestCells(counts, titles, settings, n_threads)
    for block in read():
        collected.add(block)
    return collected.table()


def test_the_most_rated_titles_and_then_the_busiest_users_are_shown() -> None:
    dense = np.array(
        [
            [0, 0, 1, 5],  # two of the two shown titles
            [2, 3, 0, 4],  # one
            [0, 0, 2, 4],  # two
            [1, 0, 3, 0],  # one, and not among the first three by id
        ]
    )
    # Ratings per title: 2, 1, 3, 3. Shown: columns 2 and 3 (ids 102 and 103).
    table = cells(dense, [0] * 4, HeatmapSettings(n_users=3, n_titles=2, min_users=1))
    assert table.schema == HEATMAP
    assert table.to_pydict() == {
        "cluster_id": [0] * 6,
        "user_rank": [1, 1, 2, 2, 3, 3],
        "user_id": [0, 0, 2, 2, 1, 1],
        "title_rank": [1, 2] * 3,
        "title_id": [102, 103] * 3,
        "name": ["title 102", "title 103"] * 3,
        "rating": [1, 5, 2, 4, None, 4],
    }


def test_titles_are_those_of_the_cluster_and_not_of_all() -> None:
    dense = np.array([[5, 0], [5, 0], [0, 4]])
    table = cells(dense, [0, 0, 1], HeatmapSettings(n_users=5, n_titles=1, min_users=1))
    assert table.select(["cluster_id", "user_id", "title_id"]).to_pylist() == [
        {"cluster_id": 0, "user_id": 0, "title_id": 100},
        {"cluster_id": 0, "user_id": 1, "title_id": 100},
        {"cluster_id": 1, "user_id": 2, "title_id": 101},
    ]


def test_clusters_of_nine_users_have_no_heatmap() -> None:
    dense = np.ones((19, 2))
    table = cells(dense, [0] * 9 + [1] * 10, HeatmapSettings())
    assert set(table["cluster_id"].to_pylist()) == {1}


@pytest.mark.parametrize("n_blocks", [2, 11])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_cells_do_not_depend_on_blocks_or_threads(n_blocks: int, n_threads: int) -> None:
    rng = np.random.default_rng(1)
    dense = rng.integers(1, 6, (150, 40)) * (rng.random((150, 40)) < 0.3)
    labels = rng.integers(-1, 3, 150).tolist()
    ids = rng.permutation(9999)[:150].astype(np.int32)
    settings = HeatmapSettings(n_users=12, n_titles=9)
    whole = cells(dense, labels, settings, user_ids=ids)
    cut = cells(dense, labels, settings, n_blocks=n_blocks, n_threads=n_threads, user_ids=ids)
    assert cut.equals(whole)
    assert whole.num_rows == 3 * 12 * 9


def test_a_cluster_whose_users_rated_nothing_has_no_heatmap() -> None:
    table = cells(np.zeros((12, 3)), [0] * 12, HeatmapSettings())
    assert table.num_rows == 0
    assert table.schema == HEATMAP
