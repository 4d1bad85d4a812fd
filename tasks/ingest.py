"""Reading a snapshot."""

from __future__ import annotations

import logging

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.workspace import Workspace
from reelhouse.settings import PartitionSettings
from reelhouse.sources import TitlesSnapshot, read_titles
from tasks.retrying import DELAYS, is_passing

logger = logging.getLogger(__name__)


@task(
    name="read titles",
    retries=len(DELAYS),
    retry_delay_seconds=DELAYS,
    retry_condition_fn=is_passing,
    cache_policy=NO_CACHE,
)
def read_snapshot(titles: str, work: Workspace, settings: PartitionSettings) -> TitlesSnapshot:
    """Read the snapshot into partitions; every row of the file is one row there."""
    snapshot = read_titles(titles, work.source, rows_per_partition=settings.rows_per_partition)
    logger.info("read %s rows of %s", f"{snapshot.n_rows:,}", snapshot.uri)
    for name in snapshot.ignored_columns:
        if name:
            logger.info("column %r is not used", name)
    return snapshot
