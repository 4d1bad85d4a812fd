"""The map of the titles, and the explorer page that is published with a version."""

from __future__ import annotations

import logging

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.workspace import Workspace
from reelhouse.runs.base import Base
from reelhouse.storage.manifest import RunManifest
from reelhouse.viewers.workspace import Workspace as ViewersWorkspace
from tasks.retrying import RETRIED

logger = logging.getLogger(__name__)


@task(name="lay out map", cache_policy=NO_CACHE)
def lay_out_map(work: Workspace, seed: int) -> int:
    """Lay the titles out on a map, the like near the like."""
    from reelhouse.catalogue.positions import stage_positions

    n_laid_out = stage_positions(work, seed=seed)
    logger.info("the map is laid out by %s titles", f"{n_laid_out:,}")
    return n_laid_out


@task(name="carry map along", **RETRIED)
def carry_map_along(work: Workspace, base: Base, seed: int) -> int:
    """Put added titles on the map of the last version; no other title moves there."""
    from reelhouse.catalogue.positions import carry_positions

    n_put_in = carry_positions(work, base, seed=seed)
    logger.info("%s titles put on the map", f"{n_put_in:,}")
    return n_put_in


@task(name="write report", **RETRIED)
def write_report(work: Workspace | ViewersWorkspace, base: Base, manifest: RunManifest) -> None:
    """Write the explorer page of a run; a browser opens it from a disk or a bucket."""
    from reelhouse.report.run_page import report_on

    index = report_on(work.staged, base, manifest)
    n_bytes = sum(path.stat().st_size for path in index.parent.rglob("*") if path.is_file())
    logger.info("explorer page: %.1f MB", n_bytes / 1e6)
