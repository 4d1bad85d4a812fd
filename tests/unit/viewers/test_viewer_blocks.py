from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse

from reelhouse.errors import ClusteringError
from reelhouse.viewers.blocks import Block, read_blocks
from reelhouse.viewers.counts import count_ratings


def block(dense: list[list[float]], labels: list[int], dtype: type = np.int8) -> Block:
    matrix = sparse.csr_matrix(np.array(dense, dtype=dtype))
    return Block(matrix, np.arange(len(labels), dtype=np.int32), np.array(labels, np.int32))


def random_blocks(n_blocks: int, seed: int = 0) -> list[Block]:
    """200 users, 30 titles, ratings in tenths, labels -1 to 4; cut into blocks."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, 51, (200, 30)) / 10 * (rng.random((200, 30)) < 0.3)
    labels = rng.integers(-1, 5, 200).astype(np.int32)
    ids = rng.permutation(1000)[:200].astype(np.int32)
    cuts = np.linspace(0, 200, n_blocks + 1).astype(int)
    return [
        Block(sparse.csr_matrix(dense[a:b].astype(np.float32)), ids[a:b], labels[a:b])
        for a, b in pairwise(cuts)
    ]


def test_ratings_are_counted_by_cluster_and_title() -> None:
    blocks = [block([[5, 0, 1], [4, 0, 0]], [1, 1]), block([[0, 3, 0], [2, 2, 2]], [0, -1])]
    read = read_blocks(blocks.__getitem__, 2, n_clusters=3, n_titles=3)
    counted = count_ratings(read, n_clusters=3, n_titles=3)
    assert counted.sizes.tolist() == [1, 2, 0]
    # The last user is in no cluster.
    assert counted.counts.tolist() == [[0, 1, 0], [2, 0, 1], [0, 0, 0]]
    assert counted.sums.tolist() == [[0, 3, 0], [9, 0, 1], [0, 0, 0]]


def test_a_stored_zero_is_a_rating() -> None:
    matrix = sparse.csr_matrix(
        (np.array([0, 3], np.int8), np.array([0, 1], np.int32), np.array([0, 2], np.int32)),
        shape=(1, 2),
    )
    one = Block(matrix, np.zeros(1, np.int32), np.zeros(1, np.int32))
    read = read_blocks(lambda _: one, 1, n_clusters=1, n_titles=2)
    assert count_ratings(read, n_clusters=1, n_titles=2).counts.tolist() == [[1, 1]]


@pytest.mark.parametrize("n_blocks", [1, 7])
@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_counts_are_the_same_to_the_last_bit_for_any_threads_and_blocks(
    n_blocks: int, n_threads: int
) -> None:
    def counted(n_blocks: int, n_threads: int) -> tuple[bytes, bytes]:
        blocks = random_blocks(n_blocks)
        read = read_blocks(
            blocks.__getitem__, n_blocks, n_clusters=5, n_titles=30, n_threads=n_threads
        )
        result = count_ratings(read, n_clusters=5, n_titles=30, n_threads=n_threads)
        return result.counts.tobytes(), result.sums.tobytes()

    assert counted(n_blocks, n_threads) == counted(1, 1)


def test_blocks_come_in_order_and_few_at_a_time() -> None:
    loaded: list[int] = []

    def load(index: int) -> Block:
        loaded.append(index)
        return block([[index + 1]], [0])

    read = read_blocks(load, 10, n_clusters=1, n_titles=1, n_threads=2)
    assert next(read).data.tolist() == [1]
    # Two are loaded ahead, and a third when the first is handed out.
    assert len(loaded) <= 3
    assert [int(one.data[0]) for one in read] == list(range(2, 11))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (block([[1, 2]], [0]), "block 0 has 2 titles, expected 3"),
        (block([[1, 2, 3]], [2]), "block 0 has label 2, expected less than 2"),
        (block([[1, 2, 3]], [0, 1]), "block 0 has 1 users, 2 user ids and 2 labels"),
    ],
)
def test_a_block_that_does_not_fit_is_named(wrong: Block, message: str) -> None:
    with pytest.raises(ClusteringError, match=message):
        list(read_blocks(lambda _: wrong, 1, n_clusters=2, n_titles=3))
