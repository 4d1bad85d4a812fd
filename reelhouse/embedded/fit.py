"""Clusters of titles in the space of an encoder, given to the tables that every clustering has."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from scipy import sparse

from reelhouse.catalogue.fit import Fit
from reelhouse.catalogue.placing import ENCODER
from reelhouse.catalogue.refit import Clustered, OldClusters, stage_clusters
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.geometry import FloatArray, IntArray, unit_rows
from reelhouse.clustering.selection import Selection, choose, fixed
from reelhouse.deep.autoencoder import Autoencoder, fit_autoencoder
from reelhouse.deep.clusters import DeepClusters
from reelhouse.deep.refinement import Refined, decorrelated, refine
from reelhouse.embedded.curves import stage_curves
from reelhouse.embedded.inputs import feature_rows, input_rows
from reelhouse.embedded.kept import Kept, Trained
from reelhouse.embedded.settings import DeepSettings

logger = logging.getLogger(__name__)

#: Codes of all titles before and after the refinement, for the pictures.
CODES_FILE = "codes.safetensors"
#: Most titles of the sample on which the number of clusters is chosen and silhouettes are measured.
N_SAMPLE = 8_000
#: Told how many steps are done of how many.
Tell = Callable[[float, float], None]
_STEPS = 4


@dataclass(frozen=True)
class Found:
    """Clusters of all titles.

    Attributes
    ----------
    autoencoder : Autoencoder
    selection : Selection
    refined : Refined
    clusters : DeepClusters
        Those of `refined` that hold titles.
    """

    autoencoder: Autoencoder
    selection: Selection
    refined: Refined
    clusters: DeepClusters


def cluster_deeply(
    work: Workspace,
    settings: DeepSettings,
    old: OldClusters | None,
    kept: Kept,
    *,
    version: int,
    tell: Tell,
) -> dict[str, Any]:
    """Cluster all titles; write the encoder beside the model, and the tables of the clusters.

    Parameters
    ----------
    work : Workspace with titles, input and features in place
    settings : DeepSettings
    old : the last version's clusters, None for a first version
    kept : Kept
    version : int
        The version that this run will be published as.
    tell : callable

    Returns
    -------
    dict
        Figures of the fit for the manifest.
    """
    rows = input_rows(work, settings)
    features = feature_rows(work) if settings.features == "sequences" else rows
    found = find_clusters(rows, settings, kept, tell)
    found.clusters.save(work.model / ENCODER)
    placement = found.clusters.place(rows)
    chosen = _sampled(features.shape[0], settings.seed)
    fit = Fit(
        directions_of(features, placement.index, found.clusters.centroids.shape[0]),
        found.selection, (), features[chosen],
    )  # fmt: skip
    clustered = Clustered(fit, placement, placement.index[chosen])
    results = stage_clusters(work, clustered, old, version=version, seed=settings.seed)
    stage_curves(work, found.autoencoder.curve, found.refined.curve)
    before = found.refined.start
    codes = {"before": before.embed(rows), "after": found.clusters.embed(rows)}
    save_file(codes, work.root / CODES_FILE)
    tell(_STEPS, _STEPS)
    return results | {"deep": _figures(found, before.labels(rows), rows)}


def find_clusters(
    rows: sparse.csr_matrix, settings: DeepSettings, kept: Kept, tell: Tell = lambda *_: None
) -> Found:
    """Train the autoencoder, choose the number of clusters on its codes, refine both.

    Parameters
    ----------
    rows : csr_matrix of shape (n_titles, n_columns)
    settings : DeepSettings
    kept : Kept
    tell : callable

    Raises
    ------
    ClusteringError
        When there are too few titles for the clusters.
    NetworkError
        When a network cannot learn.
    """
    of_the_run = settings.of_the_run()

    def train() -> Trained:
        wanted = settings.autoencoder.model_copy(update=of_the_run)
        made = fit_autoencoder(rows, wanted)
        return Trained(made.encoder, made.decoder, made.scale, made.curve)

    trained = kept.autoencoder(train)
    autoencoder = Autoencoder(trained.encoder, trained.decoder, trained.scale, trained.curve)
    last = autoencoder.curve[-1]
    logger.info("autoencoder of %s columns: loss %.4f", f"{rows.shape[1]:,}", last.loss)
    tell(1, _STEPS)
    selection = select(autoencoder.folded_encoder.answer(rows), settings)
    logger.info("%d clusters: %s", selection.n_clusters, selection.reason)
    tell(2, _STEPS)
    wanted = settings.refinement.model_copy(
        update={**of_the_run, "n_clusters": selection.n_clusters}
    )
    refined = refine(rows, autoencoder, wanted)
    clusters = refined.clusters.without_empty(rows)
    logger.info(
        "refined in %d steps, %s", len(refined.curve),
        "labels are at rest" if refined.converged else "labels still moved",
    )  # fmt: skip
    tell(3, _STEPS)
    return Found(autoencoder, _held(selection, clusters), refined, clusters)


def select(codes: FloatArray, settings: DeepSettings) -> Selection:
    """Choose the number of clusters on codes, by the directions that a refinement starts from.

    Parameters
    ----------
    codes : ndarray of shape (n_titles, n_dimensions)
    settings : DeepSettings
    """
    by_codes = settings.refinement.start == "codes"
    centred = codes - codes.mean(axis=0) if by_codes else decorrelated(codes)
    some = unit_rows(centred)[_sampled(codes.shape[0], settings.seed)]
    sample = sparse.csr_matrix(some)
    if settings.n_clusters == "auto":
        return choose(sample, seed=settings.seed, restarts=settings.refinement.restarts)
    return fixed(sample, settings.n_clusters, seed=settings.seed, restarts=1)


def directions_of(features: sparse.csr_matrix, index: IntArray, n_clusters: int) -> FloatArray:
    """Where the titles of each cluster lie among the features: unit rows.

    Parameters
    ----------
    features : csr_matrix of shape (n_titles, n_features)
    index : ndarray of shape (n_titles,)
    n_clusters : int

    Returns
    -------
    ndarray of shape (n_clusters, n_features), float32
    """
    n = index.size
    member = sparse.csr_matrix((np.ones(n), (index, np.arange(n))), (n_clusters, n))
    return unit_rows((member @ features.astype(np.float64)).toarray())


def _held(selection: Selection, clusters: DeepClusters) -> Selection:
    """The selection of the clusters that hold titles."""
    n_held = int(clusters.centroids.shape[0])
    if n_held == selection.n_clusters:
        return selection
    reason = f"{selection.reason}; {selection.n_clusters - n_held} of them kept no title"
    return replace(selection, n_clusters=n_held, reason=reason)


def _sampled(n_titles: int, seed: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    if n_titles <= N_SAMPLE:
        return np.arange(n_titles)
    return np.sort(np.random.default_rng(seed).choice(n_titles, N_SAMPLE, replace=False))


def _figures(found: Found, before: IntArray, rows: sparse.csr_matrix) -> dict[str, Any]:
    """What the networks came to, as plain values."""
    sizes = np.bincount(found.clusters.labels(rows))
    shares = sizes / sizes.sum()
    entropy = -(shares * np.log(shares)).sum() / np.log(max(sizes.size, 2))
    last = found.refined.curve[-1]
    # Numbers of clusters before and after are those of the same centroids.
    stayed = np.mean(before == found.refined.clusters.labels(rows))
    return {
        "columns_read": int(rows.shape[1]),
        "autoencoder_loss": found.autoencoder.curve[-1].loss,
        "autoencoder_epochs": len(found.autoencoder.curve),
        "targets": len(found.refined.curve),
        "converged": found.refined.converged,
        "divergence": last.divergence,
        "share_that_kept_its_first_cluster": round(float(stayed), 4),
        "largest_share": round(float(shares.max()), 4),
        "entropy_of_sizes": round(float(entropy), 4),
    }
