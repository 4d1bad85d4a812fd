"""What killed processes leave beside runs: half-written files, probes, uploads, workspaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from reelhouse.scratch import Abandoned, abandoned_folders, remove_abandoned
from reelhouse.storage.bucket import Bucket
from reelhouse.storage.inventory import take_inventory
from reelhouse.storage.local import LocalFolder
from reelhouse.storage.objects import Listed
from reelhouse.storage.store import Store
from reelhouse.storage.uploads import Upload, can_list_uploads, give_up, unfinished_uploads

#: A younger temporary file may belong to a writer that is alive: it is written to all the time.
_GRACE = timedelta(hours=1)


@dataclass(frozen=True)
class Leftovers:
    """What nobody needs any more.

    Parameters
    ----------
    temporary
        Files of a local folder that were being written.
    probes
        Objects with which a store was tried.
    uploads
        Multipart uploads of a bucket that were not completed.
    workspaces
        Scratch folders of this machine.
    notes
        What could not be looked for, and what to do instead.
    """

    temporary: list[Path]
    probes: list[Listed]
    uploads: list[Upload]
    workspaces: list[Abandoned]
    notes: list[str]

    @property
    def size(self) -> int:
        """Bytes, but for those of uploads, which servers do not tell in a listing."""
        files = sum(path.lstat().st_size for path in self.temporary if path.exists())
        objects = sum(probe.size for probe in self.probes)
        return files + objects + sum(one.size for one in self.workspaces)


def find_leftovers(store: Store, grace_days: int, now: datetime) -> Leftovers:
    """Look for what killed processes left; nothing is changed.

    Parameters
    ----------
    store
        The store.
    grace_days
        Age below which an unfinished upload may still be at work.
    now
        The present, aware.

    Raises
    ------
    StoreError
        When the store cannot be read.
    """
    probes = [one for one in take_inventory(store).probes if one.modified < now - _GRACE]
    temporary: list[Path] = []
    if isinstance(store, LocalFolder):
        temporary = sorted(store.leftovers("", older_than=_GRACE.total_seconds()))
    uploads: list[Upload] = []
    notes: list[str] = []
    if isinstance(store, Bucket) and can_list_uploads():
        uploads = unfinished_uploads(store, now - timedelta(days=grace_days))
    elif isinstance(store, Bucket):
        notes.append(
            "unfinished uploads were not looked for: that needs pip install 'reelhouse[s3]', "
            "or a lifecycle rule of the bucket ends them (AbortIncompleteMultipartUpload)"
        )
    return Leftovers(temporary, probes, uploads, abandoned_folders(), notes)


def remove_leftovers(store: Store, found: Leftovers) -> None:
    """Remove what was found; what is gone already is no error.

    Raises
    ------
    StoreError
        When the store refuses.
    """
    for path in found.temporary:
        path.unlink(missing_ok=True)
    for probe in found.probes:
        store.delete(probe.key)
    if isinstance(store, Bucket):
        for upload in found.uploads:
            give_up(store, upload)
    for workspace in found.workspaces:
        remove_abandoned(workspace.path)
