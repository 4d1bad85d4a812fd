"""The last versions of a collection of titles and how far each night had drifted."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from reelhouse.catalogue.base import COLLECTION
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.store import open_store
from reelhouse.storage.version import Version

#: Versions that people look back upon: three weeks of nights.
LAST = 20


@dataclass(frozen=True)
class PastVersion:
    """What a version says of itself.

    Attributes
    ----------
    version : int
    flow : str
        nightly, or catalogue: then it is a fit, which has no drift.
    date : str
        Day on which the run began, UTC.
    added : int
        Titles that were new.
    drift : mapping
        See `reelhouse.clustering.drift.measure_drift`; empty for a fit.
    counts : mapping
        Rows and titles, as the manifest counts them.
    moved : int
        Titles that a refit put into another cluster.
    """

    version: int
    flow: str
    date: str
    added: int
    drift: Mapping[str, Any]
    counts: Mapping[str, int]
    moved: int = 0

    @classmethod
    def of(cls, manifest: RunManifest, version: int) -> PastVersion:
        """What a manifest says of the version that it is published as."""
        return cls(
            version=version,
            flow=manifest.flow,
            date=f"{manifest.created_at:%Y-%m-%d}",
            added=manifest.counts.get("titles_added", 0),
            drift=manifest.results.get("drift", {}),
            counts=dict(manifest.counts),
            moved=manifest.results.get("identity", {}).get("titles_moved", 0),
        )


def past_versions(
    store: str, last: int = LAST, *, collection: str = COLLECTION
) -> list[PastVersion]:
    """What the last versions say of themselves; see `last_versions`."""
    return [
        PastVersion.of(version.manifest, version.number)
        for version in last_versions(store, last, collection=collection)
    ]


def last_versions(store: str, last: int = LAST, *, collection: str) -> list[Version]:
    """The last versions in order, without those that are retired or cannot be read.

    Parameters
    ----------
    store : str
    last : int
        Most versions that are looked at.
    collection : str
    """
    log = CommitLog(open_store(store), collection)
    numbers = log.numbers()[-last:]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(log.find, numbers))
    return [version for version in found if isinstance(version, Version)]
