"""Small runs whose commits bear times of the test's choosing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reelhouse.storage import publish as publishing
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.publish import publish
from reelhouse.storage.store import Store
from reelhouse.storage.version import Version

#: When the tests of retention take place: later than all that they do, since a rollback and the
#: files of a run have the time of the machine.
NOW = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)

PublishAt = Callable[..., Version]


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def publish_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishAt:
    """Publishes `runs/<mark>` with one file of 100 bytes, so many days ago."""

    def publish_one(
        store: Store,
        mark: str,
        days: float,
        *,
        collection: str = "catalogue",
        model: int | None = None,
        made_from: Mapping[str, int] = {},
    ) -> Version:
        staged = tmp_path / f"staged-{secrets.token_hex(4)}"
        staged.mkdir()
        (staged / "data.bin").write_bytes((mark.encode() * 100)[:100])
        head = CommitLog(store, collection).head()
        manifest = RunManifest(
            run_id=mark,
            collection=collection,
            flow="test",
            key=mark,
            created_at=days_ago(days),
            model_version=model,
            made_from=dict(made_from),
            counts={"titles": 2},
        )

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None) -> datetime:
                return days_ago(days)

        with monkeypatch.context() as patched:
            patched.setattr(publishing, "datetime", Clock)
            return publish(store, collection, staged, manifest, head.number if head else None)

    return publish_one
