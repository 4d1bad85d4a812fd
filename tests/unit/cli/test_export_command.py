from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.published_tables import PUBLISHED
from reelhouse.cli.export import Table
from reelhouse.export import as_cells, export_csv, unescaped
from reelhouse.storage.commits import CommitLog
from reelhouse.storage.store import Store

CATALOGUE = (
    "titles",
    "assignments",
    "clusters",
    "hierarchy",
    "neighbours",
    "changes",
    "quarantine",
)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("lead", list("=+-@\t\r\n\0＝＋－＠"))
def test_what_a_spreadsheet_takes_for_a_formula_is_escaped(lead: str) -> None:
    cells = as_cells(pa.table({"title": [f"{lead}1", f"a{lead}"], "cast": [[f"{lead}x"], ["a"]]}))
    assert cells.to_pylist() == [
        {"title": f"'{lead}1", "cast": f"'{lead}x"},
        {"title": f"a{lead}", "cast": "a"},
    ]


LEADS = list("=+-@\t\r\0")
DISGUISES = ["", " ", "  ", '"', " '", "'", "\u00a0", "\ufeff", "\u200b", "\u3000", "\n", '""']
SCHEMAS = {
    f"{table.collection}/{table.name.removesuffix('.parquet')}": table.schema for table in PUBLISHED
}
EVERY_COLUMN = [
    (table, field.name)
    for table, held in SCHEMAS.items()
    for field in held
    if pa.types.is_string(field.type) or pa.types.is_list(field.type)
]


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN)
def test_every_text_column_of_every_table_is_escaped_behind_every_disguise(
    table: str, column: str
) -> None:
    field = SCHEMAS[table].field(column)
    if pa.types.is_list(field.type) and not pa.types.is_string(field.type.value_type):
        numbers = pa.array([[-1, 2]], field.type)
        texts = [", ".join(str(number) for number in numbers[0].as_py())]
        cells = pa.table({column: numbers})
    else:
        texts = [f"{disguise}{lead}1+1" for lead in LEADS for disguise in DISGUISES]
        held = [[text, "x"] for text in texts] if pa.types.is_list(field.type) else texts
        texts = [", ".join(text) if isinstance(text, list) else text for text in held]
        cells = pa.table({column: pa.array(held, field.type)})
    escaped = as_cells(cells)[column]
    assert escaped.to_pylist() == [f"'{text}" for text in texts]
    assert unescaped(escaped).to_pylist() == texts


@pytest.mark.parametrize("table", SCHEMAS)
def test_numbers_and_dates_stay_what_they_are(table: str) -> None:
    numbers = [
        field
        for field in SCHEMAS[table]
        if not (pa.types.is_string(field.type) or pa.types.is_list(field.type))
    ]
    held = {field.name: pa.array([-1, None], pa.int32()).cast(field.type) for field in numbers}
    cells = as_cells(pa.table(held))
    assert cells.schema.types == [field.type for field in numbers]
    assert cells.to_pydict() == pa.table(held).to_pydict()


@given(st.lists(st.none() | st.text() | st.text("=+-@'\" \t\r\0\ufeffa", max_size=6)))
def test_escaping_can_be_undone_exactly(texts: list[str | None]) -> None:
    table = pa.table({"title": pa.array(texts, pa.string())})
    assert unescaped(as_cells(table)["title"]).to_pylist() == texts


def test_a_name_of_a_column_is_escaped_too() -> None:
    assert as_cells(pa.table({"=1+1": [1]})).column_names == ["'=1+1"]


def test_numbers_and_nulls_are_left_alone() -> None:
    table = pa.table({"n": [-1.5, None], "s": ["", None], "ids": [[-1, 2], None]})
    assert as_cells(table).to_pylist() == [
        {"n": -1.5, "s": "", "ids": "'-1, 2"},
        {"n": None, "s": None, "ids": None},
    ]


def test_a_null_within_a_list_is_left_out() -> None:
    assert as_cells(pa.table({"a": [["x", None, "y"]]}))["a"].to_pylist() == ["x, y"]


def test_csv_goes_to_stdout(ask) -> None:
    answer = ask("export", "--table", "titles")
    rows = rows_of(answer.out)
    assert answer.status == 0
    assert [row["title_id"] for row in rows] == [f"t{n}" for n in range(10)]
    assert rows[0]["listed_in"] == "anime, action"
    assert rows[9]["title"] == "'=SUM(A1)"


def test_a_file_is_written_whole(ask, tmp_path: Path) -> None:
    for name in ("titles.csv", "titles.parquet"):
        path = tmp_path / name
        answer = ask(
            "export",
            "--table",
            "titles",
            "--format",
            path.suffix[1:],
            "--output",
            str(path),
            "--json",
        )
        assert json.loads(answer.out) == {
            "version": 2, "table": "titles", "rows": 10, "file": str(path),
        }  # fmt: skip
    assert len(rows_of((tmp_path / "titles.csv").read_text())) == 10
    assert pq.read_table(tmp_path / "titles.parquet")["listed_in"][0].as_py() == ["anime", "action"]
    assert not list(tmp_path.glob("*partial*"))


@pytest.mark.parametrize("table", CATALOGUE)
def test_every_table_can_be_exported(ask, table: str) -> None:
    answer = ask("export", "--table", table, "--version", "1")
    assert answer.status == 0
    assert answer.out.startswith('"')


def test_export_knows_every_published_table() -> None:
    assert {table.value for table in Table} == {
        table.name.removesuffix(".parquet") for table in PUBLISHED
    }


def test_parquet_needs_a_file(ask) -> None:
    assert ask("export", "--table", "titles", "--format", "parquet").status == 2
    assert ask("export", "--table", "magic").status == 2


@pytest.mark.parametrize("place", ["no-such-folder/a.csv", "."])
def test_a_place_that_cannot_be_written_is_one_line(ask, tmp_path: Path, place: str) -> None:
    answer = ask("export", "--table", "titles", "--output", str(tmp_path / place))
    assert answer.status == 1
    assert "cannot be written" in answer.err


def test_parts_are_written_under_one_header(publish_run, tmp_path: Path) -> None:
    from reelhouse.storage.store import open_store

    store: Store = open_store(tmp_path / "parts", create=True)
    publish_run(store, "one")  # its assignments are two parts of one row
    target = io.BytesIO()
    version = CommitLog(store, "catalogue").head()
    assert export_csv(version, "assignments", target) == 2
    assert target.getvalue() == b'"title_id","year"\n"one",2020\n"b",2021\n'


def test_a_pipe_or_a_link_is_refused_and_left_as_it_is(ask, tmp_path: Path) -> None:
    pipe, link, aim = tmp_path / "pipe", tmp_path / "link", tmp_path / "aim"
    os.mkfifo(pipe)
    aim.write_text("mine", encoding="utf-8")
    link.symlink_to(aim)
    for path in (pipe, link):
        answer = ask("export", "--table", "titles", "--output", str(path))
        assert answer.status == 1
        assert "a link or a device" in answer.err
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert aim.read_text(encoding="utf-8") == "mine"


def test_a_dash_is_stdout(ask) -> None:
    dash = ask("export", "--table", "titles", "--output", "-")
    assert dash.out == ask("export", "--table", "titles").out
