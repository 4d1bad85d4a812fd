from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse.errors import StoreError
from reelhouse.storage.tables import write_parts, write_table

SCHEMA = pa.schema([pa.field("n", pa.int64(), nullable=False), pa.field("s", pa.string())])


def rows(*numbers: int) -> pa.Table:
    return pa.table({"n": list(numbers), "s": [str(n) for n in numbers]})


def test_a_table_is_compressed_and_checksummed(tmp_path: Path) -> None:
    assert write_table(rows(1, 2), tmp_path / "t.parquet", SCHEMA) == 2
    file = pq.ParquetFile(tmp_path / "t.parquet", page_checksum_verification=True)
    assert file.read().to_pydict() == {"n": [1, 2], "s": ["1", "2"]}
    assert file.schema_arrow.equals(SCHEMA)
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_columns_may_come_in_another_order_and_a_narrower_type(tmp_path: Path) -> None:
    table = pa.table({"s": ["x"], "n": pa.array([1], pa.int8())})
    write_table(table, tmp_path / "t.parquet", SCHEMA)
    assert pq.read_table(tmp_path / "t.parquet").to_pydict() == {"n": [1], "s": ["x"]}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pa.table({"n": [1]}), "is given the columns n, required are n, s"),
        (pa.table({"n": [1], "s": ["a"], "x": [1]}), "is given the columns n, s, x"),
        (pa.table({"n": [None], "s": ["a"]}), "column n has nulls, required are none"),
        (pa.table({"n": [1.5], "s": ["a"]}), "does not fit its schema"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_left(
    tmp_path: Path, table: pa.Table, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        write_table(table, tmp_path / "t.parquet", SCHEMA)
    with pytest.raises(StoreError, match=message):
        write_parts(table, tmp_path / "p.parquet", SCHEMA, rows_per_part=1)
    assert list(tmp_path.iterdir()) == []


def test_a_stream_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_table(rows(1), path, SCHEMA)

    def failing() -> Iterator[pa.Table]:
        yield rows(2)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        write_table(failing(), path, SCHEMA)
    assert pq.read_table(path)["n"].to_pylist() == [1]
    assert list(tmp_path.iterdir()) == [path]


def test_no_rows_make_an_empty_table_of_the_schema(tmp_path: Path) -> None:
    assert write_table(iter([]), tmp_path / "t.parquet", SCHEMA) == 0
    assert pq.read_schema(tmp_path / "t.parquet").equals(SCHEMA)
    parts = write_parts(iter([]), tmp_path / "p.parquet", SCHEMA, rows_per_part=3)
    assert [part.name for part in parts] == ["part-00000.parquet"]


def test_parts_replace_older_parts(tmp_path: Path) -> None:
    folder = tmp_path / "p.parquet"
    assert len(write_parts(rows(1, 2, 3), folder, SCHEMA, rows_per_part=1)) == 3
    assert write_parts(rows(9), folder, SCHEMA, rows_per_part=1) == [folder / "part-00000.parquet"]
    assert sorted(path.name for path in folder.iterdir()) == ["part-00000.parquet"]


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 9), max_size=8), rows_per_part=st.integers(1, 10))
def test_rows_keep_their_order_whatever_the_batches(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], rows_per_part: int
) -> None:
    folder = tmp_path_factory.mktemp("parts") / "p.parquet"
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    batches = [rows(*range(start, start + size)) for start, size in zip(starts, sizes, strict=True)]
    parts = write_parts(iter(batches), folder, SCHEMA, rows_per_part=rows_per_part)
    lengths = [pq.read_metadata(part).num_rows for part in parts]
    read = [n for part in parts for n in pq.read_table(part)["n"].to_pylist()]
    assert read == list(range(sum(sizes)))
    assert all(length == rows_per_part for length in lengths[:-1])


def test_record_batches_become_row_groups_of_bounded_size(tmp_path: Path) -> None:
    batches = (rows(n).cast(SCHEMA).to_batches()[0] for n in range(5))
    assert write_table(batches, tmp_path / "t.parquet", SCHEMA, row_group=2) == 5
    assert pq.read_metadata(tmp_path / "t.parquet").num_row_groups == 3
