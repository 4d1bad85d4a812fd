"""The commit log: numbered, create-once objects, of which the highest is the version in force."""

from __future__ import annotations

import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from shlex import quote
from typing import Literal, Self

from pydantic import AwareDatetime, PositiveInt, ValidationError, model_validator

from reelhouse.errors import BrokenCommitError, CommitConflictError, NoVersionError, StoreError
from reelhouse.settings import Settings
from reelhouse.storage.manifest import Name, RunManifest, Sha256, json_bytes
from reelhouse.storage.store import ObjectExistsError, ObjectMissingError, Store, check_key
from reelhouse.storage.version import Version

logger = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(\d{8})\.json")

# S3 may answer "exists" for two creates that met while neither landed.
_CREATE_ATTEMPTS = 3


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


class CommitLog:
    """The versions of one collection.

    Parameters
    ----------
    store
        Where the collection stands.
    collection
        `catalogue`, `viewers`, `comparison` or `deep`.
    """

    def __init__(self, store: Store, collection: str) -> None:
        self.store = store
        self.collection = check_key(collection)

    def object_key(self, number: int) -> str:
        """Return the store's key of a commit object."""
        return f"{self.collection}/log/{number:08d}.json"

    def numbers(self) -> list[int]:
        """Return the numbers of all commit objects, broken ones too, ascending."""
        prefix = f"{self.collection}/log/"
        names = (entry.key.removeprefix(prefix) for entry in self.store.list(prefix))
        return sorted(int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name)))

    def versions(self) -> list[tuple[int, Commit | str]]:
        """Return every number with its commit, or in words why it cannot be read."""
        return [
            (number, found if isinstance(found, str) else found.commit)
            for number, found in self.opened()
        ]

    def opened(self) -> list[tuple[int, Version | str]]:
        """Return every number with its version, or in words why it cannot be read."""
        with ThreadPoolExecutor(8) as pool:
            numbers = self.numbers()
            return list(zip(numbers, pool.map(self._version_or_reason, numbers), strict=True))

    def head(self) -> Version | None:
        """Return the version in force; None when nothing was published yet.

        Raises
        ------
        BrokenCommitError
            When the highest commit object or its manifest is damaged or missing.
        """
        numbers = self.numbers()
        if not numbers:
            return None
        try:
            return self._open(numbers[-1])
        except BrokenCommitError as error:
            raise BrokenCommitError(f"{error}; {self._way_out(numbers[:-1])}") from error

    def version(self, number: int) -> Version:
        """Return one version.

        Raises
        ------
        NoVersionError
            When there is no commit of this number.
        BrokenCommitError
            When its commit object or manifest is damaged or missing.
        """
        numbers = self.numbers()
        if number not in numbers:
            known = f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
            raise NoVersionError(
                f"{self.collection} in {self.store.uri} has no version {number}, it has {known}"
            )
        return self._open(number)

    def append(self, commit: Commit) -> Commit:
        """Write a commit on top of its parent, and make sure whose it is.

        Whatever error the write ends with, the object is read back: a lost reply looks like a
        conflict or a failure although the commit landed.

        Raises
        ------
        CommitConflictError
            When another writer has this number, or the log has moved on from the parent.
        StoreError
            When the write failed, or its outcome cannot be known.
        """
        numbers = self.numbers()
        if commit.version not in numbers:
            self._require_highest(numbers, commit.parent)
        for _ in range(_CREATE_ATTEMPTS):
            try:
                self.store.create(self.object_key(commit.version), commit.to_json())
            except ObjectExistsError:
                landed = self._landed(commit)
            except StoreError as error:
                landed = self._landed_after(error, commit)
            else:
                landed = True
            if landed:
                self._write_hint(commit)
                return commit
        raise StoreError(
            f"{self.object_key(commit.version)} in {self.store.uri} is said to exist "
            f"but cannot be read; nothing was committed"
        )

    def require_head(self, expected: int | None) -> None:
        """Raise `CommitConflictError` unless `expected` is the highest commit's number."""
        self._require_highest(self.numbers(), expected)

    def _require_highest(self, numbers: list[int], expected: int | None) -> None:
        highest = numbers[-1] if numbers else None
        if highest != expected:
            raise CommitConflictError(
                f"{self.collection} in {self.store.uri} is at version {highest or 'none'}, "
                f"this run was made for version {expected or 'none'}; run it again"
            )

    def _version_or_reason(self, number: int) -> Version | str:
        try:
            return self._open(number)
        except BrokenCommitError as error:
            return str(error)

    def _open(self, number: int) -> Version:
        commit = self._read(number)
        key = f"{self.collection}/{commit.manifest}"
        where = f"{key} of version {number} in {self.store.uri}"
        try:
            content = self.store.get(key)
        except ObjectMissingError:
            raise BrokenCommitError(f"{where} is missing") from None
        if hashlib.sha256(content).hexdigest() != commit.manifest_sha256:
            raise BrokenCommitError(f"{where} differs from the commit's sha256")
        try:
            manifest = RunManifest.from_json(content)
        except ValueError as error:
            raise BrokenCommitError(f"{where} is no manifest: {_first(error)}") from error
        if (manifest.run_id, manifest.collection) != (commit.run_id, self.collection):
            raise BrokenCommitError(
                f"{where} belongs to run {manifest.run_id} of {manifest.collection}"
            )
        return Version(number, commit, manifest, self.store)

    def _read(self, number: int) -> Commit:
        key = self.object_key(number)
        try:
            commit = Commit.from_json(self.store.get(key))
        except ObjectMissingError:
            raise BrokenCommitError(f"{key} in {self.store.uri} is missing") from None
        except ValueError as error:
            raise BrokenCommitError(
                f"{key} in {self.store.uri} is no readable commit: {_first(error)}"
            ) from error
        if commit.collection not in (self.collection, None):
            raise BrokenCommitError(f"{key} in {self.store.uri} is a commit of {commit.collection}")
        if commit.version != number:
            raise BrokenCommitError(
                f"{key} in {self.store.uri} says version {commit.version}, required is {number}"
            )
        return commit

    def _way_out(self, numbers: list[int]) -> str:
        for number in reversed(numbers):
            if not isinstance(self._version_or_reason(number), str):
                command = f"reelhouse rollback --version {number} --store {quote(self.store.uri)}"
                if self.collection != "catalogue":
                    command += f" --collection {self.collection}"
                return f"the last readable version is {number}, `{command}` restores it"
        return "no version before it is readable"

    def _landed(self, commit: Commit) -> bool:
        """Say whether the log holds this commit; conflict when it holds another's."""
        key = self.object_key(commit.version)
        try:
            found = Commit.from_json(self.store.get(key)).commit_id
        except ObjectMissingError:
            return False
        except ValueError:
            found = None
        if found == commit.commit_id:
            return True
        raise CommitConflictError(
            f"{key} in {self.store.uri} was committed by another writer first; run it again"
        )

    def _landed_after(self, error: StoreError, commit: Commit) -> bool:
        try:
            landed = self._landed(commit)
        except CommitConflictError:
            raise
        except StoreError:
            raise StoreError(
                f"whether {self.object_key(commit.version)} was committed is unknown, "
                f"the run's files are kept: {error}"
            ) from error
        if not landed:
            raise error
        return True

    def _write_hint(self, commit: Commit) -> None:
        """Write latest.json; readers never need it, so its failure is only logged."""
        hint = {
            "version": commit.version,
            "run_id": commit.run_id,
            "commit": f"log/{commit.version:08d}.json",
        }
        try:
            self.store.put(f"{self.collection}/latest.json", json_bytes(hint))
        except StoreError as error:
            logger.warning("latest.json of %s was not written: %s", self.collection, error)


def _first(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}" if place else problem["msg"]
