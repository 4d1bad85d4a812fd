"""What stands in a store, from one listing: collections, runs, and what killed writers left."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from reelhouse.storage.objects import PROBE, Listed
from reelhouse.storage.store import Store

_COMMIT = re.compile(r"([^/]+)/log/\d{8}\.json")
_RUN = re.compile(r"([^/]+)/runs/([^/]+)/.+")


@dataclass(frozen=True, order=True)
class RunName:
    """A run of a collection."""

    collection: str
    run_id: str

    @property
    def folder(self) -> str:
        """Where its files stand in the store."""
        return f"{self.collection}/runs/{self.run_id}"


@dataclass
class RunFiles:
    """The objects of one run.

    Attributes
    ----------
    keys : list of str
        In the order in which they may go: the manifest first, so that no reader opens the rest.
    size : int
        Bytes.
    modified : datetime
        When the last of them was written, by the store's clock.
    """

    keys: list[str]
    size: int
    modified: datetime


@dataclass
class Inventory:
    """What one listing of a whole store shows.

    Attributes
    ----------
    collections : set of str
        Those with at least one commit object or run.
    runs : dict
        Committed or not.
    probes : list of Listed
        Objects with which a writer tried the store, and was killed.
    """

    collections: set[str] = field(default_factory=set)
    runs: dict[RunName, RunFiles] = field(default_factory=dict)
    probes: list[Listed] = field(default_factory=list)


def take_inventory(store: Store) -> Inventory:
    """List a store once, and sort what is there; objects of other kinds are passed over."""
    found = Inventory()
    for entry in store.list():
        if entry.key.startswith(PROBE):
            found.probes.append(entry)
        elif commit := _COMMIT.fullmatch(entry.key):
            found.collections.add(commit[1])
        elif run := _RUN.fullmatch(entry.key):
            found.collections.add(run[1])
            _add(found.runs, RunName(run[1], run[2]), entry)
    return found


def _add(runs: dict[RunName, RunFiles], name: RunName, entry: Listed) -> None:
    files = runs.setdefault(name, RunFiles([], 0, entry.modified))
    if entry.key == f"{name.folder}/manifest.json":
        files.keys.insert(0, entry.key)
    else:
        files.keys.append(entry.key)
    files.size += entry.size
    files.modified = max(files.modified, entry.modified)
