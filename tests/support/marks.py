"""A version that holds a list of marks: each new one has all of its parent's, and one more."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import commit_run, upload_run
from reelhouse.storage.store import Store
from reelhouse.storage.version import Version
from tests.support.publication import COLLECTION


def marks(version: Version | None) -> list[str]:
    """Return the marks that a version holds, the oldest first."""
    if version is None:
        return []
    found: list[str] = json.loads(version.read_bytes("marks.json"))
    return found


def add_mark(
    store: Store,
    staged: Path,
    mark: str,
    *,
    between: Callable[[], object] | None = None,
) -> Version:
    """Publish the head's marks and this one; nothing when the head has it already.

    `between` is called after the head was read and before anything is written.
    """
    head = CommitLog(store, COLLECTION).head()
    if mark in marks(head):
        assert head is not None
        return head
    if between is not None:
        between()
    staged.mkdir()
    (staged / "marks.json").write_text(json.dumps([*marks(head), mark]))
    manifest = RunManifest(
        run_id=f"run-{secrets.token_hex(8)}",
        collection=COLLECTION,
        flow="test",
        key=mark,
        created_at=datetime.now(UTC),
        parent_version=head.number if head else None,
    )
    return commit_run(
        store, upload_run(store, COLLECTION, staged, manifest), head.number if head else None
    )
