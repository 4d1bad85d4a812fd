"""What deep clusters are worth, beside plain k-means of what the networks read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from reelhouse.catalogue.fit_report import Sampled, agreements, mean, stage_report
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.seeding import seed_centroids
from reelhouse.embedded.inputs import input_rows
from reelhouse.embedded.settings import DeepSettings
from reelhouse.errors import ClusteringError
from reelhouse.evaluation.agreement import agreement
from reelhouse.evaluation.coherence import topic_coherence
from reelhouse.evaluation.sizes import size_distribution
from reelhouse.features.tfidf import scale_rows

_GENRE = "listed_in"
_RESTARTS = 4


def deep_report(work: Workspace, settings: DeepSettings) -> dict[str, Any]:
    """Measure the clusters of a run, and write quality/fit.json.

    Parameters
    ----------
    work : Workspace
        With the titles, the blocks of the features, and the staged tables of the fit.
    settings : DeepSettings

    Returns
    -------
    dict
        The report without its clusters, for the manifest.
    """

    def beside(sampled: Sampled) -> dict[str, Any]:
        read = settings.read_fields
        name = "agreement" if _GENRE in read else "agreement_without_genres"
        return {
            name: agreements(sampled.all_labels, sampled.known),
            "kmeans_of_the_same_input": _kmeans(work, sampled, settings),
        }

    return stage_report(work, settings.seed, beside)


def _kmeans(work: Workspace, sampled: Sampled, settings: DeepSettings) -> dict[str, Any] | None:
    """The same figures of spherical k-means, and how far both say the same; None where it fails."""
    rows = input_rows(work, settings)[sampled.rows]
    scale_rows(rows, 1.0)
    try:
        found = seed_centroids(rows, sampled.n_clusters, seed=settings.seed, restarts=_RESTARTS)
    except ClusteringError:
        return None
    sizes = np.bincount(found.labels, minlength=sampled.n_clusters)
    return {
        "agreement": agreements(found.labels, sampled.titles),
        "coherence": mean(topic_coherence(sampled.titles, found.labels, sampled.n_clusters)),
        "sizes": asdict(size_distribution(sizes.tolist())),
        "ari_with_these_clusters": agreement(sampled.labels, found.labels.tolist()).ari,
    }
