"""Started by test_killed_fit.py: says ready, waits for a line, fits blocks with a checkpoint."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
from scipy import sparse

from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.passes import fit_blocks

N_BLOCKS = 4


def load(rows: sparse.csr_matrix, index: int) -> sparse.csr_matrix:
    return rows[index::N_BLOCKS]


def main(checkpoint: Path, result: Path) -> None:
    rng = np.random.default_rng(0)
    rows = sparse.csr_matrix((rng.random((400, 30)) < 0.2).astype(np.int8))
    model = MiniBatchKMeans(7, geometry="cosine", sample_size=100, random_state=1, tol=0.0)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    fit = fit_blocks(
        partial(load, rows),
        N_BLOCKS,
        model,
        passes=10,
        lloyd_passes=10,
        checkpoint=checkpoint,
        on_pass=lambda number, cost: time.sleep(0.03),  # passes of a larger fit take their time
    )
    np.save(result, fit.estimator.cluster_centers_)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
