"""Options and fixtures of all tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pytest
from hypothesis import settings

from reelhouse.storage.manifest import RunManifest, new_run_id
from reelhouse.storage.publish import publish
from reelhouse.storage.store import Store, open_store
from reelhouse.storage.tables import write_parts, write_table
from reelhouse.storage.version import Version
from tests.support.gateway import DEBIAN_PACKAGES, Gateway, missing_programs
from tests.support.wheel import build_wheel, wheel_environment


def pytest_configure() -> None:
    # How long an example takes says more about the machine than about the code.
    settings.register_profile("reelhouse", deadline=None)
    settings.load_profile("reelhouse")


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, default, what in _COUNTS:
        parser.addoption(f"--{name}", type=int, default=default, help=f"{what} (default {default})")
    parser.addoption("--screenshots", metavar="FOLDER", help="where browser tests keep pictures")


#: How much of each fault test is done by default; `make faults` does all of it.
_COUNTS = (
    ("fault-rounds", 5, "random kills of each fault test"),
    ("server-kills", 2, "kills of the S3 server under load"),
    ("race-rounds", 3, "commit numbers that 16 writers race for"),
    ("race-commits", 4, "commits of each of 8 racing writers"),
    ("fit-kills", 3, "random kills of a fit"),
    ("mutations", 60, "damaged files that are read in every way"),
    ("malformed", 60, "generated malformed inputs, of all kinds together"),
    ("fault-points", 3, "calls at which each fault strikes, evenly spread; 0 for every call"),
)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name packed bytes by their kind: they hold the time, and workers must agree on names."""
    packed = isinstance(val, bytes) and val.startswith((b"\x1f\x8b", b"PK"))
    return f"packed {argname}" if packed else None


# When an item is modified it is too late: xdist has read its groups.
def pytest_itemcollected(item: pytest.Item) -> None:
    if "gateway" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.s3)
        # One process runs them all: a second one would start a second server.
        item.add_marker(pytest.mark.xdist_group("s3"))


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Callable[[str], int]:
    """The number that an option of the command line gives."""

    def of(option: str) -> int:
        number: int = request.config.getoption(f"--{option}")
        return number

    return of


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line about what a test tried; all of them stand at the end of the output."""
    return lambda line: record_property("tried", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == "tried"
    ]
    if lines:
        terminalreporter.section("what was tried")
        for line in sorted(lines):
            terminalreporter.line(line)


@pytest.fixture
def fault_rounds(count: Callable[[str], int]) -> int:
    return count("fault-rounds")


@pytest.fixture
def mutations(count: Callable[[str], int]) -> int:
    return count("mutations")


@pytest.fixture(scope="session")
def ceph() -> None:
    """Skip where the S3 server is not installed; fail where it is required."""
    missing = missing_programs()
    if not missing:
        return
    reason = f"no S3 server here, lacking {', '.join(missing)}: apt install {DEBIAN_PACKAGES}"
    if os.environ.get("REELHOUSE_REQUIRE_S3") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def gateway(ceph: None) -> Iterator[Gateway]:
    """A real S3 server that keeps its objects in memory."""
    with Gateway() as server:
        yield server


@pytest.fixture
def bucket(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> str:
    """URI of a new bucket; the environment leads to it."""
    for name, value in gateway.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{gateway.make_bucket()}"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data files; the test is skipped where there is none."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("REELHOUSE_DATA") or default)
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; REELHOUSE_DATA names another folder")
    return folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def only_the_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment variables for `wheel.ISOLATED`: it finds the wheel and what that requires."""
    return wheel_environment(wheel, tmp_path_factory.mktemp("wheel"))


class PublishRun(Protocol):
    """Publishes a small catalogue version whose content follows from `mark`."""

    def __call__(
        self, store: Store, mark: str, *, parent: int | None = None, key: str | None = None
    ) -> Version: ...


@pytest.fixture
def publish_run(tmp_path: Path) -> PublishRun:
    def publish_one(
        store: Store, mark: str, *, parent: int | None = None, key: str | None = None
    ) -> Version:
        token = secrets.token_hex(4)
        staged = tmp_path / f"staged-{token}"
        table = pa.table({"title_id": [mark, "b"], "year": pa.array([2020, 2021], pa.int32())})
        write_table(table, staged / "titles.parquet", table.schema)
        write_parts(table, staged / "assignments.parquet", table.schema, rows_per_part=1)
        (staged / "report").mkdir()
        (staged / "report" / "index.html").write_text(f"<p>{mark}</p>")
        now = datetime(2026, 11, 21, 5, 15, tzinfo=UTC)
        manifest = RunManifest(
            run_id=new_run_id(now, token),
            collection="catalogue",
            flow="test",
            key=key or mark,
            created_at=now,
        )
        return publish(store, "catalogue", staged, manifest, parent)

    return publish_one


#: Name, type, genres and cluster of each title of the small catalogue.
SMALL_TITLES = (
    ("Naruto", "TV Show", ["anime", "action"], 0),
    ("Bleach", "TV Show", ["anime", "action"], 0),
    ("Pokémon", "TV Show", ["anime"], 0),
    ("Narcos", "TV Show", ["crime", "drama"], 1),
    ("El Chapo", "TV Show", ["crime", "drama"], 1),
    ("Ozark", "TV Show", ["crime"], 1),
    ("The Crown", "TV Show", ["drama"], 2),
    ("The Crown", "Movie", ["drama", "action"], 2),
    ("[red]x[/red]", "Movie", ["drama"], 2),
    ("=SUM(A1)", "Movie", ["drama"], 2),
)


