"""A small version to publish: staged, published unless it is there, and its content compared."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import Store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version

COLLECTION = "catalogue"


@dataclass(frozen=True)
class Publication:
    """What is to be published.

    Parameters
    ----------
    staged
        Folder of its files.
    mark
        Its idempotency key.
    run_id
        Name of its run.
    """

    staged: Path
    mark: str
    run_id: str

    def publish(self, store: Store) -> Version:
        """Publish unless the head has this key, as every flow does."""
        head = CommitLog(store, COLLECTION).head()
        if head is not None and head.manifest.key == self.mark:
            return head
        manifest = RunManifest(
            run_id=self.run_id,
            collection=COLLECTION,
            flow="test",
            key=self.mark,
            created_at=datetime(2026, 11, 21, tzinfo=UTC),
            parent_version=head.number if head else None,
        )
        return publish(store, COLLECTION, self.staged, manifest, head.number if head else None)

    def digests(self) -> dict[str, str]:
        """Return what an undisturbed publication holds: path and sha256 of each staged file."""
        return {
            path.relative_to(self.staged).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.staged.rglob("*")
            if path.is_file()
        }


def stage(folder: Path, mark: str, *, sizes: tuple[int, ...] = (30, 5_000, 70_000)) -> Publication:
    """Write files of these sizes in bytes, whose content follows from `mark`."""
    (folder / "model").mkdir(parents=True)
    for number, size in enumerate(sizes):
        place = folder / "model" if number % 2 else folder
        text = f"{mark} {number} ".encode()
        (place / f"{number:02d}.bin").write_bytes((text * (size // len(text) + 1))[:size])
    return Publication(folder, mark, f"run-{mark}")


def digests(version: Version) -> dict[str, str]:
    """Return path and sha256 of each file that the version's manifest names."""
    return {entry.path: entry.sha256 for entry in version.manifest.files}


def assert_whole(store: Store, *, versions: int) -> None:
    """Every version from 1 on can be opened and read in full, and builds on the one before."""
    opened = CommitLog(store, COLLECTION).opened()
    assert [number for number, _ in opened] == list(range(1, versions + 1))
    for number, version in opened:
        assert isinstance(version, Version), version
        assert isinstance(version.commit, Commit)
        assert version.commit.parent == (number - 1 or None)
        assert verify(version) == []
