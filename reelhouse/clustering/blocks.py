"""K-means over stored blocks of rows: never more of them in memory than are being worked on.

Blocks are placed by Dask tasks wherever the scheduler of the moment runs them. Their sums are
merged in pairs, in an order that follows from the number of blocks alone: the centroids do not
depend on workers, threads, or who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dask
import numpy as np
from scipy import sparse

from reelhouse.clustering.centroids import Centroids
from reelhouse.clustering.lloyd import StepSums, merge, step_over
from reelhouse.clustering.rows import rows_of
from reelhouse.errors import ClusteringError

#: Loads the CSR block of an index, 0 to n_blocks - 1; readable by every worker.
LoadBlock = Callable[[int], sparse.csr_matrix]

#: Blocks read ahead while one is worked on.
_AHEAD = 2


def read_ahead(load: LoadBlock, indices: Sequence[int]) -> Iterator[sparse.csr_matrix]:
    """Read blocks in the given order, a few of them in advance, in threads."""
    with ThreadPoolExecutor(_AHEAD) as pool:
        waiting = [pool.submit(load, index) for index in indices[:_AHEAD]]
        for index in [*indices[_AHEAD:], *[None] * _AHEAD]:
            if not waiting:
                return
            block = waiting.pop(0).result()
            if index is not None:
                waiting.append(pool.submit(load, index))
            yield block


def step_over_blocks(load: LoadBlock, indices: Sequence[int], centroids: Centroids) -> StepSums:
    """Place the rows of some blocks on fixed centroids, in parallel, and sum them up.

    Parameters
    ----------
    load : callable
    indices : sequence of int
        The blocks, in the order in which they are merged.
    centroids : Centroids
        Left as they are.

    Raises
    ------
    ClusteringError
        When there is no block.
    """
    if not indices:
        raise ClusteringError("there are 0 blocks to step over, expected at least 1")
    shared = dask.delayed(centroids, traverse=False)
    steps = [dask.delayed(_step_over_block)(load, index, shared) for index in indices]
    while len(steps) > 1:
        pairs = [dask.delayed(merge)(*steps[at : at + 2]) for at in range(0, len(steps) - 1, 2)]
        steps = pairs + steps[2 * len(pairs) :]
    (merged,) = dask.compute(steps[0])
    step: StepSums = merged
    return step


def count_rows(load: LoadBlock, n_blocks: int) -> tuple[int, ...]:
    """Rows of each block, by loading them all."""
    counts = dask.compute(*[dask.delayed(_n_rows)(load, index) for index in range(n_blocks)])
    return tuple(int(count) for count in counts)


def sample_blocks(
    load: LoadBlock, rows_of_block: Sequence[int], sample_size: int, *, seed: int
) -> sparse.csr_matrix:
    """Rows from every block in proportion to its size, at most `sample_size` in all.

    Raises
    ------
    ClusteringError
        When there is no block.
    """
    if not rows_of_block:
        raise ClusteringError("there are 0 blocks to sample, expected at least 1")
    ends = np.cumsum([0, *rows_of_block])
    share = min(1.0, sample_size / max(int(ends[-1]), 1))
    # Rounded at the ends of the blocks: rounded alone, many small blocks would all give nothing.
    wanted = np.diff(np.rint(ends * share).astype(int)).tolist()
    pieces = dask.compute(
        *[
            dask.delayed(_sample_block)(load, index, n, [seed, index])
            for index, n in enumerate(wanted)
        ]
    )
    return sparse.vstack(pieces, format="csr")


def _step_over_block(load: LoadBlock, index: int, centroids: Centroids) -> StepSums:
    # The blocks run in parallel already: one thread for each.
    return step_over(rows_of(load(index)), centroids.with_threads(1))[0]


def _n_rows(load: LoadBlock, index: int) -> int:
    return int(load(index).shape[0])


def _sample_block(load: LoadBlock, index: int, n: int, seed: list[int]) -> Any:
    rows = load(index)
    if n >= rows.shape[0]:
        return rows
    some = np.random.default_rng(seed).choice(rows.shape[0], n, replace=False)
    some.sort()
    return rows[some]
