"""Titles of the last version and of tonight."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.catalogue.base import COLLECTION
from reelhouse.catalogue.workspace import Workspace
from reelhouse.identity import Keys
from reelhouse.runs.base import Base, open_base
from tasks.credentials import use_store_block
from tasks.retrying import RETRIED

# Imported by the tasks that need it: a run that finds nothing new has no use for Dask.
if TYPE_CHECKING:
    from reelhouse.catalogue.identify import Identified, OldTitles

logger = logging.getLogger(__name__)


@task(name="find last version", task_run_name="find last version of {collection}", **RETRIED)
def find_base(store: str, collection: str = COLLECTION, *, create: bool) -> Base:
    """Open the version that this run builds on."""
    use_store_block()
    base = open_base(store, collection, create=create)
    logger.info("%s holds %s", store, f"version {base.number}" if base.number else "no version yet")
    return base


@task(name="fetch last titles", task_run_name="fetch titles of the last version", **RETRIED)
def fetch_old_titles(base: Base, work: Workspace) -> OldTitles | None:
    """Fetch and index the titles of the last version."""
    if base.version is None:
        return None
    from reelhouse.catalogue.identify import old_titles

    base.version.fetch("titles.parquet", work.old)
    return old_titles(Workspace.parts(work.old))


@task(name="identify titles", task_run_name="identify titles", cache_policy=NO_CACHE)
def identify_titles(work: Workspace, old: OldTitles | None) -> Identified:
    """Give every title its stable id, and write down what changed."""
    from reelhouse.catalogue.identify import identify
    from reelhouse.catalogue.stage import stage_titles

    found = identify(
        Workspace.parts(work.good),
        old,
        Keys.load(work.keys),
        work.titles,
        work.staged / "changes.parquet",
        doubtful=Keys.load(work.bad_keys).title,
    )
    stage_titles(work)
    logger.info(
        "%s titles added, %s removed, %s edited",
        *(f"{count:,}" for count in (found.added, found.removed, found.edited)),
    )
    if found.carried:
        logger.warning(
            "%s titles stay as they were: their rows are in quarantine", f"{found.carried:,}"
        )
    return found
