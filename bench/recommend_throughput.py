"""Ten titles for every user of a prize-sized set, beside implicit's `recommend`.

Both sides read the same stored interaction matrix into memory and recommend to all its users, each
in a process of its own: `python -m bench.recommend_throughput NAME MATRIX RAW REPEATS` prints one
JSON object.
"""

from __future__ import annotations

import json
import os
import resource
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
from bench.rated_content import read_content
from bench.recommend import RECOMMENDERS, timed
from bench.viewers import raw_ratings
from reelhouse.interactions import Interactions, store_interactions
from reelhouse.recommend.rated import RatedTitles
from reelhouse.sources.ratings import partition_ratings, spill_ratings

#: Recommends to the users of a history.
Serve = Callable[[sparse.csr_matrix], object]

#: Titles for each user.
N = 10
#: Recommenders that are measured here: those by cluster, and what they are compared with.
MEASURED = (
    "popularity",
    "same-cluster",
    "neighbour-clusters",
    "viewer-clusters",
    "item-neighbours",
)
PEER = "implicit"
#: Factors of the peer, a usual number; values of the factors do not change what serving takes.
_N_FACTORS = 64


def run(folder: Path | None, shares: Sequence[float], repeats: int) -> Iterator[dict[str, Any]]:
    """Measure users per second at each share of the prize's size.

    Parameters
    ----------
    folder : Path or None
        Where raw files are kept between runs; None: a temporary folder.
    shares : sequence of float
    repeats : int
        Runs of each; the median counts.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for share in shares:
            raw = raw_ratings(folder if folder is not None else Path(scratch), share)
            matrix = stored(raw, Path(scratch))
            yield from _compared(raw, matrix, share, repeats)


def stored(raw: Path, scratch: Path) -> Path:
    """Ratings as a stored interaction matrix; returns its folder."""
    spill = spill_ratings(str(raw), scratch / "spill")
    parts = partition_ratings(spill, scratch / "ratings").parts
    store_interactions([part.path for part in parts], scratch / "matrix")
    return scratch / "matrix"


def _compared(raw: Path, matrix: Path, share: float, repeats: int) -> Iterator[dict[str, Any]]:
    names = [*MEASURED, *([PEER] if find_spec(PEER) else [])]
    rows = {}
    for name in names:
        command = [sys.executable, "-m", "bench.recommend_throughput", name, str(matrix), str(raw)]
        run = measure([*command, str(repeats)], cwd=ROOT, env=_environment(name))
        rows[name] = {**json.loads(run.stdout), "peak_mib": round(run.peak_mib)}
    peer = rows.get(PEER)
    for name, row in rows.items():
        ratio = {} if peer is None else {
            "peer_users_per_second": peer["users_per_second"],
            "ratio": round(row["users_per_second"] / peer["users_per_second"], 2),
        }  # fmt: skip
        yield {"name": "recommend: throughput", "recommender": name, "share": share, **row, **ratio}


def _environment(name: str) -> dict[str, str]:
    """The peer asks for this: its own threads would compete with those of the linear algebra."""
    alone = {"OPENBLAS_NUM_THREADS": "1"} if name == PEER else {}
    return {**os.environ, **alone}


def main(name: str, matrix: Path, raw: Path, repeats: int) -> None:
    """Fit a recommender, serve all users, print what it took."""
    interactions = Interactions.open(matrix)
    history = read_history(interactions)
    loaded = peak_mib()
    if name == PEER:
        fit = partial(_peer, history)
    else:
        fit = partial(_ours, name, _known(history, interactions, raw))
    serve, fitted = timed(fit)
    # The first users wait for the compiler.
    serve(history[:1000])
    seconds = [timed(partial(serve, history))[1] for _ in range(repeats)]
    middle = float(np.median(seconds))
    found = {
        "n_users": history.shape[0],
        "n_titles": history.shape[1],
        "n_ratings": int(history.nnz),
        "seconds_of_fit": round(fitted, 2),
        "seconds": round(middle, 2),
        "all_seconds": [round(each, 2) for each in seconds],
        "users_per_second": round(history.shape[0] / middle),
        "mib_with_the_matrix_loaded": loaded,
    }
    sys.stdout.write(json.dumps(found))


def read_history(interactions: Interactions) -> sparse.csr_matrix:
    """All blocks as one matrix of float32, each copied to where it belongs."""
    n = interactions.n_ratings
    data, indices = np.empty(n, np.float32), np.empty(n, np.int32)
    indptr = np.zeros(interactions.n_users + 1, np.int64)
    users = stored = 0
    for block in range(interactions.n_blocks):
        rows = interactions.load(block).matrix
        data[stored : stored + rows.nnz] = rows.data
        indices[stored : stored + rows.nnz] = rows.indices
        indptr[users + 1 : users + 1 + rows.shape[0]] = stored + rows.indptr[1:]
        users, stored = users + rows.shape[0], stored + rows.nnz
    return sparse.csr_matrix((data, indices, indptr), shape=(users, interactions.n_titles))


def _known(history: sparse.csr_matrix, interactions: Interactions, raw: Path) -> RatedTitles:
    content = read_content(
        interactions.title_ids, raw / "movie_titles.csv", raw / "netflix_genres.csv"
    )
    return RatedTitles.of(
        history,
        names=content.names,
        features=content.features,
        feature_names=content.feature_names,
        cluster_of=content.cluster_of,
    )


def _ours(name: str, known: RatedTitles) -> Serve:
    return partial(RECOMMENDERS[name]().fit(known).recommend_users, n=N)


def _peer(history: sparse.csr_matrix) -> Serve:
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(factors=_N_FACTORS, iterations=1, random_state=0)
    model.fit(history, show_progress=False)
    return lambda users: model.recommend(np.arange(users.shape[0]), users, N=N)


def peak_mib() -> int:
    """Most resident memory of this process so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
