"""Recommenders on MovieLens, by the protocol of Liang et al. (2018), and what accuracy costs.

Whole users are held out, in several random splits; what is measured of a user in several of them
stays together where intervals and tests resample users.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from bench.movielens import MovieLens, read_movielens
from bench.recommend_tally import Tally
from reelhouse.evaluation.held_out_users import (
    UserSplit,
    shown_at_most,
    strong_generalization,
)
from reelhouse.evaluation.lists import only_titles, only_users
from reelhouse.recommend.base import Recommender
from reelhouse.recommend.content_profile import ContentProfile
from reelhouse.recommend.diversified import Diversified
from reelhouse.recommend.hybrid import Hybrid
from reelhouse.recommend.item_neighbours import ItemNeighbours
from reelhouse.recommend.neighbours import NeighbourClusters
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.rated import RatedTitles
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.recommend.viewer_clusters import ViewerClusters

Result = TypeVar("Result")

#: Test users of each data set.
N_TEST = {"ml-100k": 200, "ml-latest-small": 120}
#: What is measured, and how each recommender is made; the first is what others are compared with.
RECOMMENDERS: dict[str, Callable[[], Recommender[Any]]] = {
    "popularity": Popularity,
    "popularity of a year": partial(Popularity, window=365),
    "same-cluster": SameCluster,
    "neighbour-clusters": NeighbourClusters,
    "viewer-clusters": ViewerClusters,
    "item-neighbours": ItemNeighbours,
    "content": ContentProfile,
    "hybrid": Hybrid,
    "hybrid, diversified": lambda: Diversified(Hybrid()),
}
#: Recommenders that reorder the best titles of another; all titles would take them very long.
SHORT_LISTS = ("hybrid, diversified",)
#: What a hybrid is made of: it should be as good as the best of these, on every part of the users.
PARTS_OF = {"hybrid": ("viewer-clusters", "item-neighbours", "popularity", "content")}
#: Users with at most this many shown titles, and titles with at most this many training users.
FEW = 5
#: Length of the lists.
N = 100
#: NDCG@100 of popularity that others measured by this protocol on ml-100k, give or take 0.02.
PUBLISHED = {"ml-100k": 0.263}


def run(datasets: Sequence[str], n_seeds: int) -> Iterator[dict[str, Any]]:
    """Measure every recommender on each data set.

    Parameters
    ----------
    datasets : sequence of str
        `ml-100k`, `ml-latest-small`.
    n_seeds : int
        Random splits.
    """
    for name in datasets:
        data = read_movielens(name)
        if data is None:
            yield {"name": "recommend", "data": name, "skipped": "the data set is not there"}
        else:
            yield from _measured(data, n_seeds)


def rated_titles(data: MovieLens, split: UserSplit) -> RatedTitles:
    """What recommenders learn from: training users, with the content of their titles."""
    chosen = split.title_index
    content = data.content.take(chosen)
    days = data.days[split.user_index][:, chosen].multiply(split.train).tocsr()
    days.sort_indices()
    return RatedTitles.of(
        split.train,
        names=content.names,
        days=days.data.astype(np.float32),
        features=content.features,
        feature_names=content.feature_names,
        cluster_of=content.cluster_of,
    )


def lists_of(chosen: np.ndarray, everything: np.ndarray) -> np.ndarray:
    """The first titles of each full list that are among these; -1 where a list ends early.

    Parameters
    ----------
    chosen : ndarray of shape (n_titles,), bool
    everything : ndarray of shape (n_users, n_titles)
        All titles of each user, the best first, -1 at the end.
    """
    left_out = ~chosen[everything] | (everything < 0)
    order = np.argsort(left_out, axis=1, kind="stable")[:, :N]
    lists = np.take_along_axis(everything, order, axis=1)
    return np.where(np.take_along_axis(left_out, order, axis=1), -1, lists)


def _measured(data: MovieLens, n_seeds: int) -> Iterator[dict[str, Any]]:
    tallies = {label: Tally() for label in RECOMMENDERS}
    for seed in range(n_seeds):
        split = strong_generalization(
            data.ratings, n_validation=0, n_test=N_TEST[data.name], seed=seed
        )
        _measure_split(data, split, tallies, seed)
    baseline = next(iter(tallies.values()))
    for label, tally in tallies.items():
        yield {
            "name": "recommend",
            "data": data.name,
            "recommender": label,
            "splits": n_seeds,
            "test_users_of_each": N_TEST[data.name],
            **tally.row(None if tally is baseline else baseline),
            **tally.against_best({part: tallies[part] for part in PARTS_OF.get(label, ())}),
            **({"published_ndcg_100": PUBLISHED.get(data.name)} if tally is baseline else {}),
        }


def _measure_split(data: MovieLens, split: UserSplit, tallies: dict[str, Tally], seed: int) -> None:
    known = rated_titles(data, split)
    test, beginners = split.test, shown_at_most(split.test, FEW, seed=seed)
    few = np.diff(test.fold_in.indptr) <= FEW
    rare = known.n_raters <= FEW
    expected = None
    for label, make in RECOMMENDERS.items():
        recommender, fitting = timed(partial(make().fit, known))
        ranked, serving = timed(partial(recommender.recommend_users, test.fold_in, N))
        expected = ranked.titles if expected is None else expected
        tally = tallies[label]
        tally.add("all", ranked.titles, test)
        tally.add("users_with_few_titles", ranked.titles, only_users(test, few))
        tally.add("users_shown_few", recommender.recommend_users(beginners.fold_in, N).titles,
                  beginners)  # fmt: skip
        tally.add("rare_titles", ranked.titles, only_titles(test, rare))
        if label not in SHORT_LISTS:
            everything = recommender.recommend_users(test.fold_in, known.n_titles).titles
            tally.add("among_rare_titles", lists_of(rare, everything), only_titles(test, rare))
        tally.add("the_rest", ranked.titles, only_users(only_titles(test, ~rare), ~few))
        tally.add_variety(
            ranked.titles, expected, test, known, data.content.genres[split.title_index]
        )
        tally.add_seconds(fit=fitting, recommend=serving)


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Result and seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start
