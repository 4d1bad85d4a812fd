"""Fitting the clusters: sample, choice of k, passes of partial_fit, placement of every title."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import dask
import dask.array as da
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.clustering.assign import Placement, place
from reelhouse.clustering.geometry import FloatArray
from reelhouse.clustering.minibatch import MiniBatchKMeans
from reelhouse.clustering.selection import Selection, choose, fixed
from reelhouse.errors import ClusteringError
from reelhouse.matrix import load_block
from reelhouse.settings import ClusterSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """Centroids fitted to a feature matrix.

    Attributes
    ----------
    centroids : ndarray of shape (n_clusters, n_features), float32, unit rows
    selection : how many clusters, and why
    inertias : mean cosine distance per title during each pass
    sample : csr_matrix of shape (n_sample, n_features)
    """

    centroids: FloatArray
    selection: Selection
    inertias: tuple[float, ...]
    sample: sparse.csr_matrix


def fit_clusters(
    matrix: da.Array,
    blocks: Sequence[Path],
    settings: ClusterSettings,
    *,
    on_pass: Callable[[int, float], None] | None = None,
) -> Fit:
    """Seed on a sample, then learn from every partition by `partial_fit`, pass after pass.

    Parameters
    ----------
    matrix : Dask array of CSR blocks, shape (n_titles, n_features), unit rows
    blocks : the files behind its blocks
    settings : ClusterSettings
    on_pass : called with the number of the pass and its mean distance
    """
    if len(matrix.chunks[1]) != 1:
        # Incremental would train on the first block of columns only, without a word.
        raise ClusteringError(f"the matrix has {len(matrix.chunks[1])} column blocks, expected 1")
    sample = draw_sample(blocks, matrix.chunks[0], settings)
    selection = _select(sample, settings)
    logger.info("%d clusters: %s", selection.n_clusters, selection.reason)
    model = _fit_passes(matrix, selection, settings, on_pass)
    return Fit(model.centroids, selection, model.inertias, sample)


def draw_sample(
    blocks: Sequence[Path], rows_of: Sequence[int], settings: ClusterSettings
) -> sparse.csr_matrix:
    """Rows from every block in proportion to its size, at most `sample_size` in all."""
    ends = np.cumsum([0, *rows_of])
    share = min(1.0, settings.sample_size / max(int(ends[-1]), 1))
    # Rounded at the ends of the blocks: rounded alone, many small blocks would all give nothing.
    wanted = np.diff(np.rint(ends * share).astype(int)).tolist()
    pieces = dask.compute(
        *[
            dask.delayed(_sample_block)(str(block), n, [settings.seed, number])
            for number, (block, n) in enumerate(zip(blocks, wanted, strict=True))
        ]
    )
    return sparse.vstack(pieces, format="csr")


def place_blocks(blocks: Sequence[Path], centroids: FloatArray) -> Placement:
    """Place the rows of all blocks, in order; the blocks run in parallel."""
    shared = dask.delayed(centroids)
    pieces = dask.compute(*[dask.delayed(_place_block)(str(b), shared) for b in blocks])
    return Placement(
        **{
            name: np.concatenate([getattr(piece, name) for piece in pieces])
            for name in Placement.__dataclass_fields__
        }
    )


@dataclass(frozen=True)
class _Passes:
    centroids: FloatArray
    inertias: tuple[float, ...]


def _select(sample: sparse.csr_matrix, settings: ClusterSettings) -> Selection:
    if settings.n_clusters == "auto":
        return choose(sample, seed=settings.seed, restarts=settings.restarts)
    return fixed(sample, settings.n_clusters, seed=settings.seed, restarts=settings.restarts)


def _fit_passes(
    matrix: da.Array,
    selection: Selection,
    settings: ClusterSettings,
    on_pass: Callable[[int, float], None] | None,
) -> _Passes:
    from dask_ml.wrappers import Incremental  # 2 s to import: only a refit pays

    n_rows = matrix.shape[0]
    estimator = MiniBatchKMeans(
        selection.n_clusters,
        geometry="cosine",
        init=selection.seeding.centroids,
        batch_size=settings.batch_size,
        # What was learned a pass ago weighs half: early, poor assignments fade.
        half_life=float(max(n_rows, 1)),
        # A night's clusters keep their ids: none of them jumps elsewhere.
        reassignment_ratio=0.0,
        random_state=settings.seed,
    )
    learned = Incremental(estimator, shuffle_blocks=False)
    inertias: list[float] = []
    total = 0.0
    for number in range(settings.passes):
        learned.partial_fit(matrix)
        inertias.append((learned.estimator_.total_inertia_ - total) / max(n_rows, 1))
        total = learned.estimator_.total_inertia_
        logger.info("pass %d: mean distance %.4f", number + 1, inertias[-1])
        if on_pass is not None:
            on_pass(number + 1, inertias[-1])
    return _Passes(learned.estimator_.cluster_centers_, tuple(inertias))


def _sample_block(block: str, n: int, seed: list[int]) -> sparse.csr_matrix:
    rows = load_block(Path(block))
    if n >= rows.shape[0]:
        return rows
    some: NDArray[np.int64] = np.random.default_rng(seed).choice(rows.shape[0], n, replace=False)
    some.sort()
    return rows[some]


def _place_block(block: str, centroids: FloatArray) -> Placement:
    return place(load_block(Path(block)), centroids)
