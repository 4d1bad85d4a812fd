from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reelhouse.catalogue.workspace import workspace as catalogue_workspace
from reelhouse.scratch import abandoned_folders, remove_abandoned, scratch_folder
from reelhouse.viewers.workspace import workspace as viewers_workspace

ROOT = Path(__file__).resolve().parents[2]
OWNER = """
import sys, time
from reelhouse.scratch import scratch_folder
with scratch_folder("test") as folder:
    (folder / "data").write_bytes(b"x" * 1000)
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def make_old(folder: Path) -> None:
    an_hour_ago = time.time() - 3600
    os.utime(folder / ".in-use", (an_hour_ago, an_hour_ago))


def owned(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process with a scratch folder that looks old."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdout=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(parent), "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    make_old(folder)
    return process, folder


@pytest.mark.parametrize("make", [scratch_folder, catalogue_workspace, viewers_workspace])
def test_a_scratch_folder_is_gone_afterwards_also_after_an_error(parent: Path, make) -> None:
    def fail() -> None:
        with make():
            assert len(list(parent.iterdir())) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(parent.iterdir()) == []


@pytest.mark.parametrize("make", [catalogue_workspace, viewers_workspace])
def test_every_workspace_is_locked_while_it_is_in_use(parent: Path, make) -> None:
    with make():
        (folder,) = parent.iterdir()
        make_old(folder)
        assert abandoned_folders() == []


def test_a_folder_goes_with_its_process_and_not_before(parent: Path) -> None:
    process, folder = owned(parent)
    try:
        assert abandoned_folders() == []
        assert not remove_abandoned(folder)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    (found,) = abandoned_folders()
    assert (found.path, found.size) == (folder, 1000)
    assert remove_abandoned(folder)
    assert list(parent.iterdir()) == []


def test_a_young_folder_stays(parent: Path) -> None:
    (parent / "reelhouse-x").mkdir()
    (parent / "reelhouse-x" / ".in-use").touch()
    assert abandoned_folders() == []
    make_old(parent / "reelhouse-x")
    assert [one.path.name for one in abandoned_folders()] == ["reelhouse-x"]


def test_what_is_no_scratch_folder_stays(parent: Path) -> None:
    real = parent / "elsewhere"
    real.mkdir()
    (real / ".in-use").touch()
    make_old(real)
    (parent / "reelhouse-link").symlink_to(real)
    # As --checkpoints may be told to: it has no lock file.
    (parent / "reelhouse-checkpoints").mkdir()
    (parent / "reelhouse-checkpoints" / "fit-1.safetensors").touch()
    (parent / "reelhouse-file").touch()
    (parent / "reelhouse-odd").mkdir()
    (parent / "reelhouse-odd" / ".in-use").symlink_to(real / ".in-use")
    assert abandoned_folders() == []
    for path in parent.iterdir():
        assert not remove_abandoned(path) or path == real
    assert (parent / "reelhouse-checkpoints" / "fit-1.safetensors").exists()
    assert (parent / "reelhouse-odd").exists()
