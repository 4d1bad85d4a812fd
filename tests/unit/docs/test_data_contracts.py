"""Every published column says what it means, and the file itself says it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from docs.data_contracts import data_contracts
from docs.published_tables import PUBLISHED, SOURCES, PublishedTable
from reelhouse.schema import column, told
from reelhouse.storage.tables import write_table

ALL = (*PUBLISHED, *SOURCES)


@pytest.mark.parametrize("table", ALL, ids=lambda one: f"{one.collection}-{one.name}")
def test_every_column_of_a_table_has_a_meaning(table: PublishedTable) -> None:
    assert [field.name for field in table.schema if not told(field).meaning] == []


def test_a_file_says_what_its_columns_mean(tmp_path: Path) -> None:
    schema = pa.schema(
        [
            column("status", pa.string(), "how it ended", null=False, values=("done", "failed")),
            column("seconds", pa.float64(), "how long it took", unit="seconds"),
        ]
    )
    rows = pa.table({"status": ["done"], "seconds": [1.5]})
    write_table(rows, tmp_path / "x.parquet", schema)
    status, seconds = pq.read_schema(tmp_path / "x.parquet")
    assert told(status) == ("how it ended", "", ("done", "failed"))
    assert told(seconds) == ("how long it took", "seconds", ())
    assert (status.nullable, seconds.nullable) == (False, True)


def test_schemas_that_differ_in_their_words_alone_are_equal() -> None:
    one = pa.schema([column("size", pa.int64(), "titles")])
    assert one == pa.schema([column("size", pa.int64(), "users")])


def test_a_rule_stands_in_the_document_with_its_limits_level_and_reason(tmp_path: Path) -> None:
    rule = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "year", "min_value": 1888},
        "meta": {"level": "row", "reason": "the year is {value}"},
    }
    suite = {"meta": {"judges": "every row"}, "expectations": [rule]}
    (tmp_path / "years.json").write_text(json.dumps(suite))
    lines = data_contracts(tmp_path).splitlines()
    assert "### years.json" in lines
    assert (
        "| `year` | values to be between: min_value `1888` | row | the year is {value} |" in lines
    )


def test_a_column_stands_in_the_document_with_type_null_values_and_meaning(tmp_path: Path) -> None:
    assert (
        "| `change` | string | no | `added`, `removed`, `edited`, `moved` "
        "| what happened; `moved` in refits only |" in data_contracts(tmp_path).splitlines()
    )
