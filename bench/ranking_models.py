"""How well the models that rank titles do on MovieLens, by their default settings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from bench.movielens import read_movielens
from bench.recommend import N_TEST, N, rated_titles, timed
from reelhouse.evaluation.held_out_users import UserSplit, strong_generalization
from reelhouse.evaluation.ranking import capped_recall, find_hits, ndcg
from reelhouse.models import registry
from reelhouse.models.base import RankingModel
from reelhouse.recommend.rated import RatedTitles

#: NDCG@100 that others measured by this protocol on ml-100k, give or take 0.02.
PUBLISHED = {"popularity": 0.263, "pure-svd": 0.439, "ease": 0.454}
_DATA = "ml-100k"


def run(n_splits: int) -> Iterator[dict[str, Any]]:
    """Measure each ranking model that needs no extra.

    Parameters
    ----------
    n_splits : int
        Random splits of the users: 200 are held out, nothing is chosen by them.
    """
    data = read_movielens(_DATA)
    if data is None:
        yield {"name": "rankings", "data": _DATA, "skipped": "the data set is not there"}
        return
    seeds = range(n_splits)
    splits = [
        strong_generalization(data.ratings, n_validation=0, n_test=N_TEST[_DATA], seed=seed)
        for seed in seeds
    ]
    known = [rated_titles(data, split) for split in splits]
    for entry in registry.entries("ranking").values():
        if entry.extra is not None:
            continue
        model = entry.load()()
        assert isinstance(model, RankingModel)
        yield {"name": "rankings", "data": _DATA, "model": entry.name, **_row(model, known, splits)}


def _row(model: RankingModel, known: list[RatedTitles], splits: list[UserSplit]) -> dict[str, Any]:
    values, seconds = [], []
    for titles, split in zip(known, splits, strict=True):
        seconds.append(timed(partial(model.fit, titles))[1])
        lists = model.recommend_users(split.test.fold_in, N).titles
        hits = find_hits(lists, split.test.held_out)
        found = (ndcg(hits, 100), capped_recall(hits, 20), capped_recall(hits, 50))
        values.append([value.mean() for value in found])
    means = dict(zip(("ndcg_100", "recall_20", "recall_50"), np.mean(values, axis=0), strict=True))
    return {
        "splits": len(splits),
        **{name: round(float(value), 4) for name, value in means.items()},
        "ndcg_100_spread": round(float(np.std(values, axis=0)[0]), 4),
        "published_ndcg_100": PUBLISHED.get(model.name),
        "fit_seconds": round(float(np.median(seconds)), 3),
    }
