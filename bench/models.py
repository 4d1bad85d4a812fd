"""An iteration of the factor models and a fit of EASE at the prize's size, beside implicit.

All read the same stored interaction matrix of synthetic ratings, each in a process of its own, one
after the other: `python -m bench.models NAME MATRIX ITERATIONS` prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from bench.inputs import ROOT
from bench.processes import measure
from bench.recommend import timed
from bench.recommend_throughput import peak_mib, read_history, stored
from bench.viewers import raw_ratings
from reelhouse.interactions import Interactions
from reelhouse.models.base import CurvePoint
from reelhouse.models.ranking.ease import EASE
from reelhouse.models.ranking.ials import IALS
from reelhouse.models.rating.als import ALS
from reelhouse.models.ratings import Ratings
from reelhouse.recommend.rated import RatedTitles

#: Factors on both sides.
N_FACTORS = 64
PEERS = ("implicit, conjugate gradients", "implicit, Cholesky")
#: What each model's iterations are compared with.
MEASURED = {"als": PEERS, "ials": PEERS, "ease": ()}


def run(folder: Path | None, shares: Sequence[float], iterations: int) -> Iterator[dict[str, Any]]:
    """Measure at each share of the prize's size.

    Parameters
    ----------
    folder : Path or None
        Where raw files are kept between runs; None: a temporary folder.
    shares : sequence of float
    iterations : int
        Of each model; the median of all but the first counts, which waits for the compiler.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for share in shares:
            raw = raw_ratings(folder if folder is not None else Path(scratch), share)
            matrix = stored(raw, Path(scratch))
            yield from _compared(matrix, share, iterations)


def _compared(matrix: Path, share: float, iterations: int) -> Iterator[dict[str, Any]]:
    names = [*MEASURED, *(PEERS if find_spec("implicit") else ())]
    rows = {name: _measured(name, matrix, iterations) for name in names}
    for name, row in rows.items():
        ratios = {
            f"ratio to {peer}": round(
                rows[peer]["seconds_per_iteration"] / row["seconds_per_iteration"], 2
            )
            for peer in MEASURED.get(name, ()) if peer in rows
        }  # fmt: skip
        yield {"name": "models", "model": name, "share": share, **row, **ratios}


def _measured(name: str, matrix: Path, iterations: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.models", name, str(matrix), str(iterations)]
    # The peer asks for this: its own threads would compete with those of the linear algebra.
    alone = {"OPENBLAS_NUM_THREADS": "1"} if name in PEERS else {}
    done = measure(command, cwd=ROOT, env={**os.environ, **alone})
    return {**json.loads(done.stdout), "peak_mib": round(done.peak_mib)}


def main(name: str, matrix: Path, iterations: int) -> None:
    """Fit one model, print what it took."""
    history = read_history(Interactions.open(matrix))
    loaded = peak_mib()
    fit = _FITS[name] if name in _FITS else partial(_fit_peer, name)
    each, seconds = timed(partial(fit, history, iterations))
    found = {
        "n_users": history.shape[0],
        "n_titles": history.shape[1],
        "n_ratings": int(history.nnz),
        "seconds_of_fit": round(seconds, 2),
        "mib_with_the_matrix_loaded": loaded,
    }
    if each:
        found["seconds_per_iteration"] = round(float(np.median(each[1:] or each)), 3)
        found["all_iterations"] = [round(one, 3) for one in each]
    sys.stdout.write(json.dumps(found))


def _fit_als(history: sparse.csr_matrix, iterations: int) -> list[float]:
    users = np.repeat(np.arange(history.shape[0], dtype=np.int32), np.diff(history.indptr))
    ratings = Ratings.of(users, history.indices, history.data, shape=history.shape)
    model = ALS(n_factors=N_FACTORS, epochs=iterations).fit(ratings)
    return _each(model.curve_)


def _fit_ials(history: sparse.csr_matrix, iterations: int) -> list[float]:
    model = IALS(n_factors=N_FACTORS, epochs=iterations).fit(RatedTitles.of(_seen(history)))
    return _each(model.curve_)


def _each(curve: Sequence[CurvePoint]) -> list[float]:
    """Seconds of every epoch."""
    return [float(one) for one in np.diff([0.0, *(point.seconds for point in curve)])]


def _fit_ease(history: sparse.csr_matrix, iterations: int) -> list[float]:
    EASE().fit(RatedTitles.of(_seen(history)))
    return []


def _fit_peer(name: str, history: sparse.csr_matrix, iterations: int) -> list[float]:
    from implicit.cpu.als import AlternatingLeastSquares

    each: list[float] = []
    model = AlternatingLeastSquares(
        factors=N_FACTORS, iterations=iterations, use_cg=name == PEERS[0], random_state=0
    )
    model.fit(
        _seen(history),
        show_progress=False,
        callback=lambda _number, seconds, _loss: each.append(seconds),
    )
    return each


def _seen(history: sparse.csr_matrix) -> sparse.csr_matrix:
    """What counts is that a title was seen."""
    return sparse.csr_matrix(
        (np.ones(history.nnz, np.float32), history.indices, history.indptr), shape=history.shape
    )


_FITS: dict[str, Callable[[sparse.csr_matrix, int], list[float]]] = {
    "als": _fit_als,
    "ials": _fit_ials,
    "ease": _fit_ease,
}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
