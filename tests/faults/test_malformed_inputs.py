"""Generated malformed inputs: one line that names the file, or every row accounted for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reelhouse.catalogue.check import check_rows
from reelhouse.catalogue.workspace import Workspace, workspace
from reelhouse.errors import ReelhouseError
from reelhouse.sources import read_titles
from reelhouse.sources.genres import read_genres
from reelhouse.sources.ratings import partition_ratings, spill_ratings
from reelhouse.sources.title_names import read_title_names
from tasks.suites import EXPECTATIONS, SuiteRun
from tests.faults import malformed
from tests.faults.malformed import Malformed

#: What of a hundred generated inputs each test takes.
SHARES = {"titles": 30, "ratings": 40, "names": 20, "archives": 10}


@pytest.fixture
def generated(request: pytest.FixtureRequest) -> Callable[[str, st.SearchStrategy[Any]], Any]:
    """Runs a check over so many generated inputs as the option --malformed says."""
    number: int = request.config.getoption("--malformed")

    def over(kind: str, inputs: st.SearchStrategy[Any]) -> Any:
        options = settings(
            max_examples=max(number * SHARES[kind] // 100, 1),
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        return lambda check: options(given(inputs)(check))()

    return over


def assert_one_line(error: ReelhouseError, path: Path) -> None:
    assert path.name in str(error)
    assert len(str(error).splitlines()) == 1, repr(str(error))


@pytest.mark.faults
def test_titles(generated: Any, tmp_path: Path) -> None:
    header, rows = malformed.titles()
    suite = SuiteRun(EXPECTATIONS / "titles.json")
    path = tmp_path / "titles.csv"

    def read(content: bytes) -> list[dict[str, Any]] | None:
        shutil.rmtree(tmp_path / "work", ignore_errors=True)
        path.write_bytes(content)
        with workspace(keep=tmp_path / "work") as work:
            try:
                snapshot = read_titles(str(path), work.source)
            except ReelhouseError as error:
                assert_one_line(error, path)
                return None
            found = check_rows(work, snapshot.parts, "titles.csv", suite.judge, None)
            assert found.rows_in == snapshot.n_rows == found.good + found.quarantined
            assert (
                pq.read_metadata(work.staged / "quarantine.parquet").num_rows == found.quarantined
            )
            return [row for part in Workspace.parts(work.good) for row in _rows(part)]

    good = read("\n".join([header, *rows, ""]).encode())
    assert good is not None
    assert len(good) == len(rows)

    @generated("titles", malformed.damaged_rows(header, rows, ","))
    def check(case: Malformed) -> None:
        found = read(case.content)
        assert found is not None or not case.mild
        if found is not None:
            assert [good[at] for at in case.untouched if good[at] not in found] == []


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return [{name: value for name, value in row.items() if name != "row"} for row in rows]


def read_ratings(path: Path, scratch: Path) -> set[tuple[Any, ...]] | None:
    """The good ratings of a file whose rows add up; None when it is refused in one line."""
    try:
        spill = spill_ratings(str(path), scratch / "spill", n_threads=1)
        snapshot = partition_ratings(spill, scratch / "out", n_threads=1)
    except ReelhouseError as error:
        assert_one_line(error, path)
        return None
    bad = sum(pq.read_metadata(part).num_rows for part in snapshot.quarantine)
    parts = [pq.read_table(part.path).to_pylist() for part in snapshot.parts]
    found = {tuple(row.values()) for part in parts for row in part}
    assert (len(found), bad) == (snapshot.n_good, snapshot.n_quarantined)
    assert snapshot.n_good + snapshot.n_quarantined == snapshot.n_rows
    return found


@pytest.mark.faults
def test_ratings(generated: Any, tmp_path: Path) -> None:
    path = tmp_path / "ratings.txt"
    good: dict[str, list[set[tuple[Any, ...]]]] = {}
    for layout in malformed.RATINGS:
        first, rows = malformed.ratings(layout)
        good[layout] = []
        for row in rows:
            path.write_text("\n".join([first] * bool(first) + [row, ""]))
            good[layout].append(read_ratings(path, tmp_path) or set())
        assert all(len(one) == 1 for one in good[layout])

    def of_layout(layout: str) -> st.SearchStrategy[tuple[str, Malformed]]:
        first, rows = malformed.ratings(layout)
        mark = malformed.RATINGS[layout][2]
        return st.tuples(st.just(layout), malformed.damaged_rows(first, rows, mark))

    @generated("ratings", st.sampled_from(list(malformed.RATINGS)).flatmap(of_layout))
    def check(drawn: tuple[str, Malformed]) -> None:
        layout, case = drawn
        path.write_bytes(case.content)
        found = read_ratings(path, tmp_path)
        assert found is not None or not case.mild
        if found is not None:
            assert set().union(*(good[layout][at] for at in case.untouched)) <= found


@pytest.mark.faults
def test_names_and_genres(generated: Any, tmp_path: Path) -> None:
    path = tmp_path / "titles.txt"

    def of_layout(layout: str) -> st.SearchStrategy[tuple[str, Malformed]]:
        first, rows = malformed.names(layout)
        mark = malformed.NAMES[layout][2]
        return st.tuples(st.just(layout), malformed.damaged_rows(first, rows, mark))

    @generated("names", st.sampled_from(list(malformed.NAMES)).flatmap(of_layout))
    def check(drawn: tuple[str, Malformed]) -> None:
        layout, case = drawn
        path.write_bytes(case.content)
        for reader in (read_title_names, read_genres):
            if layout == "movie_titles.csv" and reader is read_genres:
                continue
            try:
                result = reader(str(path))
            except ReelhouseError as error:
                assert_one_line(error, path)
                assert not case.mild
                continue
            held = {row["title_id"] for row in result.table.to_pylist()}
            assert {50 + at for at in case.untouched} <= held
            n_lines = len([line for line in case.content.splitlines() if line.strip()])
            assert len(result.table) + len(result.skipped) <= 2 * n_lines
            assert all(skipped.line >= 1 and skipped.reason for skipped in result.skipped)


@pytest.mark.faults
def test_archives(generated: Any, tmp_path: Path) -> None:
    first, rows = malformed.ratings("MovieLens csv")
    content = "\n".join([first, *rows, ""]).encode()
    path = tmp_path / "stored"
    path.write_bytes(content)
    good = read_ratings(path, tmp_path)
    assert good is not None

    @generated("archives", malformed.damaged_archive("ratings.csv", content))
    def check(stored: bytes) -> None:
        path.write_bytes(stored)
        found = read_ratings(path, tmp_path)
        # What passes the checksums of its packing is what was packed.
        assert found in (None, good)
