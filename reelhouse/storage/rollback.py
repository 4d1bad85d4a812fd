"""Putting an old version in force again."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from reelhouse.errors import BrokenCommitError, DamagedFileError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rollback:
    """What a rollback came to.

    Parameters
    ----------
    version
        The version in force now.
    changed
        False when the run asked for was in force already.
    message
        The same in words.
    """

    version: Version
    changed: bool
    message: str


def rollback(store: Store, collection: str, to: int) -> Rollback:
    """Commit a new version that points at the run of version `to`.

    Works when the highest commit is broken: the new one stands above it.

    Raises
    ------
    NoVersionError, BrokenCommitError
        When there is no version `to`, or it cannot be read.
    RetiredVersionError
        When housekeeping removed its files.
    DamagedFileError
        When a file of it is damaged.
    CommitConflictError
        When somebody publishes at the same time.
    """
    log = CommitLog(store, collection)
    highest = max(log.numbers(), default=None)
    target = log.version(to)
    damaged = verify(target)
    if damaged:
        raise DamagedFileError(
            f"version {to} of {collection} is not restored, {len(damaged)} of its files "
            f"are damaged: {damaged[0].problem}"
        )
    head = _readable_head(log)
    if head is not None and head.commit.run_id == target.commit.run_id:
        message = f"version {head.number} already is the run of version {to}: nothing to do"
        return Rollback(head, changed=False, message=message)
    version = log.version(log.append(target.commit.again(collection, parent=highest)).version)
    logger.info("%s: version %d is the run of version %d again", collection, version.number, to)
    return Rollback(
        version, changed=True, message=f"version {version.number} is the run of version {to} again"
    )


def _readable_head(log: CommitLog) -> Version | None:
    try:
        return log.head()
    except BrokenCommitError:
        return None
