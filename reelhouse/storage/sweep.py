"""What killed writers leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.store import Store

#: A younger temporary file may belong to a writer that is alive.
_GRACE_SECONDS = 3600.0


@dataclass(frozen=True)
class Sweep:
    """What a sweep found.

    Parameters
    ----------
    removed
        Temporary files that were deleted; a local folder alone has them.
    orphans
        Runs that no readable commit points at. They stay: one may be about to be committed.
    """

    removed: list[Path]
    orphans: list[str]


def sweep(store: Store, collection: str) -> Sweep:
    """Delete temporary files older than an hour and name the runs that no commit points at."""
    removed = []
    if isinstance(store, LocalFolder):
        for path in store.leftovers(collection, older_than=_GRACE_SECONDS):
            path.unlink(missing_ok=True)
            removed.append(path)
    prefix = f"{collection}/runs/"
    runs = {entry.key.removeprefix(prefix).split("/")[0] for entry in store.list(prefix)}
    commits = (commit for _, commit in CommitLog(store, collection).versions())
    kept = {commit.run_id for commit in commits if isinstance(commit, Commit)}
    return Sweep(sorted(removed), sorted(runs - kept))
