from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.storage import sorted_parts
from reelhouse.storage.sorted_parts import write_piece, write_sorted
from reelhouse.storage.tables import write_table
from reelhouse.storage.version import _may_hold

SCHEMA = pa.schema([pa.field("key", pa.int32(), nullable=False), pa.field("rank", pa.int32())])


def rows(*keys: int) -> pa.Table:
    """Two ranks of each key."""
    doubled = [key for key in keys for _ in range(2)]
    return pa.table({"key": doubled, "rank": [1, 2] * len(keys)}, schema=SCHEMA)


@pytest.fixture
def pieces(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.parquet" for number in range(3)]
    for path, keys in zip(paths, [(1, 4, 9), (), (2, 3, 7)], strict=True):
        write_piece(rows(*keys), path)
    return paths


def test_pieces_become_one_sorted_file(pieces: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "t.parquet"
    assert write_sorted(pieces, target, SCHEMA, order=("key", "rank"), first=[1]) == 12
    assert pq.read_table(target).equals(rows(1, 2, 3, 4, 7, 9))


def test_every_part_holds_the_keys_from_its_first_on(
    pieces: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorted_parts, "_GROUP", 2)
    target = tmp_path / "t.parquet"
    assert write_sorted(pieces, target, SCHEMA, order=("key", "rank"), first=[1, 3, 8]) == 12
    found = [pq.read_table(part) for part in sorted(target.iterdir())]
    assert [set(part["key"].to_pylist()) for part in found] == [{1, 2}, {3, 4, 7}, {9}]
    assert pa.concat_tables(found).equals(rows(1, 2, 3, 4, 7, 9))


def test_rows_are_finished_part_by_part(pieces: list[Path], tmp_path: Path) -> None:
    sizes = []

    def finish(part: pa.Table) -> pa.Table:
        sizes.append(part.num_rows)
        return part.set_column(1, SCHEMA.field("rank"), pa.array([0] * part.num_rows, pa.int32()))

    target = tmp_path / "t.parquet"
    write_sorted(pieces, target, SCHEMA, order=("key", "rank"), first=[1, 4], finish=finish)
    assert sizes == [6, 6]
    assert set(pq.read_table(target)["rank"].to_pylist()) == {0}


def test_a_row_group_is_passed_over_when_its_statistics_exclude_the_key(tmp_path: Path) -> None:
    write_table(rows(1, 5), tmp_path / "t.parquet", SCHEMA, row_group=2)
    about = pq.read_metadata(tmp_path / "t.parquet")
    groups = [about.row_group(number).column(0).statistics for number in range(2)]
    assert [_may_hold(statistics, 5) for statistics in groups] == [False, True]
    assert _may_hold(None, 5)
