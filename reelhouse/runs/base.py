"""The version that a run builds on."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from reelhouse.errors import NoVersionError
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.version import Version


@dataclass(frozen=True)
class Base:
    """The last published version of a collection, or nothing.

    Attributes
    ----------
    store : str
    collection : str
    version : Version or None
    """

    store: str
    collection: str
    version: Version | None

    @property
    def number(self) -> int | None:
        """Number of the last version; None for an empty store."""
        return self.version.number if self.version else None

    @property
    def next_number(self) -> int:
        """Number that this run will be published as."""
        return (self.number or 0) + 1

    @property
    def key(self) -> str | None:
        """Idempotency key of the last version."""
        return self.version.manifest.key if self.version else None

    @property
    def fitted_in(self) -> int | None:
        """Version whose run fitted the model that the last version uses."""
        if self.version is None:
            return None
        manifest = self.version.manifest
        return manifest.model_version if manifest.model_version is not None else self.number

    @property
    def fitted_key(self) -> str | None:
        """What names the fitted model itself: the same for all nights on it."""
        if self.version is None:
            return None
        return str(self.version.manifest.results.get("model_key", self.version.manifest.key))

    def required(self) -> Version:
        """The last version.

        Raises
        ------
        NoVersionError
            When the store is empty.
        """
        if self.version is None:
            raise NoVersionError(
                f"{self.store} holds no {self.collection} version; "
                f"run the {self.collection} flow first: python -m flows {self.collection}"
            )
        return self.version

    def clusters(self) -> pa.Table:
        """clusters.parquet of the last version."""
        return self.required().read_table("clusters")

    def assignments(self) -> pa.Table:
        """assignments.parquet of the last version."""
        return self.required().read_table("assignments")


def open_base(store: str, collection: str, *, create: bool) -> Base:
    """Open the last version of a collection that is to be written.

    Parameters
    ----------
    store : str
    collection : str
    create : bool
        Make a local folder that is absent.

    Raises
    ------
    StoreError
        When the store cannot be used, is read-only, or its last commit is broken.
    """
    opened = open_store(store, create=create)
    opened.require_writable()
    return Base(store, collection, CommitLog(opened, collection).head())
