"""Reading a snapshot."""

from __future__ import annotations

import logging

from prefect import task

from reelhouse.catalogue.workspace import Workspace
from reelhouse.settings import PartitionSettings
from reelhouse.sources import TitlesSnapshot, read_titles
from tasks.names import named, short_name
from tasks.retrying import RETRIED

logger = logging.getLogger(__name__)


@task(
    name="read titles",
    task_run_name=named(lambda given: f"read titles: {short_name(given['titles'])}"),
    **RETRIED,
)
def read_snapshot(titles: str, work: Workspace, settings: PartitionSettings) -> TitlesSnapshot:
    """Read the snapshot into partitions; every row of the file is one row there."""
    snapshot = read_titles(titles, work.source, rows_per_partition=settings.rows_per_partition)
    logger.info("read %s rows of %s", f"{snapshot.n_rows:,}", snapshot.uri)
    for name in snapshot.ignored_columns:
        if name:
            logger.info("column %r is not used", name)
    return snapshot
