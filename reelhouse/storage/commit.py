"""One object of the commit log."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import AwareDatetime, PositiveInt, model_validator

from reelhouse.settings import Settings
from reelhouse.storage.manifest import Name, Sha256, json_bytes


class Commit(Settings):
    """One object of the log."""

    format: Literal[1] = 1
    """Layout of this document."""

    version: PositiveInt
    """Number of the version, the same as in the object's name."""

    commit_id: str
    """Random; tells this commit from another writer's with the same number."""

    run_id: Name
    """The run that is in force from here on."""

    manifest: str
    """Path of the run's manifest below the collection."""

    manifest_sha256: Sha256
    """Digest of the manifest."""

    parent: int | None
    """Number of the version before; None for the first."""

    created_at: AwareDatetime
    """When the commit was written, UTC."""

    kind: Literal["publish", "rollback"] = "publish"
    """Whether the run is new or an old one again."""

    rolled_back_to: int | None = None
    """The version whose run a rollback puts in force again."""

    collection: Name | None = None
    """Line of versions that it belongs to; None in commits of before it was introduced."""

    digest: Sha256 | None = None
    """sha256 of all other fields; None in commits of before it was introduced."""

    @model_validator(mode="after")
    def _manifest_is_the_run_s(self) -> Self:
        if self.manifest != manifest_path(self.run_id):
            raise ValueError(f"manifest is {self.manifest}, not that of run {self.run_id}")
        return self

    def again(self, collection: str, *, parent: int | None) -> Commit:
        """Return a commit on top of `parent` that puts this one's run in force again."""
        return Commit(
            version=(parent or 0) + 1,
            collection=collection,
            commit_id=uuid.uuid4().hex,
            run_id=self.run_id,
            manifest=self.manifest,
            manifest_sha256=self.manifest_sha256,
            parent=parent,
            created_at=datetime.now(UTC),
            kind="rollback",
            rolled_back_to=self.version,
        )

    def to_json(self) -> bytes:
        """Return the document as it stands in the log, its digest filled in."""
        document = self.model_dump(mode="json", exclude={"digest"})
        digest = hashlib.sha256(json_bytes(document)).hexdigest()
        return json_bytes(document | {"digest": digest})

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Read an object of the log, which nothing else holds a checksum of.

        Raises
        ------
        ValueError
            When it is no commit, or not to the byte the one that was written.
        """
        commit = cls.model_validate_json(content)
        if commit.digest is not None and commit.to_json() != content:
            raise ValueError("it differs from its own digest")
        return commit


def manifest_path(run_id: str) -> str:
    """Return the path of a run's manifest below its collection."""
    return f"runs/{run_id}/manifest.json"
