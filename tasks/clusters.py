"""Features, clusters and placements."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import SortedTable, fetch_frozen, fetch_sorted, old_clusters
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.catalogue.workspace import Workspace
from reelhouse.runs.base import Base
from reelhouse.settings import ClusterSettings
from tasks.names import counted, named
from tasks.progress import progress
from tasks.retrying import RETRIED

# What computes is imported by the task that needs it: scikit-learn, numba and scipy take longer to
# import than a run that finds nothing new takes in all.
if TYPE_CHECKING:
    from reelhouse.catalogue.identify import Identified
    from reelhouse.catalogue.night import Night
    from reelhouse.catalogue.refit import OldClusters

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Placed:
    """The titles of the last version: where they are, the clusters, next titles and vectors."""

    assignments: pa.Table
    clusters: pa.Table
    lists: SortedTable | None
    vectors: SortedTable | None


@task(name="fetch last clusters", task_run_name="fetch clusters of the last version", **RETRIED)
def fetch_clusters(base: Base) -> OldClusters | None:
    """Fetch what a refit must know of the last version's clusters."""
    return old_clusters(base)


def _n_parts(work: Workspace) -> str:
    return counted(len(Workspace.parts(work.titles)), "partition")


@task(
    name="fit features",
    task_run_name=named(lambda given: f"fit features: {_n_parts(given['work'])}"),
    cache_policy=NO_CACHE,
)
def fit_features(work: Workspace, settings: CatalogueSettings) -> int:
    """Fit the features; they stay frozen until the next refit."""
    from reelhouse.catalogue.refit import fit_frozen_features

    n_features = fit_frozen_features(
        work, settings.features, settings.feature_options, seed=settings.clusters.seed
    )
    logger.info("%s features of kind %s", f"{n_features:,}", settings.features)
    return n_features


@task(
    name="cluster titles",
    task_run_name=named(
        lambda given: (
            f"cluster titles: {_n_parts(given['work'])}, {given['settings'].passes} passes"
        )
    ),
    cache_policy=NO_CACHE,
)
def cluster_titles(
    work: Workspace, settings: ClusterSettings, old: OldClusters | None, base: Base
) -> dict[str, Any]:
    """Fit clusters over all partitions and give them the ids of the last version."""
    from reelhouse.catalogue.refit import refit

    with progress("clustering-titles", "Clustering the titles") as tell:
        return refit(
            work,
            settings,
            old,
            version=base.next_number,
            # Placing the titles comes after them.
            on_pass=lambda number, _: tell(number, settings.passes + 1),
        )


@task(
    name="train classifier",
    task_run_name="train classifier: {settings.classifier}",
    cache_policy=NO_CACHE,
)
def train_classifier(work: Workspace, settings: CatalogueSettings) -> dict[str, Any]:
    """Train what can place titles at night in the place of the centroids, where that is wanted."""
    if settings.classifier == "none":
        return {}
    from reelhouse.catalogue.classifier import fit_classifier

    results = fit_classifier(work, settings.classifier, seed=settings.clusters.seed)
    if "classifier" in results:
        figures = results["classifier"]
        logger.info(
            "%s classifier: accuracy %.3f, macro F1 %.3f",
            *(figures[name] for name in ("kind", "accuracy", "macro_f1")),
        )
    else:
        logger.warning("no classifier: there is one cluster")
    return results


@task(name="measure fit", cache_policy=NO_CACHE)
def measure_fit(work: Workspace, settings: CatalogueSettings) -> dict[str, Any]:
    """Measure what the clusters are worth; the report is published with the run's quality."""
    from reelhouse.catalogue.fit_report import fit_report

    results = fit_report(work, settings)
    logger.info("%d weak clusters", results["quality"]["weak_clusters"])
    return results


@task(name="draw figures", cache_policy=NO_CACHE)
def draw_figures(work: Workspace, results: Mapping[str, Any]) -> int:
    """Draw how the number of clusters was chosen; returns the number of pictures."""
    from reelhouse.catalogue.figures import write_choice

    n_pictures = write_choice(work, results["clustering"])
    logger.info("%d pictures drawn", n_pictures)
    return n_pictures


@task(name="fetch model", task_run_name="fetch model of version {base.number}", **RETRIED)
def fetch_model(base: Base, work: Workspace) -> Placed:
    """Fetch the frozen model and tree, to be published again, and where each title is."""
    fetch_frozen(base, work.staged)
    return Placed(
        base.assignments(),
        base.clusters(),
        fetch_sorted(base, "recommendations", work.lists),
        fetch_sorted(base, "vectors", work.vectors),
    )


@task(
    name="place added titles",
    task_run_name="place {identified.added:,} added titles",
    cache_policy=NO_CACHE,
)
def place_titles(
    work: Workspace,
    base: Base,
    placed: Placed,
    identified: Identified,
    settings: NightlySettings,
) -> Night:
    """Place the added titles in the fixed clusters; no placed title moves."""
    from reelhouse.catalogue.night import place_added

    night = place_added(
        work,
        placed.assignments,
        placed.clusters,
        identified.added_index,
        settings.drift,
        version=base.next_number,
        lists=placed.lists,
        vectors=placed.vectors,
        place_by=settings.place_by,
    )
    exceeded = ", ".join(night.drift["exceeded"])
    logger.info("%s titles placed, %d moved", f"{night.drift['n_new']:,}", night.moved)
    if exceeded:
        logger.warning("drift passed its limit (%s): a refit is due", exceeded)
    return night