@pytest.fixture
def small_store(tmp_path: Path) -> Store:
    """A store of two versions whose vectors can be worked out by hand.

    The only features are the four genres, all equally rare: a title with two of them has 1/√2 at
    each. The centroids, over (action, anime, crime, drama), are (.6, .8, 0, 0), (0, 0, .8, .6)
    and (.6, 0, 0, .8). Title ids are t0, t1, ... Version 1 lacks the last title.
    """
    return _write_small_store(tmp_path)


@pytest.fixture(scope="session")
def small_store_to_read(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The same, for tests that only read it."""
    return _write_small_store(tmp_path_factory.mktemp("small"))


def _write_small_store(folder: Path) -> Store:
    store = open_store(folder / "small-store", create=True)
    n_first = len(SMALL_TITLES) - 1
    _publish_small(store, folder / "first", n_first, None)
    _publish_small(store, folder / "second", n_first + 1, 1)
    return store


def _publish_small(store: Store, staged: Path, n: int, parent: int | None) -> None:
    import numpy as np

    from reelhouse.catalogue.tables import (
        ClusterFacts,
        assignments_table,
        clusters_table,
        neighbours_table,
    )
    from reelhouse.clustering.assign import place
    from reelhouse.clustering.model import ClusterModel
    from reelhouse.clustering.registry import Lineage
    from reelhouse.features.fields import FIELDS
    from reelhouse.features.settings import TfidfSettings
    from reelhouse.features.tfidf import TfidfModel
    from reelhouse.schema import CHANGES, HIERARCHY, QUARANTINE, TITLES

    rows = [
        {
            "title_id": f"t{number}",
            "type": kind,
            "title": name,
            "listed_in": genres,
            "release_year": 2000 + number,
            "repaired": ["duration"] if name.startswith("=") else [],
        }
        for number, (name, kind, genres, _) in enumerate(SMALL_TITLES[:n])
    ]
    titles = pa.Table.from_pylist(rows, schema=TITLES)
    terms: dict[str, list[str]] = {field: [] for field in FIELDS}
    terms |= {"listed_in": ["action", "anime", "crime", "drama"]}
    held = {field: np.ones(len(terms[field]), np.int64) for field in FIELDS}
    features = TfidfModel(TfidfSettings(), 10, terms, held)
    model = ClusterModel(
        centroids=np.array([[0.6, 0.8, 0, 0], [0, 0, 0.8, 0.6], [0.6, 0, 0, 0.8]], np.float32),
        cluster_ids=np.array([0, 1, 2], np.int32),
        distance_limits=np.array([0.25, 0.15, 0.25], np.float32),
        sizes_at_fit=np.array([3, 3, 3], np.int64),
        distance_reference=np.linspace(0, 1, 101, dtype=np.float32),
        next_cluster_id=3,
    )
    placement = place(features.transform(titles), model.centroids)
    ids = titles["title_id"].to_pylist()
    assignments = assignments_table(ids, placement, model, version=1)
    lineage = [Lineage(number, "born", ()) for number in range(3)]
    facts = ClusterFacts(
        ["anime · action", "crime · drama", "drama · action"],
        [["anime", "action"], ["crime", "drama", "tv_show"], ["drama", "action"]],
        np.array([0.5, 0.4, np.nan], np.float32),
        lineage,
    )
    # Of the centroids 0 and 2 are the nearest.
    hierarchy = pa.table(
        {
            "node_id": list(range(5)),
            "parent_id": [3, 4, 3, 4, None],
            "height": [0.0, 0.0, 0.0, 1.131, 1.265],
            "cluster_id": [0, 1, 2, None, None],
            "size": [3, 3, 3, 6, 9],
            "name": [*facts.names, "action", "All titles"],
        },
        schema=HIERARCHY,
    )
    tables = {
        "titles": titles,
        "assignments": assignments,
        "clusters": clusters_table(facts, assignments, {}),
        "hierarchy": hierarchy,
        "neighbours": neighbours_table(model, hierarchy),
        "changes": CHANGES.empty_table(),
        "quarantine": QUARANTINE.empty_table(),
    }
    for name, table in tables.items():
        write_table(table, staged / f"{name}.parquet", table.schema)
    features.save(staged / "model")
    model.save(staged / "model")
    now = datetime(2026, 11, 20 + (parent or 0), 5, 15, tzinfo=UTC)
    manifest = RunManifest(
        run_id=new_run_id(now, f"cafe{n:04d}"),
        collection="catalogue",
        flow="nightly" if parent else "catalogue",
        key=f"small {n}",
        created_at=now,
        parent_version=parent,
        model_version=parent,
        counts={
            "rows_read": n + 1,
            "rows_good": n,
            "rows_quarantined": 1,
            "titles": n,
            "titles_added": 1 if parent else n,
            "titles_removed": 0,
            "titles_edited": 0,
        },
        results=(
            {"drift": {"outlier_share": 0.1, "n_new": 1, "limits": {"outlier_share": 0.2}}}
            if parent
            else {"clustering": {"n_clusters": 3, "reason": "the silhouette peaks at 3"}}
        ),
    )
    publish(store, "catalogue", staged, manifest, parent)
