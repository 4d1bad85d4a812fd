"""Networks that cluster titles, and classifiers of what they found."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.workspace import Workspace
from reelhouse.embedded.settings import DeepSettings
from reelhouse.runs.base import Base
from reelhouse.runs.record import Run
from tasks.names import named
from tasks.progress import progress

# As in tasks/clusters.py: what computes is imported by the task that needs it.
if TYPE_CHECKING:
    from reelhouse.catalogue.refit import OldClusters

logger = logging.getLogger(__name__)


@task(name="fit inputs", task_run_name="fit inputs: {settings.features}", cache_policy=NO_CACHE)
def fit_network_inputs(work: Workspace, settings: DeepSettings) -> int:
    """Fit what the networks read; it stays frozen until the next fit."""
    from reelhouse.embedded.inputs import fit_inputs

    n_columns = fit_inputs(work, settings)
    logger.info(
        "%s columns of kind %s, of %s",
        f"{n_columns:,}", settings.features, ", ".join(settings.read_fields),
    )  # fmt: skip
    return n_columns


@task(name="cluster by networks", task_run_name="cluster titles by networks", cache_policy=NO_CACHE)
def cluster_by_networks(
    work: Workspace, settings: DeepSettings, old: OldClusters | None, base: Base, run: Run
) -> dict[str, Any]:
    """Train the encoder, refine it with its centroids, and give the clusters their last ids."""
    from reelhouse.embedded.fit import cluster_deeply
    from reelhouse.embedded.kept import Kept

    kept = Kept(_checkpoints(settings), run.key)
    with progress("clustering-by-networks", "Clustering the titles by networks") as tell:
        return cluster_deeply(work, settings, old, kept, version=base.next_number, tell=tell)


@task(
    name="train classifiers",
    task_run_name=named(
        lambda given: f"train classifiers: {', '.join(given['settings'].classifiers) or 'none'}"
    ),
    cache_policy=NO_CACHE,
)
def train_all_classifiers(work: Workspace, settings: DeepSettings) -> dict[str, Any]:
    """Train and judge the classifiers; the best that needs no torch can place titles at night."""
    from reelhouse.embedded.classifiers import train_classifiers

    with progress("training-classifiers", "Training the classifiers") as tell:
        return train_classifiers(work, settings, tell)


@task(name="measure deep fit", cache_policy=NO_CACHE)
def measure_deep_fit(work: Workspace, settings: DeepSettings) -> dict[str, Any]:
    """Measure what the clusters are worth, beside k-means of what the networks read."""
    from reelhouse.embedded.report import deep_report

    results = deep_report(work, settings)
    logger.info("%d weak clusters", results["quality"]["weak_clusters"])
    return results


@task(name="draw deep figures", cache_policy=NO_CACHE)
def draw_deep_figures(work: Workspace, settings: DeepSettings, results: Mapping[str, Any]) -> int:
    """Draw what came in, how the clusters were found, and what the classifiers learned."""
    if not settings.pictures:
        return 0
    from reelhouse.embedded.figures import write_pictures

    n_pictures = write_pictures(work, settings, results["clustering"])
    logger.info("%d pictures drawn", n_pictures)
    return n_pictures


@task(name="forget checkpoints", cache_policy=NO_CACHE)
def forget_checkpoints(settings: DeepSettings, run: Run) -> None:
    """Remove what was kept for the case that the run is killed: it is published."""
    from reelhouse.embedded.kept import Kept

    Kept(_checkpoints(settings), run.key).forget()


def _checkpoints(settings: DeepSettings) -> Path | None:
    return Path(settings.checkpoints) if settings.checkpoints is not None else None
