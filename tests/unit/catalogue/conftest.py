"""A small catalogue of three themes that no clustering can miss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import dask
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.catalogue.identify import Identified, identify, keys_of_parts, old_titles
from reelhouse.catalogue.night import Night, place_added
from reelhouse.catalogue.workspace import Workspace, workspace
from reelhouse.clustering.drift import DriftLimits
from reelhouse.schema import SOURCE_TITLES

THEMES = {
    "space": ("Sci-Fi", "rocket planet orbit crew"),
    "kitchen": ("Food", "chef recipe oven pastry"),
    "court": ("Crime", "lawyer judge trial verdict"),
}


Row = dict[str, Any]


def themed(theme: str, number: int, **changes: Any) -> Row:
    """One title of a theme."""
    genre, words = THEMES[theme]
    return {
        "show_id": f"s{number}",
        "type": "Movie",
        "title": f"{theme.title()} {number}",
        "director": [f"Director {number}"],
        "release_year": 2000 + number,
        "duration_minutes": 90,
        "listed_in": [genre],
        "description": f"{words} {words.split()[number % 4]} number{number}",
        "repaired": [],
        "unreadable": [],
        "raw": [theme, str(number)],
    } | changes


class Catalogue:
    """Makes rows, partitions and runs under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.title = themed

    def rows(self, per_theme: int, *, first: int = 0) -> list[Row]:
        """Titles of the three themes in turn."""
        numbers = range(first, first + per_theme)
        return [themed(theme, number) for number in numbers for theme in THEMES]

    def work(self, name: str) -> Workspace:
        with workspace(keep=self.folder / name) as work:
            return work

    def write(self, folder: Path, rows: Sequence[Row], cuts: Sequence[int] = ()) -> list[Path]:
        """Write rows as partitions that begin at 0 and at the cuts."""
        numbered = [{"row": at, **one} for at, one in enumerate(rows, start=1)]
        table = pa.Table.from_pylist(numbered, schema=SOURCE_TITLES)
        bounds = [0, *cuts, len(rows)]
        paths = []
        for number, (start, stop) in enumerate(pairwise(bounds)):
            paths.append(folder / f"part-{number:05d}.parquet")
            pq.write_table(table.slice(start, stop - start), paths[-1])
        return paths

    def identified(
        self, name: str, rows: Sequence[Row], old: Workspace | None = None, cuts: Sequence[int] = ()
    ) -> tuple[Workspace, Identified]:
        """A run up to its titles, all rows taken as good."""
        work = self.work(name)
        parts = self.write(work.good, rows, cuts)
        before = old_titles(Workspace.parts(old.titles)) if old else None
        changes = work.staged / "changes.parquet"
        return work, identify(parts, before, keys_of_parts(parts), work.titles, changes)

    def night(
        self, before: Workspace, rows: Sequence[Row], **given: Any
    ) -> tuple[Workspace, Identified, Night]:
        """The night after a refit, whose model it takes over."""
        work, identified = self.identified("night", rows, before)
        work.model.rmdir()
        before.model.rename(work.model)
        done = place_added(
            work,
            pq.read_table(before.staged / "assignments.parquet"),
            pq.read_table(before.staged / "clusters.parquet"),
            identified.added_index,
            DriftLimits(),
            version=2,
            **given,
        )
        return work, identified, done


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with dask.config.set(scheduler="synchronous"):
        yield Catalogue(tmp_path)
