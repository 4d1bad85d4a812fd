"""Snapshots of the demo."""

from __future__ import annotations

import logging
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import open_base
from reelhouse.catalogue.demo import DemoFiles, held_back_files, sha256_of, synthetic_files
from reelhouse.comparison.demo import demo_ratings
from reelhouse.uris import public_uri
from tasks.retrying import RETRIED

logger = logging.getLogger(__name__)


@task(name="make demo files", task_run_name="make demo files", cache_policy=NO_CACHE)
def make_files(titles: str | None, n_titles: int, folder: Path) -> DemoFiles:
    """Write the evening's snapshot, and the night's where there is no file of the user's."""
    if titles is None:
        logger.info(
            "writing a synthetic catalogue of %s titles, and the night after", f"{n_titles:,}"
        )
        return synthetic_files(folder, n_titles)
    logger.info("holding back the newest titles of %s for the night", public_uri(titles))
    return held_back_files(titles, folder)


@task(name="make demo ratings", task_run_name="make demo ratings", cache_policy=NO_CACHE)
def make_ratings(folder: Path) -> Path:
    """Write synthetic ratings for the comparison of models."""
    n_ratings = demo_ratings(folder)
    logger.info("wrote %s synthetic ratings", f"{n_ratings:,}")
    return folder


@task(name="look for an earlier demo", task_run_name="look for an earlier demo", **RETRIED)
def holds_demo(store: str, files: DemoFiles) -> bool:
    """Whether the last version of the store is this demo's night."""
    version = open_base(store, create=True).version
    if version is None or version.manifest.flow != "nightly":
        return False
    return version.manifest.inputs[0].sha256 == sha256_of(files.night)
