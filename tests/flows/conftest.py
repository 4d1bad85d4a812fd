"""A temporary Prefect server for a process's flow tests, and small published stores to copy."""

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.console import _PROGRESS
from flows.environment import prepare
from reelhouse.settings import PartitionSettings
from reelhouse.sources.synthetic import SyntheticSettings, write_catalogue, write_night
from reelhouse.sources.synthetic_ratings import SyntheticRatingsSettings, write_ratings
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import open_store
from reelhouse.storage.verify import verify
from reelhouse.viewers.settings import ViewerClusterSettings, ViewersSettings

SMALL = SyntheticSettings(n_titles=240, n_themes=4)
SMALL_RATINGS = SyntheticRatingsSettings(
    n_users=400, n_titles=150, n_ratings=16_000, n_groups=4, group_share=0.7
)


#: What mostly starts commands: another process runs it, with published stores of its own.
COMMANDS = ("test_readme", "test_killed_workers", "test_secrets", "test_starting")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Two groups, for two processes; each starts a server of its own, which takes seconds.
    for item in items:
        if "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.flow)
            group = "commands" if item.path.stem in COMMANDS else "prefect"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True, scope="session")
def prefect_server() -> Iterator[None]:
    prepare()
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=120),
        # Its thread makes every flow run wait a second at the end.
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@dataclass(frozen=True)
class Done:
    """What a command did: exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run `python -m flows ARGUMENTS` in this process."""
    from flows.__main__ import main

    loggers = [logging.getLogger(name) for name in _PROGRESS]
    before = [list(logger.handlers) for logger in loggers]

    def command(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["python -m flows", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capfd.readouterr()
        return Done(int(stopped.value.code or 0), captured.out, captured.err)

    yield command
    for logger, handlers in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic snapshot of 240 titles."""
    path = tmp_path_factory.mktemp("evening") / "netflix_titles.csv"
    write_catalogue(path, SMALL)
    return path


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The night after: 12 titles added, 3 removed, 5 edited."""
    path = tmp_path_factory.mktemp("night") / "netflix_titles.csv"
    write_night(path, SMALL, n_new=12, n_edited=5, n_removed=3)
    return path


@pytest.fixture(scope="session")
def published(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one version; not to be written."""
    from flows.catalogue import catalogue
    from reelhouse.catalogue.settings import CatalogueSettings

    store = tmp_path_factory.mktemp("published") / "store"
    catalogue(CatalogueSettings(titles=str(evening), store=str(store)))
    return store


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic ratings in the prize's layout, with names and genres beside them."""
    folder = tmp_path_factory.mktemp("raw")
    write_ratings(folder, SMALL_RATINGS, truth=folder / "truth.parquet")
    return folder


def viewers_settings(raw: Path, store: Path, **others: object) -> ViewersSettings:
    """Settings of a small run without pictures."""
    given: dict = {
        "clusters": ViewerClusterSettings(n_clusters=4),
        "partitions": PartitionSettings(rows_per_partition=5_000),
        "pictures": False,
    }
    return ViewersSettings(ratings=str(raw), store=str(store), **(given | others))


@pytest.fixture(scope="session")
def published_viewers(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one viewers version, with pictures; not to be written."""
    from flows.viewers import viewers

    store = tmp_path_factory.mktemp("viewers") / "store"
    viewers(viewers_settings(raw, store, pictures=True))
    return store


@pytest.fixture(scope="session")
def publications(
    published: Path, published_viewers: Path, night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A store with two catalogue versions and one of viewers; not to be written."""
    from flows.nightly import nightly
    from reelhouse.catalogue.settings import NightlySettings

    store = Path(shutil.copytree(published, tmp_path_factory.mktemp("all") / "store"))
    shutil.copytree(published_viewers / "viewers", store / "viewers")
    nightly(NightlySettings(titles=str(night), store=str(store)))
    return store


@pytest.fixture
def store(published: Path, tmp_path: Path) -> Path:
    """A store of the test's own, with one version."""
    return Path(shutil.copytree(published, tmp_path / "store"))


def versions(store: Path) -> list[int]:
    """Numbers of the versions that the store holds."""
    return [number for number, _ in CommitLog(open_store(store), "catalogue").versions()]


def assert_untouched(store: Path, number: int = 1) -> None:
    """Nothing was published, and the last version reads as it was written."""
    log = CommitLog(open_store(store), "catalogue")
    head = log.head()
    assert head is not None
    assert head.number == number
    assert verify(head) == []
