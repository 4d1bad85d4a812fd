"""What clusters of the catalogue are worth to viewers: same-cluster by kind of feature and k.

Clusters and features are of the whole catalogue; ratings are MovieLens's of the titles that are
linked to it. One cluster for all stands for no clusters. By likeness alone features are judged, by
popularity alone the clusters.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import spearmanr

from bench.features import VARIANTS, missing_extra
from bench.inputs import real_titles
from bench.movielens import read_movielens
from bench.rated_content import indicators
from bench.recommend_tally import Tally
from reelhouse.clustering import MiniBatchKMeans
from reelhouse.clustering.selection import cluster_silhouettes
from reelhouse.evaluation.agreement import agreement, first_genres
from reelhouse.evaluation.held_out_users import UserSplit, strong_generalization
from reelhouse.features.kinds import fit_model
from reelhouse.linking import CERTAIN, link_titles
from reelhouse.recommend.clustered import ClusteredTitles
from reelhouse.recommend.popularity import Popularity
from reelhouse.recommend.rated import RatedTitles
from reelhouse.recommend.same_cluster import SameCluster
from reelhouse.sources import read_titles
from reelhouse.sources.title_names import read_title_names

#: Numbers of clusters; 1 is no clusters.
NUMBERS = (1, 8, 16, 32, 64, 128)
#: Test users of each split.
_N_TEST = 100
_N = 100
#: What orders the titles of a cluster: the recommender as it is, or one half of it alone.
RANKINGS = ("likeness and popularity", "likeness", "popularity")


@dataclass(frozen=True)
class _Linked:
    """The catalogue, and ratings of those of its titles that are linked.

    Attributes
    ----------
    parts : list of Path
        Partitions of the catalogue.
    titles : Table
        The same.
    rows : ndarray of shape (n_linked,)
        Row in the catalogue of each column of the ratings.
    ratings : csr_matrix of shape (n_users, n_linked)
    """

    parts: list[Path]
    titles: pa.Table
    rows: NDArray[np.int64]
    ratings: sparse.csr_matrix


def run(n_splits: int) -> Iterator[dict[str, Any]]:
    """Measure the same-cluster recommender for each kind of feature and number of clusters.

    Parameters
    ----------
    n_splits : int
        Random splits of the users.
    """
    with tempfile.TemporaryDirectory() as scratch:
        linked = _read_linked(Path(scratch))
        if linked is None:
            yield {"name": "recommend: clusters", "skipped": "the data sets are not there"}
            return
        rows = []
        splits = [
            strong_generalization(linked.ratings, n_validation=0, n_test=_N_TEST, seed=seed)
            for seed in range(n_splits)
        ]
        genres = indicators(linked.titles["listed_in"].to_pylist())[linked.rows]
        yield {**_about(linked, "popularity"), **_popularity(splits, genres).row(None)}
        for name in (name for name in VARIANTS if missing_extra(name) is None):
            for row in _variant(name, linked, splits, genres, Path(scratch)):
                rows.append(row)
                yield row
        yield from _correlations(rows)


def _read_linked(scratch: Path) -> _Linked | None:
    data, real = read_movielens("ml-latest-small"), real_titles()
    if data is None or real is None:
        return None
    snapshot = read_titles(str(real / "2021-09" / "netflix_titles.csv"), scratch / "titles")
    titles = pa.concat_tables([pq.read_table(part) for part in snapshot.parts])
    titles = titles.append_column("title_id", pa.array([str(row) for row in range(len(titles))]))
    links = link_titles(titles, read_title_names(str(data.titles_file)).table)
    links = links.filter(pc.greater_equal(links["confidence"], CERTAIN))
    rated = links["rated_title_id"].to_numpy()
    # Of several rated titles of one work the first stands for it.
    rows, first = np.unique(links["title_id"].to_numpy(zero_copy_only=False), return_index=True)
    known = np.isin(rated[first], data.title_ids)
    columns = np.searchsorted(data.title_ids, rated[first][known])
    return _Linked(
        list(snapshot.parts), titles, rows[known].astype(np.int64), data.ratings[:, columns]
    )


def _variant(
    name: str,
    linked: _Linked,
    splits: Sequence[UserSplit],
    genres: sparse.csr_matrix,
    scratch: Path,
) -> Iterator[dict[str, Any]]:
    _, kind, options = VARIANTS[name]
    features = fit_model(kind, linked.parts, options, scratch=scratch / "fit").transform(
        linked.titles
    )
    for k in NUMBERS:
        labels = np.zeros(features.shape[0], dtype=np.int32)
        if k > 1:
            clusters = MiniBatchKMeans(k, geometry="cosine", random_state=0).fit(features)
            labels = clusters.labels_.astype(np.int32)
        quality = _quality(linked, features, labels, k)
        for ranking in RANKINGS:
            tally = Tally()
            for split in splits:
                chosen = linked.rows[split.title_index]
                known = _ranked_by(ranking, split, features[chosen], labels[chosen])
                lists = (
                    SameCluster()
                    .fit(cast("ClusteredTitles", known))
                    .recommend_users(split.test.fold_in, _N)
                    .titles
                )
                _measure(tally, split, lists, genres)
            yield {
                **_about(linked, "same-cluster"),
                "features": name,
                "k": k,
                "ranking": ranking,
                **quality,
                **tally.row(None),
            }


def _about(linked: _Linked, recommender: str) -> dict[str, Any]:
    return {
        "name": "recommend: clusters",
        "recommender": recommender,
        "catalogue": linked.titles.num_rows,
        "linked_titles": linked.rows.size,
        "test_users_of_each": _N_TEST,
    }


def _quality(
    linked: _Linked, features: sparse.csr_matrix, labels: NDArray[np.int32], k: int
) -> dict[str, float]:
    if k == 1:
        return {}
    silhouettes = cluster_silhouettes(features, labels, k, seed=0)
    return {
        "nmi": round(agreement(labels, first_genres(linked.titles)).nmi, 4),
        "silhouette": round(float(np.nanmean(silhouettes)), 4),
    }


def _ranked_by(
    ranking: str, split: UserSplit, features: sparse.csr_matrix, labels: NDArray[np.int32]
) -> RatedTitles:
    """Hide from the recommender what it shall not rank by."""
    n_titles = features.shape[0]
    history, seen = split.train, features
    if ranking == "likeness":
        history = sparse.csr_matrix((1, n_titles), dtype=np.float32)
    elif ranking == "popularity":
        seen = sparse.csr_matrix(np.ones((n_titles, 1), dtype=np.float32))
    return RatedTitles.of(history, features=seen, cluster_of=labels)


def _popularity(splits: Sequence[UserSplit], genres: sparse.csr_matrix) -> Tally:
    tally = Tally()
    for split in splits:
        _measure(tally, split, _most_seen(split), genres)
    return tally


def _most_seen(split: UserSplit) -> NDArray[np.int32]:
    known = RatedTitles.of(split.train)
    return Popularity().fit(known).recommend_users(split.test.fold_in, _N).titles


def _measure(
    tally: Tally, split: UserSplit, lists: NDArray[np.int32], genres: sparse.csr_matrix
) -> None:
    known = RatedTitles.of(split.train)
    tally.add("all", lists, split.test)
    tally.add_variety(lists, _most_seen(split), split.test, known, genres[split.title_index])


def _correlations(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rank correlation of what clusters look like with what they are worth, over kinds of feature.

    Among fits of the same number of clusters, which decides much by itself; the mean over these.
    """
    for ranking in RANKINGS:
        found: dict[str, Any] = {"name": "recommend: clusters", "ranking": ranking}
        for quality in ("nmi", "silhouette"):
            for value in ("ndcg_100", "coverage_10", "diversity_10"):
                each = [
                    _rank_correlation([row for row in rows if (row["k"], row["ranking"]) ==
                                       (k, ranking)], quality, value)
                    for k in NUMBERS if k > 1
                ]  # fmt: skip
                found[f"{quality} with {value}"] = round(float(np.mean(each)), 3)
        yield found


def _rank_correlation(rows: Sequence[dict[str, Any]], quality: str, value: str) -> float:
    worth = [row[value]["mean"] if value == "ndcg_100" else row[value] for row in rows]
    return float(spearmanr([row[quality] for row in rows], worth).statistic)
