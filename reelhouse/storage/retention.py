"""Which versions are kept, and what may go.

A version is kept when it is one of the last N that can be read, or was in force at some moment of
the last D days. Kept are further the versions that a kept one names: the one whose model it uses,
those of other collections that it was made from, and so on. The unit that goes is the run: what two
versions share, by a rollback, stays as long as one of them does. Commit objects never go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import NonNegativeInt, PositiveInt

from reelhouse.errors import StoreError
from reelhouse.settings import Settings
from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.inventory import Inventory, RunFiles, RunName, take_inventory
from reelhouse.storage.retired import Retired
from reelhouse.storage.store import Store
from reelhouse.storage.version import Version


class RetentionSettings(Settings):
    """How much of each collection is kept."""

    keep_last: PositiveInt = 10
    """Versions that are kept whatever their age, counting those that can be read."""

    keep_days: NonNegativeInt = 30
    """Kept too is every version that was in force at some moment of so many last days."""

    grace_days: PositiveInt = 7
    """Age below which a run without a commit, or an unfinished upload, may still be at work."""


@dataclass(frozen=True)
class Leaving:
    """A run that may go.

    Parameters
    ----------
    run
        The run.
    versions
        Its versions; empty for a run that no commit points at.
    files
        Its objects, the manifest first, and their bytes.
    """

    run: RunName
    versions: tuple[int, ...]
    files: RunFiles

    @property
    def reason(self) -> str:
        """In words."""
        numbers = ", ".join(map(str, self.versions))
        return f"version {numbers}" if self.versions else "no commit points at it"


@dataclass(frozen=True)
class Plan:
    """What housekeeping would do to the versions of a store.

    Parameters
    ----------
    kept
        By collection and number: why a version is kept.
    leaving
        Runs that may go, in the order of their names.
    waiting
        Runs without a commit that are too young to go, or whose commit may be one that cannot be
        read.
    notes
        What an operator should know: broken commits, needs that cannot be met any more.
    """

    kept: dict[str, dict[int, str]]
    leaving: list[Leaving]
    waiting: list[RunName]
    notes: list[str]

    @property
    def size(self) -> int:
        """Bytes that would be freed."""
        return sum(one.files.size for one in self.leaving)


def plan_retention(
    store: Store,
    settings: RetentionSettings,
    now: datetime,
    collections: Iterable[str] | None = None,
) -> Plan:
    """Decide what is kept and what may go; nothing is changed.

    Parameters
    ----------
    store
        The store; it is listed once, and every commit object is read.
    settings
        How much is kept.
    now
        The present, aware.
    collections
        Those to look into; all by default. Of the others every version counts as kept.

    Raises
    ------
    StoreError
        When a collection is not there or the store cannot be read.
    """
    # Listed before the logs are read: a run that is committed in between has its commit then.
    inventory = take_inventory(store)
    wanted = _wanted(store, inventory, collections)
    history = {
        name: _History(CommitLog(store, name), settings, now) for name in inventory.collections
    }
    for name, one in history.items():
        one.keep_by_rule() if name in wanted else one.keep_all()
    notes = _keep_what_is_needed(history)
    leaving: list[Leaving] = []
    waiting: list[RunName] = []
    for run, files in sorted(inventory.runs.items()):
        one = history[run.collection]
        if run.collection not in wanted or run.run_id in one.kept_runs():
            continue
        leaves = one.may_leave(run.run_id, files, now - timedelta(days=settings.grace_days))
        if leaves:
            leaving.append(Leaving(run, one.versions_of(run.run_id), files))
        else:
            waiting.append(run)
    notes += [note for name in sorted(wanted) for note in history[name].broken()]
    kept = {name: dict(sorted(history[name].kept.items())) for name in sorted(wanted)}
    return Plan(kept, leaving, waiting, notes)


def _wanted(store: Store, inventory: Inventory, collections: Iterable[str] | None) -> set[str]:
    wanted = set(inventory.collections if collections is None else collections)
    absent = sorted(wanted - inventory.collections)
    if absent:
        known = ", ".join(sorted(inventory.collections)) or "none"
        raise StoreError(f"{store.uri} has no collection {', '.join(absent)}, it has {known}")
    return wanted


class _History:
    """The log of one collection while a plan is made."""

    def __init__(self, log: CommitLog, settings: RetentionSettings, now: datetime) -> None:
        self.log = log
        self.kept: dict[int, str] = {}
        self._settings = settings
        self._since = now - timedelta(days=settings.keep_days)
        self._commits = dict(log.commits())
        self._found: dict[int, Version | Retired | str] = {}

    def version(self, number: int) -> Version | None:
        """A version that can be read; None when it is retired, broken or not there."""
        found = self._find(number)
        return found if isinstance(found, Version) else None

    def keep(self, number: int, why: str) -> None:
        # What is retired is so for good: what a killed housekeeping left of it must go.
        if not isinstance(self._find(number), Retired):
            self.kept.setdefault(number, why)

    def _find(self, number: int) -> Version | Retired | str:
        if number not in self._found:
            known = number in self._commits
            self._found[number] = self.log.find(number) if known else "no such version"
        return self._found[number]

    def keep_all(self) -> None:
        for number in self._commits:
            self.keep(number, "not looked into")

    def keep_by_rule(self) -> None:
        self._keep_last()
        self._keep_days()

    def _keep_last(self) -> None:
        readable = 0
        for number in sorted(self._commits, reverse=True):
            if readable == self._settings.keep_last:
                return
            if self.version(number) is not None:
                readable += 1
                self.keep(number, f"one of the last {self._settings.keep_last}")
            else:
                # Perhaps somebody is mending it. It does not count as one of the last.
                self.keep(number, "later than those")

    def _keep_days(self) -> None:
        ended: datetime | None = None
        for number in sorted(self._commits, reverse=True):
            commit = self._commits[number]
            began = commit.created_at if isinstance(commit, Commit) else ended
            # Clocks of writers differ: a version may seem to end before it began.
            if any(at is None or at >= self._since for at in (began, ended)):
                self.keep(number, f"in force in the last {self._settings.keep_days} days")
            ended = began

    def kept_runs(self) -> set[str]:
        commits = (self._commits.get(number) for number in self.kept)
        return {commit.run_id for commit in commits if isinstance(commit, Commit)}

    def versions_of(self, run_id: str) -> tuple[int, ...]:
        return tuple(
            number
            for number, commit in self._commits.items()
            if isinstance(commit, Commit) and commit.run_id == run_id
        )

    def may_leave(self, run_id: str, files: RunFiles, before: datetime) -> bool:
        """Whether a run that is not kept is a version's, or an orphan for good."""
        if self.versions_of(run_id):
            return True
        # The commit that cannot be read may be this run's, and may be put back from a copy.
        return files.modified < before and not any(self.broken())

    def broken(self) -> list[str]:
        return [
            f"{found}; runs without a commit stay until it can be read"
            for found in self._commits.values()
            if isinstance(found, str)
        ]


def _keep_what_is_needed(history: dict[str, _History]) -> list[str]:
    """Keep what kept versions name, what shares a run with them, and so on; say what is amiss."""
    notes: list[str] = []
    waiting = [(name, number) for name, one in history.items() for number in one.kept]
    while waiting:
        name, number = waiting.pop()
        version = history[name].version(number)
        if version is None:
            continue
        by = f"version {number} of {name}"
        needs = [
            (name, other, f"shares its run with {by}") for other in _same_run(history, version)
        ]
        if version.manifest.model_version is not None:
            needs.append((name, version.manifest.model_version, f"its model is used by {by}"))
        needs += [
            (other, needed, f"{by} was made from it")
            for other, needed in version.manifest.made_from.items()
        ]
        for other, needed, why in needs:
            if other not in history or history[other].version(needed) is None:
                notes.append(f"version {needed} of {other} cannot be read: {why}")
            if other in history and needed not in history[other].kept:
                history[other].keep(needed, why)
                waiting.append((other, needed))
    return sorted(set(notes))


def _same_run(history: dict[str, _History], version: Version) -> list[int]:
    manifest = version.manifest
    others = history[manifest.collection].versions_of(manifest.run_id)
    return [number for number in others if number != version.number]
