"""Writing a run to the store, and making it the version in force."""

from __future__ import annotations

import logging
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from reelhouse.runs.base import Base
from reelhouse.runs.record import Outcome, outcome_of
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import RunReference, commit_run, upload_run
from reelhouse.storage.store import open_store
from tasks.events import tell_again, tell_published
from tasks.retrying import RETRIED

logger = logging.getLogger(__name__)


@task(name="upload run", task_run_name="upload run {manifest.run_id}", **RETRIED)
def upload(store: str, staged: Path, manifest: RunManifest) -> RunReference:
    """Write every file of the run, if it still can be committed; readers see nothing of it yet."""
    opened = open_store(store)
    # A run that cannot be committed any more need not be uploaded.
    CommitLog(opened, manifest.collection).require_head(manifest.parent_version)
    return upload_run(opened, manifest.collection, staged, manifest)


# No retries: after a lost reply the commit may stand, and only reading it back may decide that.
@task(
    name="commit version",
    task_run_name="commit version {base.next_number} of {base.collection}",
    cache_policy=NO_CACHE,
)
def commit(base: Base, reference: RunReference) -> Outcome:
    """Make the uploaded run the version in force, all or nothing."""
    version = commit_run(open_store(base.store), reference, base.number)
    logger.info("published version %d of %s", version.number, base.collection)
    tell_published(version, base.store)
    return outcome_of(version, published=True)


def nothing_new(base: Base) -> Outcome:
    """Leave the last version in force, and tell what an earlier run may not have told of it."""
    version = base.required()
    tell_again(version, base.store)
    return outcome_of(version, published=False)
