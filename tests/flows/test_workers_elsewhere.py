"""Workers that have the wheel and nothing else publish the same bytes as workers started here."""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.artifacts import Artifact

from flows.catalogue import catalogue
from flows.nightly import nightly
from flows.viewers import viewers
from reelhouse.catalogue.settings import CatalogueSettings, NightlySettings
from reelhouse.compute import ComputePlace
from reelhouse.runs.base import open_base
from reelhouse.settings import ClusterSettings, PartitionSettings
from reelhouse.storage.verify import verify
from tasks import dashboard
from tests.flows.conftest import viewers_settings
from tests.support.remote_dask import RemoteDask
from tests.support.wheel import ISOLATED

pytestmark = [pytest.mark.slow, pytest.mark.live]

#: Packages whose names may be in a pickle for Dask: what the wheel requires, and Python itself.
MAY_BE_SENT = {
    *("reelhouse", "dask", "dask_ml", "distributed", "numpy"),
    *("builtins", "functools", "pathlib", "posix"),
}


@pytest.fixture(scope="module")
def elsewhere(
    only_the_wheel: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RemoteDask]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with RemoteDask(ISOLATED, folder, only_the_wheel, [only_the_wheel] * 2) as there:
        yield there


def files(store: Path, collection: str) -> dict[str, str]:
    """sha256 of every file of the version in force."""
    version = open_base(str(store), collection, create=False).required()
    assert verify(version) == []
    return {entry.path: entry.sha256 for entry in version.manifest.files}


def publish_all(store: Path, evening: Path, night: Path, raw: Path, dask: str) -> dict[str, Any]:
    """A refit, the night after it and a viewers run; the files of each."""
    titles = {
        "store": str(store),
        "partitions": PartitionSettings(rows_per_partition=50, dask=dask),
    }
    clusters = ClusterSettings(n_clusters=4)
    found = {}
    catalogue(CatalogueSettings(titles=str(evening), clusters=clusters, **titles))
    found["catalogue"] = files(store, "catalogue")
    nightly(NightlySettings(titles=str(night), **titles))
    found["nightly"] = files(store, "catalogue")
    ratings = PartitionSettings(rows_per_partition=3_000, dask=dask)
    viewers(viewers_settings(raw, store, partitions=ratings))
    found["viewers"] = files(store, "viewers")
    return found


@pytest.fixture(scope="module")
def here(
    evening: Path, night: Path, raw: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    store = tmp_path_factory.mktemp("here") / "store"
    return publish_all(store, evening, night, raw, "processes")


def names_in(content: bytes, buffers: list[Any]) -> set[str]:
    """What a pickle takes from modules, as `module:name`."""
    found = set()

    class Watching(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found.add(f"{module}:{name}")
            return super().find_class(module, name)

    Watching(io.BytesIO(content), buffers=buffers).load()
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What this process pickles for Dask, as `module:name`."""
    from distributed.protocol import pickle as theirs

    found: set[str] = set()
    dumps: Callable[..., bytes] = theirs.dumps

    def watched(x: Any, *, buffer_callback: Any = None, protocol: int = 5) -> bytes:
        buffers: list[Any] = []

        def keep(buffer: Any) -> Any:
            buffers.append(buffer)
            return buffer_callback(buffer)

        given = keep if buffer_callback is not None else None
        content = dumps(x, buffer_callback=given, protocol=protocol)
        found.update(names_in(content, buffers))
        return content

    monkeypatch.setattr(theirs, "dumps", watched)
    return found


def test_workers_with_only_the_wheel_publish_the_same_files(
    here: dict[str, Any],
    elsewhere: RemoteDask,
    sent: set[str],
    evening: Path,
    night: Path,
    raw: Path,
    tmp_path: Path,
) -> None:
    there = publish_all(tmp_path / "store", evening, night, raw, elsewhere.address)
    assert there == here
    for published in there.values():
        assert "assignments.parquet" in published
    # Nothing of the flows or their tasks, nothing that only they need, no function by its code.
    assert {name.partition(":")[0].partition(".")[0] for name in sent} <= MAY_BE_SENT
    assert "reelhouse.matrix:_store_features" in sent, "the watch sees functions that are sent"


def test_the_run_links_to_the_dashboard_of_its_own_workers(here: dict[str, Any]) -> None:
    link = Artifact.get("dask-dashboard")
    assert link is not None
    assert re.search(r"\(http://localhost:\d+/status\)", str(link.data))


def test_threads_and_a_scheduler_without_pages_have_no_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    monkeypatch.setattr(dashboard, "create_link_artifact", lambda link, **_: made.append(link))
    dashboard.link_dashboard(ComputePlace("threads"))
    assert made == []
    dashboard.link_dashboard(ComputePlace("tcp://host:8786", "http://host:8787/status"))
    assert made == ["http://host:8787/status"]


@pytest.mark.realdata
def test_real_titles_are_placed_the_same_elsewhere_and_in_threads(
    real_data: Path, elsewhere: RemoteDask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = real_data / "netflix_titles" / "2021-09" / "netflix_titles.csv"

    def placed(store: Path) -> dict[str, str]:
        catalogue(
            CatalogueSettings(
                titles=str(titles),
                store=str(store),
                clusters=ClusterSettings(n_clusters=12, passes=2, restarts=1),
                partitions=PartitionSettings(rows_per_partition=3_000),
            )
        )
        return files(store, "catalogue")

    monkeypatch.setenv("REELHOUSE_DASK", "threads")
    here = placed(tmp_path / "here")
    # As a deployment's run finds it: `auto` in its parameters, the address in its environment.
    monkeypatch.setenv("REELHOUSE_DASK", elsewhere.address)
    assert placed(tmp_path / "there") == here
