"""Titles of the catalogue, linked to those that viewers rated."""

from __future__ import annotations

import logging

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.interactions import Interactions
from reelhouse.viewers.linked import CatalogueTitles, catalogue_titles, stage_links
from reelhouse.viewers.rated_titles import RatedTitles
from reelhouse.viewers.settings import ViewersSettings
from reelhouse.viewers.workspace import Workspace
from tasks.retrying import RETRIED

logger = logging.getLogger(__name__)


@task(name="fetch catalogue titles", task_run_name="fetch titles of the catalogue", **RETRIED)
def fetch_catalogue_titles(settings: ViewersSettings) -> CatalogueTitles | None:
    """Fetch the titles of the catalogue in the same store, if there is one."""
    if not settings.links:
        return None
    held = catalogue_titles(settings.store)
    if held is not None:
        logger.info(
            "%s titles in version %d of catalogue", f"{held.table.num_rows:,}", held.version
        )
    return held


@task(name="link titles", task_run_name="link titles", cache_policy=NO_CACHE)
def link_catalogue(
    held: CatalogueTitles | None, titles: RatedTitles, interactions: Interactions, work: Workspace
) -> dict[str, dict[str, int]]:
    """Link the rated titles to the catalogue's; returns figures for the manifest."""
    if held is None:
        return {}
    found = stage_links(held, titles, interactions.title_ids, work)
    logger.info("%d links to the catalogue, %d of them certain", found["links"], found["certain"])
    return {"links": found}
