"""Features, clusters and placements."""

from __future__ import annotations

import logging
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import fetch_frozen, old_clusters
from reelhouse.catalogue.fit_report import fit_report
from reelhouse.catalogue.identify import Identified
from reelhouse.catalogue.night import Night, place_added
from reelhouse.catalogue.refit import fit_frozen_features, refit
from reelhouse.catalogue.settings import CatalogueSettings
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.drift import DriftLimits
from reelhouse.runs.base import Base
from reelhouse.settings import ClusterSettings
from tasks.retrying import RETRIED

logger = logging.getLogger(__name__)


@task(name="fit features", cache_policy=NO_CACHE)
def fit_features(work: Workspace, settings: CatalogueSettings) -> int:
    """Fit the features; they stay frozen until the next refit."""
    n_features = fit_frozen_features(
        work, settings.features, settings.feature_options, seed=settings.clusters.seed
    )
    logger.info("%s features of kind %s", f"{n_features:,}", settings.features)
    return n_features


@task(name="cluster titles", cache_policy=NO_CACHE)
def cluster_titles(work: Workspace, settings: ClusterSettings, base: Base) -> dict[str, Any]:
    """Fit clusters over all partitions and give them the ids of the last version."""
    return refit(work, settings, old_clusters(base), version=base.next_number)


@task(name="measure fit", cache_policy=NO_CACHE)
def measure_fit(work: Workspace, settings: CatalogueSettings) -> dict[str, Any]:
    """Measure what the clusters are worth; the report is published with the run's quality."""
    results = fit_report(work, settings)
    logger.info("%d weak clusters", results["quality"]["weak_clusters"])
    return results


@task(name="fetch model", **RETRIED)
def fetch_model(base: Base, work: Workspace) -> None:
    """Fetch the frozen features, centroids and tree; they are published again with the night."""
    fetch_frozen(base, work.staged)


@task(name="place added titles", cache_policy=NO_CACHE)
def place_titles(work: Workspace, base: Base, identified: Identified, limits: DriftLimits) -> Night:
    """Place the added titles on the fixed centroids; no placed title moves."""
    night = place_added(
        work,
        base.assignments(),
        base.clusters(),
        identified.added_index,
        limits,
        version=base.next_number,
    )
    exceeded = ", ".join(night.drift["exceeded"])
    logger.info("%d titles placed, %d moved", night.drift["n_new"], night.moved)
    if exceeded:
        logger.warning("drift passed its limit (%s): a refit is due", exceeded)
    return night
