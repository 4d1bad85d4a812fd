"""Fits of one kind of feature to a snapshot, in a process of its own so that memory can be told.

`python -m bench.feature_fits` reads a request as JSON from its argument and prints one JSON object
per number of clusters.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import dask.array
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.cluster import KMeans

from reelhouse.catalogue.fit import Fit, fit_clusters, place_blocks
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.selection import cluster_silhouettes
from reelhouse.evaluation.agreement import agreement, first_genres
from reelhouse.evaluation.coherence import topic_coherence
from reelhouse.evaluation.sizes import size_distribution
from reelhouse.evaluation.stability import bootstrap, pairwise_agreement
from reelhouse.features.kinds import fit_model
from reelhouse.features.leaving_out import without_field
from reelhouse.features.settings import FeatureKind, FeatureOptions
from reelhouse.matrix import feature_matrix
from reelhouse.settings import ClusterSettings, Settings

_RESAMPLES = 3


class Request(Settings):
    """What to fit."""

    parts: list[str]
    """Partitions of titles."""

    kind: FeatureKind
    """Kind of feature."""

    options: FeatureOptions
    """Settings of the features."""

    genres: bool
    """Whether genres are among the features."""

    numbers: list[int | Literal["auto"]]
    """Numbers of clusters."""

    seeds: int
    """Fits by as many seeds."""


@dataclass(frozen=True)
class _Vectors:
    """The feature matrix, the files of its blocks, its titles, and what making it took."""

    matrix: dask.array.Array
    blocks: list[Path]
    titles: pa.Table
    took: dict[str, Any]


def main() -> None:
    """Print what the request on the command line asks for."""
    request = Request.model_validate_json(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        vectors = _vectorize(request, Path(name))
        for number in request.numbers:
            row = _measured(vectors, number, request.seeds)
            sys.stdout.write(json.dumps({**row, **vectors.took, "peak_mib": _peak_mib()}) + "\n")


def _vectorize(request: Request, folder: Path) -> _Vectors:
    parts = [Path(part) for part in request.parts]
    options = request.options if request.genres else without_field(request.options, "listed_in")
    start = time.perf_counter()
    model = fit_model(request.kind, parts, options, scratch=folder / "scratch")
    model.save(folder / "model")
    fitted = time.perf_counter()
    matrix = feature_matrix(parts, folder / "model", folder / "blocks")
    took = {
        "n_features": model.n_features,
        "seconds_of_features": round(fitted - start, 2),
        "seconds_of_transform": round(time.perf_counter() - fitted, 2),
        "peak_mib_of_features": _peak_mib(),
    }
    titles = pa.concat_tables([pq.read_table(part) for part in parts])
    return _Vectors(matrix, sorted((folder / "blocks").iterdir()), titles, took)


def _measured(vectors: _Vectors, number: int | Literal["auto"], seeds: int) -> dict[str, Any]:
    start = time.perf_counter()
    first = _clusters(vectors, number, seed=0)
    seconds = time.perf_counter() - start
    k = first.centroids.shape[0]
    labels = [_labels(vectors, first)]
    labels += [_labels(vectors, _clusters(vectors, k, seed=seed)) for seed in range(1, seeds)]
    genres, types = first_genres(vectors.titles), vectors.titles["type"].to_pylist()
    found = [agreement(each, genres) for each in labels]
    coherence = [np.nanmean(topic_coherence(vectors.titles, each, k)) for each in labels]
    silhouettes = cluster_silhouettes(first.sample, labels[0], k, seed=0)
    return {
        "k": k,
        "asked": number,
        "nmi": _mean([each.nmi for each in found]),
        "ari": _mean([each.ari for each in found]),
        "nmi_of_type": _mean([agreement(each, types).nmi for each in labels]),
        "coherence": _mean(coherence),
        "silhouette": _mean([value for value in silhouettes if value is not None]),
        "largest_share": round(
            size_distribution(np.bincount(labels[0], minlength=k).tolist()).largest
            / labels[0].size,
            4,
        ),
        "seed_to_seed_ari": round(pairwise_agreement(labels), 4),
        "bootstrap_ari": round(bootstrap(first.sample, k, resamples=_RESAMPLES, seed=0), 4),
        "seed_to_seed_ari_of_plain_kmeans": _plain_kmeans(first, seeds),
        "seconds_of_clustering": round(seconds, 2),
    }


def _clusters(vectors: _Vectors, number: int | Literal["auto"], *, seed: int) -> Fit:
    settings = ClusterSettings(n_clusters=number, seed=seed)
    return fit_clusters(vectors.matrix, vectors.blocks, settings)


def _labels(vectors: _Vectors, fit: Fit) -> IntArray:
    return place_blocks(vectors.blocks, fit.centroids).index


def _plain_kmeans(fit: Fit, seeds: int) -> float:
    """The same of scikit-learn's KMeans with its defaults, the most used peer."""
    plain = partial(KMeans, fit.centroids.shape[0], n_init=1)
    labels = [plain(random_state=seed).fit_predict(fit.sample) for seed in range(seeds)]
    return round(pairwise_agreement(labels), 4)


def _mean(values: list[Any]) -> float:
    return round(float(np.mean(values)), 4)


def _peak_mib() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
