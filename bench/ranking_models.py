"""Models that rank titles: how well on MovieLens, and what they cost at the prize's size.

Costs are measured in a process of its own for each: `python -m bench.ranking_models NAME SHARE
REPEATS` prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy import sparse

from bench.inputs import ROOT
from bench.movielens import read_movielens
from bench.processes import measure
from bench.recommend import N_TEST, N, rated_titles, timed
from reelhouse.evaluation.held_out_users import strong_generalization
from reelhouse.evaluation.ranking import capped_recall, find_hits, ndcg
from reelhouse.models import registry
from reelhouse.models.base import CurvePoint
from reelhouse.models.ranking.ease import EASE
from reelhouse.models.ranking.ials import IALS
from reelhouse.recommend.rated import RatedTitles
from reelhouse.threads import available_threads

#: NDCG@100 that others measured by this protocol on ml-100k, give or take 0.02.
PUBLISHED = {"popularity": 0.263, "pure-svd": 0.439, "ease": 0.454}
#: Users, titles and ratings of the prize.
_USERS, _TITLES, _PER_USER = 480_189, 17_770, 209
_N_FACTORS = 64
#: Users whom a fitted model is asked about.
_ASKED = 1000
_USERS_PER_BLOCK = 4096


def run_accuracy(n_splits: int) -> Iterator[dict[str, Any]]:
    """Measure each ranking model that needs no extra on ml-100k, by its default settings.

    Parameters
    ----------
    n_splits : int
        Random splits of the users: 200 are held out, nothing is chosen by them.
    """
    data = read_movielens("ml-100k")
    if data is None:
        yield {"name": "rankings", "data": "ml-100k", "skipped": "the data set is not there"}
        return
    splits = [
        strong_generalization(data.ratings, n_validation=0, n_test=N_TEST[data.name], seed=seed)
        for seed in range(n_splits)
    ]
    entries = registry.entries("ranking").values()
    for entry in (one for one in entries if one.extra is None):
        values, seconds = [], []
        for split in splits:
            model = entry.load()()
            _, fitting = timed(partial(model.fit, rated_titles(data, split)))  # type: ignore[arg-type]
            titles = model.recommend_users(split.test.fold_in, N).titles  # type: ignore[union-attr]
            hits = find_hits(titles, split.test.held_out)
            found = (ndcg(hits, 100), capped_recall(hits, 20), capped_recall(hits, 50))
            values.append([value.mean() for value in found])
            seconds.append(fitting)
        names = ("ndcg_100", "recall_20", "recall_50")
        yield {
            "name": "rankings",
            "data": data.name,
            "model": entry.name,
            "splits": n_splits,
            **dict(zip(names, np.mean(values, axis=0).round(4).tolist(), strict=True)),
            "ndcg_100_spread": round(float(np.std(values, axis=0)[0]), 4),
            "published_ndcg_100": PUBLISHED.get(entry.name),
            "fit_seconds": round(float(np.median(seconds)), 3),
        }


def run_costs(shares: Sequence[float], repeats: int) -> Iterator[dict[str, Any]]:
    """Measure seconds and memory at shares of the prize's users, beside implicit.

    Parameters
    ----------
    shares : sequence of float
    repeats : int
        Epochs of iALS; the median counts.
    """
    for share in shares:
        for name in MEASURED:
            if name.startswith("implicit") and find_spec("implicit") is None:
                yield {"name": "rankings", "measured": name, "skipped": "implicit is not installed"}
                continue
            command = [sys.executable, "-m", "bench.ranking_models", name, str(share), str(repeats)]
            yield {"name": "rankings", **json.loads(measure(command, cwd=ROOT).stdout)}


def history_of(share: float) -> sparse.csr_matrix:
    """Users who saw what is popular, some much more than others: as many titles as the prize has.

    Parameters
    ----------
    share : float
        Of the prize's users.
    """
    rng = np.random.default_rng(0)
    popularity = np.arange(1, _TITLES + 1) ** -0.8
    cumulated = np.cumsum(popularity / popularity.sum())
    columns, counts = [], []
    n_users = round(_USERS * share)
    for first in range(0, n_users, _USERS_PER_BLOCK):
        n = min(_USERS_PER_BLOCK, n_users - first)
        # Drawn with repetition, of which a fifth is lost.
        drawn = np.minimum(rng.lognormal(np.log(1.25 * _PER_USER) - 0.6, 1.1, n), 5000).astype(int)
        rows = np.repeat(np.arange(n), drawn + 1)
        seen = np.searchsorted(cumulated, rng.random(rows.size)).clip(max=_TITLES - 1)
        pairs = np.unique(rows * _TITLES + seen)
        columns.append((pairs % _TITLES).astype(np.int32))
        counts.append(np.bincount(pairs // _TITLES, minlength=n))
    indices = np.concatenate(columns)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return sparse.csr_matrix(
        (np.ones(indices.size, np.float32), indices, starts), shape=(n_users, _TITLES)
    )


def _fit_ials(history: sparse.csr_matrix, repeats: int, **settings: Any) -> dict[str, Any]:
    # Compiled beforehand.
    IALS(_N_FACTORS, epochs=1, **settings).fit(RatedTitles.of(history[:50]))
    used = [time.process_time()]

    def note(point: CurvePoint, epochs: int) -> None:
        used.append(time.process_time())

    known = RatedTitles.of(history)
    # The first counts what is done once before it.
    model = IALS(_N_FACTORS, epochs=repeats + 1, **settings).fit(known, progress=note)
    seconds = np.diff([point.seconds for point in model.curve_])
    _, asking = timed(partial(model.recommend_users, history[:_ASKED], N))
    return _epochs(seconds.tolist(), np.diff(used)[1:].tolist()) | {"asking_seconds": asking}


def _fit_implicit(history: sparse.csr_matrix, repeats: int, **settings: Any) -> dict[str, Any]:
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    seconds: list[float] = []
    used = [time.process_time()]

    def note(iteration: int, elapsed: float, *others: Any) -> None:
        seconds.append(elapsed)
        used.append(time.process_time())

    # As its documentation asks for.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=_N_FACTORS, iterations=repeats + 1, num_threads=available_threads(), **settings
        )
        model.fit(history, show_progress=False, callback=note)
    return _epochs(seconds[1:], np.diff(used)[1:].tolist())


def _epochs(seconds: list[float], processor_seconds: list[float]) -> dict[str, Any]:
    return {
        "epoch_seconds": float(np.median(seconds)),
        "epoch_processor_seconds": float(np.median(processor_seconds)),
    }


def _fit_ease(history: sparse.csr_matrix, repeats: int) -> dict[str, Any]:
    started = time.process_time()
    model, fitting = timed(partial(EASE(l2=1000.0).fit, RatedTitles.of(history)))
    used = time.process_time() - started
    _, asking = timed(partial(model.recommend_users, history[:_ASKED], N))
    return {"fit_seconds": fitting, "fit_processor_seconds": used, "asking_seconds": asking}


#: What is measured at the prize's size.
MEASURED: dict[str, Callable[[sparse.csr_matrix, int], dict[str, Any]]] = {
    "ials": _fit_ials,
    "ials, solved": partial(_fit_ials, steps=None),
    "implicit": _fit_implicit,
    "implicit, solved": partial(_fit_implicit, use_cg=False),
    "ease": _fit_ease,
}


def _measured(name: str, share: float, repeats: int) -> dict[str, Any]:
    history = history_of(share)
    before = _peak_gib()
    found = MEASURED[name](history, repeats)
    return {
        "measured": name,
        "share": share,
        "users": history.shape[0],
        "titles": history.shape[1],
        "seen": history.nnz,
        **{key: round(value, 3) for key, value in found.items()},
        "history_gib": before,
        "peak_gib": _peak_gib(),
    }


def _peak_gib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
