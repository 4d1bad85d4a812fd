"""One server, one checkout and one worker for all live tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue, write_night
from tests.support.prefect_server import Platform
from tests.support.snapshots import Snapshots

ROOT = Path(__file__).resolve().parents[2]
#: Runs send a heartbeat every 30 s, Prefect's least; on a busy machine one of them may get lost.
LOST_AFTER = 70


def pytest_itemcollected(item: pytest.Item) -> None:
    # Every plugin sees every item: this one speaks of its own folder's.
    if "tests/live/" in item.nodeid:
        item.add_marker(pytest.mark.live)
        item.add_marker(pytest.mark.slow)
        # One process runs them all: a second one would start a second server.
        item.add_marker(pytest.mark.xdist_group("live"))


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    """The real snapshots of January and September 2021; synthetic ones where there are none."""
    default = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("REELHOUSE_DATA") or default) / "netflix_titles"
    if folder.is_dir():
        first, second = (folder / month / "netflix_titles.csv" for month in ("2021-01", "2021-09"))
        return Snapshots(first, second)
    made = tmp_path_factory.mktemp("snapshots")
    settings = SyntheticSettings(n_titles=2_000, n_themes=8)
    write_catalogue(made / "evening.csv", settings)
    write_night(made / "night.csv", settings, n_new=100, n_edited=5, n_removed=3)
    return Snapshots(made / "evening.csv", made / "night.csv")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone: what is committed and nothing else."""
    clone = tmp_path_factory.mktemp("live") / "reelhouse"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    return clone


@pytest.fixture(scope="session")
def platform(
    checkout: Path, snapshots: Snapshots, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A server with everything deployed from the checkout, and a worker."""
    with Platform(checkout, tmp_path_factory.mktemp("platform")) as started:
        started.deploy(TITLES=str(snapshots.night), LOST_AFTER=str(LOST_AFTER))
        started.start_worker()
        yield started


@pytest.fixture(scope="session")
def first_version(
    platform: Platform,
    checkout: Path,
    snapshots: Snapshots,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A copy of the deployed store as the first refit leaves it; not to be written."""
    run = platform.start_run("catalogue/catalogue", titles=str(snapshots.evening))
    platform.await_completed(run)
    copy = tmp_path_factory.mktemp("first") / "store"
    return Path(shutil.copytree(checkout / "reelhouse-store", copy))


@pytest.fixture(scope="session")
def deployed_store(first_version: Path, checkout: Path) -> Path:
    """The store that is deployed, `reelhouse-store` in the checkout, with a first version."""
    return checkout / "reelhouse-store"


@pytest.fixture
def store(first_version: Path, tmp_path: Path) -> Path:
    """A store of the test's own, with one version."""
    return Path(shutil.copytree(first_version, tmp_path / "store"))
