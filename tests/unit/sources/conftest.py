"""Files of titles, written as a test needs them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reelhouse.sources import TitlesSnapshot, read_titles

GOOD = {
    "show_id": "s1",
    "type": "Movie",
    "title": "Harbour Lights",
    "director": "Ana Lima",
    "cast": "Bo Ek, Cy Dahl",
    "country": "Chile, Peru",
    "date_added": "August 14, 2020",
    "release_year": "2020",
    "rating": "PG-13",
    "duration": "93 min",
    "listed_in": "Dramas, Comedies",
    "description": "A ferry is late.",
}

HEADER = list(GOOD)


@pytest.fixture
def header() -> list[str]:
    return list(HEADER)


@pytest.fixture
def good() -> dict[str, str]:
    """One title without a fault."""
    return dict(GOOD)


@pytest.fixture
def write_titles(tmp_path: Path) -> Callable[..., Path]:
    """Write a CSV file of titles, each the good one with some fields changed."""

    def write(*changes: dict[str, str], line_end: str = "\n", encoding: str = "utf-8") -> Path:
        path = tmp_path / "titles.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, lineterminator=line_end)
            writer.writerow(HEADER)
            writer.writerows([(GOOD | change)[name] for name in HEADER] for change in changes)
        return path

    return write


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[TitlesSnapshot, list[dict[str, Any]]]]:
    """Read a file; give the snapshot and its rows as dictionaries."""

    def read_rows(path: Path | str, **options: Any) -> tuple[TitlesSnapshot, list[dict[str, Any]]]:
        snapshot = read_titles(str(path), tmp_path / "parts", **options)
        return snapshot, rows_of(snapshot.parts)

    return read_rows


def rows_of(parts: Sequence[Path]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for part in parts:
        rows += pq.read_table(str(part)).to_pylist()
    return rows
