from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.catalogue.check import CheckedRows, check_rows
from reelhouse.catalogue.identify import keys_of_parts, old_titles
from reelhouse.catalogue.workspace import Workspace
from reelhouse.identity import Keys
from reelhouse.quality import RowFailure
from reelhouse.schema import QUARANTINE

if TYPE_CHECKING:
    from tests.unit.catalogue.conftest import Catalogue


def judge(frame: pd.DataFrame) -> list[RowFailure]:
    """Rows without a year, and repeats."""
    found = []
    for column, bad, reason in (
        ("release_year", frame["release_year"].isna(), "no year"),
        ("repeats", frame["repeats"].notna(), "again"),
    ):
        positions = np.flatnonzero(bad.to_numpy())
        found += [RowFailure(int(at), column, f"rule({column})", reason) for at in positions]
    return found


def checked(
    catalogue: Catalogue, name: str, rows: list[dict[str, Any]], cuts: tuple[int, ...] = ()
) -> tuple[Workspace, CheckedRows]:
    work = catalogue.work(name)
    parts = catalogue.write(work.source, rows, cuts)
    return work, check_rows(work, parts, "file.csv", judge, None)


def wild(catalogue: Catalogue) -> list[dict[str, Any]]:
    rows = catalogue.rows(2)
    return [
        *rows,
        rows[1] | {"rating": "PG"},  # repeats row 2
        catalogue.title("court", 5, release_year=None),
        catalogue.title("court", 6, repaired=["rating"]),
        catalogue.title("court", 7, release_year=None, repaired=["title"]),
    ]


@pytest.mark.parametrize("cuts", [(), (1, 1, 4, 9), (7,)])
def test_counts_add_up_however_the_snapshot_is_cut(
    catalogue: Catalogue, cuts: tuple[int, ...]
) -> None:
    work, found = checked(catalogue, "one", wild(catalogue), cuts)
    assert (found.rows_in, found.good, found.quarantined, found.repaired) == (10, 7, 3, 1)
    good = pa.concat_tables([pq.read_table(part) for part in Workspace.parts(work.good)])
    assert good["row"].to_pylist() == [1, 2, 3, 4, 5, 6, 9]
    quarantine = pq.read_table(work.staged / "quarantine.parquet")
    assert quarantine.schema.equals(QUARANTINE)
    assert quarantine.select(["row", "column", "value", "reason"]).to_pylist() == [
        {"row": 7, "column": "title", "value": "Kitchen 0", "reason": "again"},
        {"row": 8, "column": "release_year", "value": None, "reason": "no year"},
        {"row": 10, "column": "release_year", "value": None, "reason": "no year"},
    ]
    assert set(quarantine["source"].to_pylist()) == {"file.csv"}
    assert json.loads(quarantine["raw"][0].as_py()) == ["kitchen", "0"]
    assert found.places["quarantined_share"] == "row 7: again; row 8: no year"


def test_partitions_may_be_gone_through_in_ranges_and_the_newest_date_is_found(
    catalogue: Catalogue,
) -> None:
    rows = wild(catalogue)
    rows[2] |= {"date_added": date(2021, 9, 24)}
    rows[6] |= {"date_added": date(2021, 9, 25)}  # repeats row 2: not a good row
    work = catalogue.work("one")
    parts = catalogue.write(work.source, rows, (1, 4, 9))
    met: list[int] = []

    def go_through(check: Callable[[range], None], n_parts: int) -> None:
        met.append(n_parts)
        check(range(0, 1))
        check(range(1, 3))
        check(range(3, n_parts))

    found = check_rows(work, parts, "file.csv", judge, None, go_through=go_through)
    assert met == [4]
    assert (found.rows_in, found.good, found.quarantined, found.repaired) == (10, 7, 3, 1)
    assert found.newest == date(2021, 9, 24)
    _, at_once = checked(catalogue, "two", rows, (1, 4, 9))
    assert at_once == found


def test_the_stored_keys_are_those_of_the_good_rows(catalogue: Catalogue) -> None:
    work, _ = checked(catalogue, "one", wild(catalogue), (4,))
    kept, expected = Keys.load(work.keys), keys_of_parts(Workspace.parts(work.good))
    assert np.array_equal(kept.content, expected.content)


def test_a_title_whose_row_is_broken_tonight_has_not_disappeared(catalogue: Catalogue) -> None:
    rows = catalogue.rows(2)
    before, _ = catalogue.identified("before", rows)
    old = old_titles(Workspace.parts(before.titles))
    work = catalogue.work("tonight")
    parts = catalogue.write(work.source, [rows[0] | {"release_year": None}, *rows[2:]])
    found = check_rows(work, parts, "file.csv", judge, old)
    assert found.quarantined == 1
    assert found.facts["known_before"] == 6
    assert found.facts["disappeared_titles"] == 1  # row 2, which is not there at all
    assert found.facts["disappeared_share"] == pytest.approx(1 / 6)


def test_a_snapshot_of_which_nothing_is_good_has_empty_partitions(catalogue: Catalogue) -> None:
    rows = [catalogue.title("court", at, release_year=None) for at in range(3)]
    work, found = checked(catalogue, "one", rows, (2,))
    assert (found.good, found.quarantined) == (0, 3)
    assert found.facts["quarantined_share"] == 1.0
    assert [pq.read_metadata(part).num_rows for part in Workspace.parts(work.good)] == [0, 0]
    assert len(Keys.load(work.keys)) == 0
