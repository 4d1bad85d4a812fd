"""Two flows that publish at the same moment: both finish, and nobody's work is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

from flows.catalogue import catalogue
from flows.nightly import nightly
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.runs.record import Outcome
from reelhouse.settings import ClusterSettings
from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.publish import RunReference, commit_run
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version


def test_both_finish_and_the_later_one_is_made_on_top_of_the_earlier(
    store: Path, evening: Path, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_are_about_to_commit = threading.Barrier(2)
    commits: list[int | None] = []

    def commit_together(
        opened: Store, reference: RunReference, expected_parent: int | None
    ) -> Version:
        commits.append(expected_parent)
        if len(commits) <= 2:
            both_are_about_to_commit.wait(120)
        return commit_run(opened, reference, expected_parent)

    monkeypatch.setattr("tasks.publishing.commit_run", commit_together)

    def refit() -> Outcome:
        settings = ClusterSettings(seed=7)
        return catalogue(
            CatalogueSettings(titles=str(evening), store=str(store), clusters=settings)
        )

    def place_the_night() -> Outcome:
        return nightly(NightlySettings(titles=str(night), store=str(store)))

    with ThreadPoolExecutor(2) as pool:
        # The temporary server is known to this context; each thread gets a copy of it.
        running = [pool.submit(copy_context().run, flow) for flow in (refit, place_the_night)]
        outcomes = [each.result() for each in running]

    assert commits == [1, 1, 2]
    assert sorted(outcome.version for outcome in outcomes) == [2, 3]
    assert all(outcome.published for outcome in outcomes)
    log = CommitLog(open_store(store), "catalogue")
    assert log.numbers() == [1, 2, 3]
    later = log.version(3)
    assert isinstance(later.commit, Commit)
    assert (later.commit.parent, later.manifest.parent_version) == (2, 2)
    assert verify(later) == []
    assert verify(log.version(2)) == []
    # What changed is told against the earlier one, not against what both began with.
    assert later.read_table("changes").num_rows <= 12 + 3 + 5


def test_a_flow_that_meets_one_that_did_the_same_publishes_nothing(
    store: Path, night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_are_about_to_commit = threading.Barrier(2)

    def commit_together(*arguments: object) -> Version:
        both_are_about_to_commit.wait(120)
        return commit_run(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("tasks.publishing.commit_run", commit_together)

    def place_the_night() -> Outcome:
        return nightly(NightlySettings(titles=str(night), store=str(store)))

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(copy_context().run, place_the_night) for _ in range(2)]
        outcomes = [each.result() for each in running]

    assert sorted(outcome.published for outcome in outcomes) == [False, True]
    assert [outcome.version for outcome in outcomes] == [2, 2]
    assert CommitLog(open_store(store), "catalogue").numbers() == [1, 2]
