"""kill -9 of a publishing process, at random moments."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reelhouse.storage.commits import CommitLog
from reelhouse.storage.manifest import RunManifest
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from reelhouse.storage.version import Version

SCRIPT = Path(__file__).with_name("publish_once.py")
SEED = 20261121
FILES = 40


def stage(folder: Path, mark: str) -> Path:
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:02d}.bin").write_bytes(f"{mark} {number}".encode() * 20_000)
    return folder


def manifest(run_id: str, key: str) -> RunManifest:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return RunManifest(run_id=run_id, collection="catalogue", flow="test", key=key, created_at=now)


def start(root: Path, staged: Path, run: RunManifest, scratch: Path) -> subprocess.Popen[str]:
    """Start a publisher and return when it is about to publish."""
    path = scratch / f"{run.run_id}.json"
    path.write_bytes(run.to_json())
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(root), str(staged), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=SCRIPT.parents[2],
        env={"PYTHONPATH": str(SCRIPT.parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str], *, kill_after: float | None = None) -> float:
    """Let the publisher go on, kill it after so many seconds; return how long it ran."""
    assert process.stdin is not None
    began = time.perf_counter()
    process.stdin.write("go\n")
    process.stdin.flush()
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return time.perf_counter() - began


def content(version: Version) -> dict[str, str]:
    return {entry.path: entry.sha256 for entry in version.manifest.files}


@pytest.mark.faults
def test_a_killed_publication_leaves_a_whole_version_and_the_next_converges(
    tmp_path: Path, fault_rounds: int
) -> None:
    root = tmp_path / "store"
    root.mkdir()
    log = CommitLog(open_store(root), "catalogue")
    duration = finish(start(root, stage(tmp_path / "s0", "v0"), manifest("r0", "v0"), tmp_path))
    moments = random.Random(SEED)
    for number in range(1, fault_rounds + 1):
        staged = stage(tmp_path / f"s{number}", f"v{number}")
        before = log.head()
        process = start(root, staged, manifest(f"r{number}", f"v{number}"), tmp_path)
        finish(process, kill_after=moments.uniform(0, 1.1 * duration))

        head = log.head()
        assert verify(head) == []
        landed = head.manifest.key == f"v{number}"
        assert landed or content(head) == content(before)

        if not landed:
            # Both ways to run it again: as a new run, and as the same run retried.
            run_id = f"r{number}-again" if number % 2 else f"r{number}"
            finish(start(root, staged, manifest(run_id, f"v{number}"), tmp_path))
        converged = log.head()
        assert converged.number == before.number + 1
        assert verify(converged) == []
        assert converged.manifest.key == f"v{number}"
        assert converged.read_bytes("07.bin") == (staged / "07.bin").read_bytes()
