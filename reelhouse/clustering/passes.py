"""Fitting the estimator to stored blocks: seeding on a sample, passes, a polish, checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from reelhouse.clustering.blocks import (
    LoadBlock,
    count_rows,
    read_ahead,
    sample_blocks,
    step_over_blocks,
)
from reelhouse.clustering.checkpoint import FitState, fit_key, load_state, save_state
from reelhouse.clustering.lloyd import settle
from reelhouse.clustering.minibatch import MiniBatchKMeans
from reelhouse.errors import ClusteringError

_LOG = logging.getLogger(__name__)

#: Told the number of each pass, mini-batch passes first, and the mean cost of a row during it.
OnPass = Callable[[int, float], None]


@dataclass(frozen=True)
class BlockFit:
    """An estimator fitted to blocks.

    Attributes
    ----------
    estimator : MiniBatchKMeans
    pass_costs : tuple of float
        Mean cost per row of each pass of mini-batches, as each met them.
    exact_costs : tuple of float
        The same of each exact pass: that of the centroids before it moved them.
    settled : bool
        The last exact pass found hardly anything to improve.
    """

    estimator: MiniBatchKMeans
    pass_costs: tuple[float, ...]
    exact_costs: tuple[float, ...]
    settled: bool


@dataclass
class _Progress:
    pass_costs: list[float] = field(default_factory=list)
    exact_costs: list[float] = field(default_factory=list)
    settled: bool = False


def fit_blocks(
    load: LoadBlock,
    n_blocks: int,
    estimator: MiniBatchKMeans,
    *,
    passes: int = 3,
    lloyd_passes: int = 10,
    blocks_per_step: int = 1,
    rows_of_block: Sequence[int] | None = None,
    checkpoint: Path | None = None,
    facts: Mapping[str, Any] | None = None,
    on_pass: OnPass | None = None,
) -> BlockFit:
    """Seed on a sample of all blocks, learn by mini-batches, then polish by exact passes.

    Parameters
    ----------
    load : callable
        Gives the CSR block of an index; called on Dask workers too.
    n_blocks : int
    estimator : MiniBatchKMeans
        Its parameters say how; it is fitted in place, from the start.
    passes : int
        Passes of mini-batches, blocks in an order drawn anew for each pass.
    lloyd_passes : int
        Most exact passes, blocks in parallel; they end at the estimator's `tol`.
    blocks_per_step : int
        1: each block is given to `partial_fit`, which cuts it by `batch_size`. More: so many
        blocks are placed in parallel on the same centroids and learned as one mini-batch.
    rows_of_block : sequence of int or None
        None: all blocks are loaded once to count them.
    checkpoint : Path or None
        File that holds the state after the seeding and after each pass. When it is there, the fit
        goes on from it and ends with the very same centroids. It stays: its owner removes it.
    facts : mapping or None
        What identifies the data, such as a digest: the checkpoint of other data is refused.
    on_pass : callable or None
        Called after the checkpoint was written.

    Raises
    ------
    ClusteringError
        When there are no blocks, or fewer rows than clusters, or the checkpoint is another fit's.
    """
    if n_blocks < 1:
        raise ClusteringError("there are 0 blocks to fit, expected at least 1")
    rows = tuple(rows_of_block) if rows_of_block is not None else count_rows(load, n_blocks)
    asked = {"passes": passes, "lloyd_passes": lloyd_passes, "blocks_per_step": blocks_per_step}
    parameters = {k: v for k, v in estimator.get_params().items() if k != "n_threads"}
    key = fit_key({"asked": asked, "model": parameters, "rows": rows, "data": dict(facts or {})})
    keep = _Keeper(estimator, checkpoint, key, on_pass)
    if not keep.resume():
        _seed(load, rows, estimator)
        keep.save()
    progress = keep.progress
    for number in range(len(progress.pass_costs), passes):
        progress.pass_costs.append(_pass(load, n_blocks, estimator, number, blocks_per_step))
        keep.save(progress.pass_costs[-1])
    for _ in range(len(progress.exact_costs), lloyd_passes):
        if progress.settled:
            break
        _exact_pass(load, n_blocks, estimator, progress)
        keep.save(progress.exact_costs[-1])
    return BlockFit(
        estimator, tuple(progress.pass_costs), tuple(progress.exact_costs), progress.settled
    )


def _seed(load: LoadBlock, rows: Sequence[int], estimator: MiniBatchKMeans) -> None:
    """Set the estimator's first centroids."""
    if isinstance(estimator.init, str):
        sample = sample_blocks(load, rows, estimator.sample_size, seed=estimator.seed())
        estimator.start(sample)
    else:
        estimator.start(load(0)[:0])


def _pass(
    load: LoadBlock, n_blocks: int, estimator: MiniBatchKMeans, number: int, blocks_per_step: int
) -> float:
    """One pass of mini-batches; returns the mean cost of a row."""
    order = np.random.default_rng([estimator.seed(), 3, number]).permutation(n_blocks).tolist()
    before, n_rows = estimator.total_inertia_, 0
    if blocks_per_step == 1:
        for block in read_ahead(load, order):
            estimator.partial_fit(block)
            n_rows += block.shape[0]
    else:
        for first in range(0, n_blocks, blocks_per_step):
            some = order[first : first + blocks_per_step]
            step = step_over_blocks(load, some, estimator.centroids())
            estimator.absorb(step)
            n_rows += step.n_rows
    return float((estimator.total_inertia_ - before) / max(n_rows, 1))


def _exact_pass(
    load: LoadBlock, n_blocks: int, estimator: MiniBatchKMeans, progress: _Progress
) -> None:
    centroids = estimator.centroids()
    step = step_over_blocks(load, range(n_blocks), centroids)
    cost = step.inertia / max(step.n_rows, 1)
    previous = progress.exact_costs[-1] if progress.exact_costs else np.inf
    progress.settled = bool(previous - cost <= estimator.tol * cost)
    progress.exact_costs.append(cost)
    if not progress.settled:
        settle(centroids, step)
    estimator.inertia_ = step.inertia


class _Keeper:
    """Writes the state after each pass, and finds the state of a fit that was cut short."""

    def __init__(
        self, estimator: MiniBatchKMeans, path: Path | None, key: str, on_pass: OnPass | None
    ) -> None:
        self._estimator, self._path, self._key, self._on_pass = estimator, path, key, on_pass
        self.progress = _Progress()

    def resume(self) -> bool:
        """Take over the checkpoint's state, if there is one."""
        state = load_state(self._path, self._key) if self._path is not None else None
        if state is None:
            return False
        figures = dict(state.figures)
        self.progress = _Progress(**figures.pop("progress"))
        self._estimator.set_state(FitState(state.arrays, figures))
        _LOG.info("the fit goes on after pass %d, from %s", self._n_passes(), self._path)
        return True

    def save(self, cost: float | None = None) -> None:
        """Write the state; tell of the pass that led to it, if one did."""
        if self._path is not None:
            state = self._estimator.get_state()
            figures = state.figures | {"progress": vars(self.progress)}
            save_state(self._path, self._key, FitState(state.arrays, figures))
        if cost is not None:
            _LOG.info("pass %d: mean cost %.5f", self._n_passes(), cost)
            if self._on_pass is not None:
                self._on_pass(self._n_passes(), cost)

    def _n_passes(self) -> int:
        return len(self.progress.pass_costs) + len(self.progress.exact_costs)
