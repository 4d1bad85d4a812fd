"""Random histories: what is kept is what the rule says, and all of it verifies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reelhouse.errors import RetiredVersionError
from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.manifest import FileEntry, RunManifest
from reelhouse.storage.retention import Plan, RetentionSettings, plan_retention
from reelhouse.storage.retire import retire
from reelhouse.storage.retired import Retired
from reelhouse.storage.rollback import rollback
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version
from tests.unit.storage.conftest import NOW

COLLECTIONS = ("catalogue", "viewers")
Place = tuple[str, int]


@dataclass
class Told:
    """What the test knows of a version without asking the store."""

    run: str
    began: datetime
    needs: frozenset[Place]


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.store = open_store("memory://")
        self.now = NOW
        self.told: dict[Place, Told] = {}
        self.gone: set[str] = set()

    def last(self, collection: str) -> int:
        return max((number for name, number in self.told if name == collection), default=0)

    def readable(self, collection: str) -> list[int]:
        return [
            number
            for (name, number), one in self.told.items()
            if name == collection and one.run not in self.gone
        ]

    @rule(collection=st.sampled_from(COLLECTIONS), data=st.data())
    def publish(self, collection: str, data: st.DataObject) -> None:
        number = self.last(collection) + 1
        run = f"{collection}-{number}"
        # A run names what is whole when it begins: the head's model, the other's head.
        model = data.draw(st.sampled_from([None, *self.readable(collection)]))
        other = COLLECTIONS[1 - COLLECTIONS.index(collection)]
        source = data.draw(st.sampled_from([None, *self.readable(other)]))
        content = run.encode()
        digest = hashlib.sha256(content).hexdigest()
        self.store.put(f"{collection}/runs/{run}/data.bin", content)
        manifest = RunManifest(
            run_id=run,
            collection=collection,
            flow="test",
            key=run,
            created_at=self.now,
            model_version=model,
            made_from={} if source is None else {other: source},
            files=[FileEntry(path="data.bin", size=len(content), sha256=digest)],
        ).to_json()
        self.store.put(f"{collection}/runs/{run}/manifest.json", manifest)
        commit = Commit(
            version=number,
            commit_id=run,
            run_id=run,
            manifest=f"runs/{run}/manifest.json",
            manifest_sha256=hashlib.sha256(manifest).hexdigest(),
            parent=number - 1 or None,
            created_at=self.now,
        )
        CommitLog(self.store, collection).append(commit)
        needs = {(collection, model), (other, source)}
        held = frozenset((name, one) for name, one in needs if one is not None)
        self.told[collection, number] = Told(run, self.now, held)

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        name, number = data.draw(st.sampled_from(sorted(self.told)))
        target = self.told[name, number]
        if target.run in self.gone:
            with pytest.raises(RetiredVersionError, match="was retired on"):
                rollback(self.store, name, number)
            return
        done = rollback(self.store, name, number)
        assert done.changed == (target.run != self.told[name, self.last(name)].run)
        if done.changed:
            # Rollbacks bear the machine's time; the test's is the same from then on.
            began = done.version.commit.created_at
            self.told[name, done.version.number] = Told(target.run, began, target.needs)

    @rule(days=st.integers(0, 20))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(last=st.integers(1, 4), days=st.sampled_from([0, 3, 10, 30]))
    def housekeep(self, last: int, days: int) -> None:
        def plan() -> Plan:
            wanted = RetentionSettings(keep_last=last, keep_days=days)
            return plan_retention(self.store, wanted, self.now)

        kept = self.expected(last, days)
        runs = {self.told[place].run for place in kept}
        found = plan()
        assert {(name, n) for name, numbers in found.kept.items() for n in numbers} == kept
        retire(self.store, found, plan, self.now)
        self.gone |= {one.run for one in self.told.values()} - runs
        assert plan().leaving == []

    def expected(self, last: int, days: int) -> set[Place]:
        """The rule, said once more and in another way."""
        since = self.now - timedelta(days=days)
        kept: set[Place] = set()
        for name in COLLECTIONS:
            numbers = self.readable(name)
            kept |= {(name, number) for number in sorted(numbers)[-last:]}
            for number in numbers:
                following = self.told.get((name, number + 1))
                began = self.told[name, number].began
                if following is None or following.began >= since or began >= since:
                    kept.add((name, number))
        while True:
            runs = {self.told[place].run for place in kept}
            more = {place for place, one in self.told.items() if one.run in runs}
            more |= {need for place in kept for need in self.told[place].needs}
            more = {place for place in more if self.told[place].run not in self.gone}
            if more <= kept:
                return kept
            kept |= more

    @invariant()
    def every_version_is_whole_or_retired(self) -> None:
        for name in COLLECTIONS:
            log = CommitLog(self.store, name)
            assert log.numbers() == list(range(1, self.last(name) + 1))
            for number, held in log.opened():
                if self.told[name, number].run in self.gone:
                    assert isinstance(held, Retired)
                else:
                    assert isinstance(held, Version)
                    assert verify(held) == []


Histories.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestHistories = Histories.TestCase
