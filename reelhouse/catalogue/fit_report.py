"""The quality report of a fit: what the clusters are worth, and where they are weak."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reelhouse.catalogue.settings import CatalogueSettings
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.geometry import IntArray
from reelhouse.clustering.seeding import seed_centroids
from reelhouse.errors import ClusteringError, FeatureError
from reelhouse.evaluation.agreement import agreement, first_genres
from reelhouse.evaluation.coherence import topic_coherence
from reelhouse.evaluation.sizes import size_distribution
from reelhouse.evaluation.stability import seed_to_seed
from reelhouse.evaluation.weak_spots import ClusterQuality, weak_spots
from reelhouse.features.kinds import fit_model
from reelhouse.features.leaving_out import without_field
from reelhouse.matrix import load_rows

#: Most titles of the sample on which coherence, stability and the fit without genres are measured.
N_SAMPLE = 8_000
#: What the file is called within a run.
REPORT_FILE = "fit.json"
_GENRE = "listed_in"


@dataclass(frozen=True)
class Sampled:
    """Titles on which a fit is measured, and their clusters by the order of clusters.parquet.

    Attributes
    ----------
    rows : ndarray of shape (n_sample,), int64
        Numbers of the titles among all, ascending.
    titles : Table of n_sample titles
    labels : ndarray of shape (n_sample,), int32
    known : Table
        Genres and types of all titles.
    all_labels : ndarray of shape (n_titles,)
    n_clusters : int
    """

    rows: NDArray[np.int64]
    titles: pa.Table
    labels: IntArray
    known: pa.Table
    all_labels: IntArray
    n_clusters: int


def fit_report(work: Workspace, settings: CatalogueSettings) -> dict[str, Any]:
    """Measure the fit of a run, and write quality/fit.json.

    Parameters
    ----------
    work : Workspace
        With the titles, the blocks of the feature matrix, and the staged tables of the fit.
    settings : CatalogueSettings
        What the fit was made with.

    Returns
    -------
    dict
        The report without its clusters, for the manifest.
    """
    seed = settings.clusters.seed

    def beside(sampled: Sampled) -> dict[str, Any]:
        vectors = load_rows(sorted(work.blocks.iterdir()), sampled.rows)
        return {
            "agreement": agreements(sampled.all_labels, sampled.known),
            "agreement_without_genres": _without_genres(
                work, sampled.titles, sampled.n_clusters, settings
            ),
            "seed_to_seed_ari": seed_to_seed(
                vectors, sampled.labels, sampled.n_clusters, seed=seed + 1
            ),
        }

    return stage_report(work, seed, beside)


def stage_report(
    work: Workspace, seed: int, beside: Callable[[Sampled], dict[str, Any]]
) -> dict[str, Any]:
    """Write quality/fit.json: what every clustering is measured by, and what it has beside that.

    Parameters
    ----------
    work : Workspace with the titles and the staged tables of the fit
    seed : int
        Of the sample.
    beside : callable
        Measures what only this kind of fit is measured by.

    Returns
    -------
    dict
        `quality` for the manifest: the report without its clusters.
    """
    assignments = pq.read_table(work.staged / "assignments.parquet")
    clusters = pq.read_table(work.staged / "clusters.parquet").to_pylist()
    living = [row for row in clusters if row["event"] != "died"]
    ids = np.array([row["cluster_id"] for row in living])
    # Numbers in the order of the table: ids of a later refit have gaps.
    order = np.argsort(ids)
    index = order[np.searchsorted(ids[order], assignments["cluster_id"].to_numpy())]
    rows = _sampled_rows(assignments.num_rows, seed)
    sampled = Sampled(
        rows, _titles(work, rows), index[rows].astype(np.int32), _known(work), index, ids.size
    )
    coherence = topic_coherence(sampled.titles, sampled.labels, ids.size)
    spots = weak_spots(assignments, ids.tolist(), [row["silhouette"] for row in living])
    report = {
        "titles": assignments.num_rows,
        "titles_of_the_sample": sampled.titles.num_rows,
        **beside(sampled),
        "coherence": mean(coherence),
        "silhouette": mean([row["silhouette"] for row in living]),
        "sizes": asdict(size_distribution([row["size"] for row in living])),
    }
    details = [
        _described(spot, row["name"], score)
        for spot, row, score in zip(spots, living, coherence.tolist(), strict=True)
    ]
    text = json.dumps({**report, "clusters": details}, indent=2, allow_nan=False)
    (work.quality / REPORT_FILE).write_text(text + "\n", encoding="utf-8")
    weak = sum(1 for spot in spots if spot.weak)
    return {"quality": {**report, "weak_clusters": weak}}


def _sampled_rows(n_titles: int, seed: int) -> NDArray[np.int64]:
    if n_titles <= N_SAMPLE:
        return np.arange(n_titles)
    some: NDArray[np.int64] = np.random.default_rng(seed).choice(n_titles, N_SAMPLE, replace=False)
    some.sort()
    return some


def _titles(work: Workspace, rows: NDArray[np.int64]) -> pa.Table:
    """Some titles by their ascending numbers; one partition is in memory at a time."""
    pieces, start = [], 0
    for part in Workspace.parts(work.titles):
        stop = start + pq.read_metadata(part).num_rows
        inside = rows[(rows >= start) & (rows < stop)] - start
        if inside.size:
            pieces.append(pq.read_table(part).take(pa.array(inside)))
        start = stop
    return pa.concat_tables(pieces)


def _known(work: Workspace) -> pa.Table:
    columns = [_GENRE, "type"]
    return pa.concat_tables(
        [pq.read_table(part, columns=columns) for part in Workspace.parts(work.titles)]
    )


def agreements(index: IntArray, titles: pa.Table) -> dict[str, Any]:
    """Agreement of clusters with the first genre and the type of their titles."""
    return {
        "genre": asdict(agreement(index, first_genres(titles))),
        "type": asdict(agreement(index, titles["type"].to_pylist())),
    }


def _without_genres(
    work: Workspace, sample: pa.Table, n_clusters: int, settings: CatalogueSettings
) -> dict[str, Any] | None:
    """Agreement of clusters of the sample by all fields but the genres; None where none are left.

    The same kind of feature and number of clusters, but one start and the sample only: the price
    does not grow with the catalogue.
    """
    folder = work.root / "without genres"
    folder.mkdir(exist_ok=True)
    part = folder / "sample.parquet"
    pq.write_table(sample, part, compression="lz4")
    options = without_field(settings.feature_options, _GENRE)
    seed = settings.clusters.seed
    try:
        model = fit_model(settings.features, [part], options, scratch=folder, seed=seed)
        seeding = seed_centroids(model.transform(sample), n_clusters, seed=seed, restarts=1)
    except (FeatureError, ClusteringError):
        # Titles that have nothing but genres, or too few that differ without them.
        return None
    return agreements(seeding.labels, sample)


def _described(spot: ClusterQuality, name: str, coherence: float) -> dict[str, Any]:
    return {**asdict(spot), "name": name, "coherence": _number(coherence)}


def mean(values: Sequence[float | None] | NDArray[np.float64]) -> float | None:
    """Mean of what is known; None where nothing is."""
    known = [value for value in values if value is not None and not np.isnan(value)]
    return float(np.mean(known)) if known else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
