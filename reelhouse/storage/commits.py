"""The commit log: numbered, create-once objects, of which the highest is the version in force."""

from __future__ import annotations

import hashlib
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from shlex import quote

from pydantic import ValidationError

from reelhouse.errors import (
    BrokenCommitError,
    CommitConflictError,
    NoVersionError,
    RetiredVersionError,
    StoreError,
)
from reelhouse.storage.commit import Commit, manifest_path
from reelhouse.storage.manifest import RunManifest, json_bytes
from reelhouse.storage.retired import Retired, is_retired, read_record
from reelhouse.storage.store import ObjectExistsError, ObjectMissingError, Store, check_key
from reelhouse.storage.version import Version

__all__ = ["Commit", "CommitLog", "manifest_path"]

logger = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(\d{8})\.json")

# S3 may answer "exists" for two creates that met while neither landed.
_CREATE_ATTEMPTS = 3


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

    def opened(self) -> list[tuple[int, Version | Retired | str]]:
        """Return every number with its version, its retirement, or why it cannot be read."""
        with ThreadPoolExecutor(8) as pool:
            numbers = self.numbers()
            return list(zip(numbers, pool.map(self.find, numbers), strict=True))

    def commits(self) -> list[tuple[int, Commit | str]]:
        """Return every number with its commit object alone, or in words what is wrong with it."""
        with ThreadPoolExecutor(8) as pool:
            numbers = self.numbers()
            return list(zip(numbers, pool.map(self._commit_or_reason, numbers), strict=True))

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
        RetiredVersionError
            When housekeeping removed its files.
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
        RetiredVersionError
            When housekeeping retired the run meanwhile; what was in force is so again.
        StoreError
            When the write failed, or its outcome cannot be known.
        """
        self._require_not_retired(commit)
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
                self._undo_if_retired(commit)
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

    def find(self, number: int) -> Version | Retired | str:
        """Return a version, its retirement, or in words why it cannot be read."""
        try:
            return self._find(number)
        except BrokenCommitError as error:
            return str(error)

    def _commit_or_reason(self, number: int) -> Commit | str:
        try:
            return self._read(number)
        except BrokenCommitError as error:
            return str(error)

    def _open(self, number: int) -> Version:
        found = self._find(number)
        if isinstance(found, Retired):
            raise found.error()
        return found

    def _find(self, number: int) -> Version | Retired:
        commit = self._read(number)
        key = f"{self.collection}/{commit.manifest}"
        where = f"{key} of version {number} in {self.store.uri}"
        try:
            content = self.store.get(key)
        except ObjectMissingError:
            # The manifest is the first file that housekeeping removes, after its record.
            record = read_record(self.store, self.collection, commit.run_id)
            if record is None:
                raise BrokenCommitError(f"{where} is missing") from None
            return Retired(number, commit, record, f"{self.collection} in {self.store.uri}")
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
            if isinstance(self.find(number), Version):
                command = f"reelhouse rollback --version {number} --store {quote(self.store.uri)}"
                if self.collection != "catalogue":
                    command += f" --collection {self.collection}"
                return f"the last readable version is {number}, `{command}` restores it"
        return "no version before it is readable"

    def _require_not_retired(self, commit: Commit) -> None:
        if is_retired(self.store, self.collection, commit.run_id):
            raise RetiredVersionError(
                f"run {commit.run_id} of {self.collection} in {self.store.uri} was retired by "
                f"housekeeping, it cannot be committed; run again, or restore another version"
            )

    def _undo_if_retired(self, commit: Commit) -> None:
        """Look again: housekeeping may have retired the run just before the commit landed.

        Its files may be going, so what was in force before is committed again.
        """
        try:
            if not is_retired(self.store, self.collection, commit.run_id):
                return
        except StoreError as error:
            # The commit stands. To call it failed for a second, rarer mishap would be worse.
            logger.warning("whether run %s was retired is not known: %s", commit.run_id, error)
            return
        found = self._readable_before(commit.version)
        message = (
            f"run {commit.run_id} of {self.collection} in {self.store.uri} was retired by "
            f"housekeeping while it was committed as version {commit.version}"
        )
        if found is not None:
            undone = self.append(found.commit.again(self.collection, parent=commit.version))
            message += f"; version {undone.version} puts version {found.number} in force again"
        raise RetiredVersionError(f"{message}; run again, or restore another version")

    def _readable_before(self, number: int) -> Version | None:
        for earlier in reversed([one for one in self.numbers() if one < number]):
            found = self.find(earlier)
            if isinstance(found, Version) and not is_retired(
                self.store, self.collection, found.commit.run_id
            ):
                return found
        return None

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
