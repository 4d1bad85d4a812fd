"""The record of a run whose files housekeeping removes: written once, before the first is gone.

A run with a record is retired for good. Who commits a run looks for its record before and after the
commit; who removes runs looks at the log after the record is written. One of them sees the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt, PositiveInt, ValidationError

from reelhouse.errors import BrokenCommitError, RetiredVersionError
from reelhouse.settings import Settings
from reelhouse.storage.manifest import Name, json_bytes
from reelhouse.storage.store import ObjectMissingError, Store

if TYPE_CHECKING:
    from reelhouse.storage.commits import Commit


class RetiredRun(Settings):
    """Why a run was retired, and what it was."""

    format: Literal[1] = 1
    """Layout of this document."""

    run_id: Name
    """The run whose files are removed."""

    retired_at: AwareDatetime
    """When it was decided, UTC."""

    reason: Literal["old", "orphan"]
    """old: beyond what is kept; orphan: no commit ever pointed at it."""

    versions: list[PositiveInt] = Field(default_factory=list)
    """The versions that it was."""

    files: NonNegativeInt
    """Objects that were there, the manifest included."""

    size: NonNegativeInt
    """Their bytes."""

    flow: str | None = None
    """Flow that made the run; None when its manifest could not be read."""

    counts: dict[str, int] = Field(default_factory=dict)
    """Rows, titles, users of the run, as in its manifest."""

    def to_json(self) -> bytes:
        """Return the document as it stands in the store."""
        return json_bytes(self.model_dump(mode="json"))


@dataclass(frozen=True)
class Retired:
    """A version whose run was retired.

    Parameters
    ----------
    number
        Number of the version.
    commit
        Its commit object, which stays in the log.
    record
        Why and when.
    where
        Collection and store, for messages.
    """

    number: int
    commit: Commit
    record: RetiredRun
    where: str

    def error(self) -> RetiredVersionError:
        """What a reader of the version is told."""
        return RetiredVersionError(
            f"version {self.number} of {self.where} was retired on "
            f"{self.record.retired_at:%Y-%m-%d}: its files are gone, it cannot be read or restored"
        )


def record_key(collection: str, run_id: str) -> str:
    """Return the store's key of the record of a run."""
    return f"{collection}/retired/{run_id}.json"


def read_record(store: Store, collection: str, run_id: str) -> RetiredRun | None:
    """Return the record of a run; None when the run was not retired.

    Raises
    ------
    BrokenCommitError
        When there is one and it cannot be read.
    """
    key = record_key(collection, run_id)
    try:
        return RetiredRun.model_validate_json(store.get(key))
    except ObjectMissingError:
        return None
    except ValidationError:
        raise BrokenCommitError(
            f"{key} in {store.uri} is no readable record of a retired run"
        ) from None


def is_retired(store: Store, collection: str, run_id: str) -> bool:
    """Say whether a run has a record, readable or not."""
    return store.exists(record_key(collection, run_id))
