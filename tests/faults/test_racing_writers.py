"""Writers that publish at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reelhouse.errors import CommitConflictError
from reelhouse.storage.commits import Commit, CommitLog
from reelhouse.storage.store import open_store

WRITERS, COMMITS = 4, 5


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_racing_writers_make_a_log_without_gaps_or_losses(
    kind: str, tmp_path: Path, publish_run
) -> None:
    store = open_store(tmp_path if kind == "folder" else "memory://")

    def write(writer: int) -> list[int]:
        acknowledged = []
        while len(acknowledged) < COMMITS:
            head = CommitLog(store, "catalogue").head()
            try:
                version = publish_run(store, f"w{writer}", parent=head.number if head else None)
            except CommitConflictError:
                continue
            acknowledged.append(version.number)
        return acknowledged

    with ThreadPoolExecutor(WRITERS) as pool:
        numbers = sorted(number for each in pool.map(write, range(WRITERS)) for number in each)
    log = CommitLog(store, "catalogue")
    assert numbers == log.numbers() == list(range(1, WRITERS * COMMITS + 1))
    commits = [commit for _, commit in log.versions()]
    assert all(isinstance(commit, Commit) for commit in commits)
    assert len({commit.run_id for commit in commits}) == WRITERS * COMMITS
