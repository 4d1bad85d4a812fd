"""Features, clusters and placements."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import old_clusters
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.drift import DriftLimits
from reelhouse.runs.base import Base
from reelhouse.settings import ClusterSettings, TfidfSettings
from tasks.retrying import RETRIED

# What computes is imported by the task that needs it: scikit-learn, numba and scipy take longer to
# import than a run that finds nothing new takes in all.
if TYPE_CHECKING:
    from reelhouse.catalogue.identify import Identified
    from reelhouse.catalogue.night import Night

logger = logging.getLogger(__name__)


@task(name="fit features", cache_policy=NO_CACHE)
def fit_features(work: Workspace, settings: TfidfSettings) -> int:
    """Fit vocabulary and IDF; they stay frozen until the next refit."""
    from reelhouse.catalogue.refit import fit_frozen_features

    n_features = fit_frozen_features(work, settings)
    logger.info("%s features", f"{n_features:,}")
    return n_features


@task(name="cluster titles", cache_policy=NO_CACHE)
def cluster_titles(work: Workspace, settings: ClusterSettings, base: Base) -> dict[str, Any]:
    """Fit clusters over all partitions and give them the ids of the last version."""
    from reelhouse.catalogue.refit import refit

    return refit(work, settings, old_clusters(base), version=base.next_number)


@task(name="fetch model", **RETRIED)
def fetch_model(base: Base, work: Workspace) -> None:
    """Fetch the frozen vocabulary and centroids; they are published again with the night."""
    base.required().fetch("model", work.staged)


@task(name="place added titles", cache_policy=NO_CACHE)
def place_titles(work: Workspace, base: Base, identified: Identified, limits: DriftLimits) -> Night:
    """Place the added titles on the fixed centroids; no placed title moves."""
    from reelhouse.catalogue.night import place_added

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
