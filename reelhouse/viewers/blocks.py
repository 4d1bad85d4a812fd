"""Blocks of labelled users, read one after the other, and the passes that read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import ClusteringError
from reelhouse.threads import available_threads


@dataclass(frozen=True)
class Block:
    """The ratings of some users and the cluster that each is in.

    Attributes
    ----------
    ratings : csr_matrix of shape (n_users, n_titles), int8 or float32, raw ratings
        A stored entry is a rating, whatever its value; column j is title j.
    user_ids : ndarray of shape (n_users,), int32
    labels : ndarray of shape (n_users,), int32
        0 to n_clusters - 1; negative for a user who is in no cluster and counts nowhere.
    """

    ratings: sparse.csr_matrix
    user_ids: NDArray[np.int32]
    labels: NDArray[np.int32]


#: Loads the block of an index, 0 to n_blocks - 1.
LoadBlock = Callable[[int], Block]


@dataclass(frozen=True)
class KernelBlock:
    """A block as the compiled kernels take it: the same arrays for every source of ratings.

    Attributes
    ----------
    indptr : int64 of shape (n_users + 1,)
    indices : int32 of shape (n_ratings,), title of each rating
    data : float32 of shape (n_ratings,)
    labels : int32 of shape (n_users,)
    user_ids : int32 of shape (n_users,)
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[np.float32]
    labels: NDArray[np.int32]
    user_ids: NDArray[np.int32]


def read_blocks(
    load: LoadBlock, n_blocks: int, *, n_clusters: int, n_titles: int, n_threads: int | None = None
) -> Iterator[KernelBlock]:
    """Read the blocks in order, loading a few of them ahead in threads.

    Never more than one block per thread, and the one in use, is in memory.

    Raises
    ------
    ClusteringError
        A block's arrays do not fit each other, or the numbers of clusters and titles.
    """
    threads = max(1, n_threads if n_threads is not None else available_threads())

    def one(index: int) -> KernelBlock:
        return _kernel_block(load(index), index, n_clusters, n_titles)

    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(one, index) for index in range(min(threads, n_blocks))]
        for index in range(n_blocks):
            block = waiting.pop(0).result()
            if index + threads < n_blocks:
                waiting.append(pool.submit(one, index + threads))
            yield block


def _kernel_block(block: Block, index: int, n_clusters: int, n_titles: int) -> KernelBlock:
    ratings = block.ratings
    n_users = ratings.shape[0]
    if ratings.shape[1] != n_titles:
        raise ClusteringError(
            f"block {index} has {ratings.shape[1]} titles, expected {n_titles}: one per title id"
        )
    if not len(block.labels) == len(block.user_ids) == n_users:
        raise ClusteringError(
            f"block {index} has {n_users} users, {len(block.user_ids)} user ids and "
            f"{len(block.labels)} labels, expected as many of each"
        )
    most = int(block.labels.max(initial=-1))
    if most >= n_clusters:
        raise ClusteringError(f"block {index} has label {most}, expected less than {n_clusters}")
    return KernelBlock(
        indptr=np.ascontiguousarray(ratings.indptr, dtype=np.int64),
        indices=np.ascontiguousarray(ratings.indices, dtype=np.int32),
        data=np.ascontiguousarray(ratings.data, dtype=np.float32),
        labels=np.ascontiguousarray(block.labels, dtype=np.int32),
        user_ids=np.ascontiguousarray(block.user_ids, dtype=np.int32),
    )
