"""The titles of a run as they are published."""

from __future__ import annotations

from pathlib import Path

import dask
import pyarrow.parquet as pq

from reelhouse.catalogue.workspace import Workspace
from reelhouse.schema import TITLES
from reelhouse.storage.tables import write_table


def stage_titles(work: Workspace) -> None:
    """Write titles.parquet: one file, or a folder of parts where there are several partitions."""
    parts = Workspace.parts(work.titles)
    target = work.staged / "titles.parquet"
    targets = [target] if len(parts) == 1 else [target / part.name for part in parts]
    dask.compute(
        *[
            dask.delayed(_stage_part)(str(part), str(path))
            for part, path in zip(parts, targets, strict=True)
        ]
    )


def _stage_part(part: str, target: str) -> None:
    write_table(pq.read_table(part), Path(target), TITLES)
