"""Write all pictures and, beside each, its data.

Drawing is matplotlib's Python code, which one process does one picture at a time; so it is done by
further processes that read the data just written. Their memory goes with them.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq

from reelhouse.errors import FigureError
from reelhouse.plots.clusters import plan_genres, plan_sizes, plan_titles
from reelhouse.plots.curves import plan_curves
from reelhouse.plots.drawing import draw_png
from reelhouse.plots.heatmaps import plan_heatmaps
from reelhouse.plots.pictures import FigureTables, Picture, Planned
from reelhouse.plots.profile import plan_profile
from reelhouse.plots.tastes import plan_tastes
from reelhouse.storage.tables import write_table
from reelhouse.threads import available_threads, map_threads

_LOG = logging.getLogger(__name__)

#: Lists the pictures of a folder: files, titles, captions.
INDEX = "index.json"
#: A process takes about a second to start: fewer pictures are not worth another.
_PICTURES_PER_PROCESS = 6
_MOST_PROCESSES = 8


def plan_figures(tables: FigureTables) -> Iterator[Planned]:
    """All pictures that these tables allow, each with the table that it shows."""
    yield from plan_sizes(tables)
    yield from plan_genres(tables)
    yield from plan_tastes(tables)
    yield from plan_curves(tables)
    yield from plan_profile(tables)
    yield from plan_titles(tables)
    yield from plan_heatmaps(tables)


def write_figures(
    tables: FigureTables, folder: Path, *, n_processes: int | None = None
) -> list[Path]:
    """Write every picture as PNG, its data as Parquet with the same stem, and index.json.

    Parameters
    ----------
    tables : FigureTables
    folder : Path
        Made where it is missing; files of the same names are replaced.
    n_processes : int or None
        None: one per core, fewer for few pictures.

    Returns
    -------
    list of Path
        All files written, index.json last.

    Raises
    ------
    FigureError
        matplotlib is not installed, or a picture cannot be drawn or written.
    """
    if find_spec("matplotlib") is None:
        raise FigureError(
            "matplotlib is not installed, required to draw: pip install 'reelhouse[plots]'"
        )
    folder.mkdir(parents=True, exist_ok=True)
    pictures: list[Picture] = []
    paths: list[Path] = []
    for picture, table in plan_figures(tables):
        data = folder / f"{picture.stem}.parquet"
        write_table(table, data, table.schema)
        pictures.append(picture)
        paths += [folder / f"{picture.stem}.png", data]
    index = folder / INDEX
    index.write_text(json.dumps([asdict(picture) for picture in pictures], ensure_ascii=False))
    _draw_in_processes(folder, len(pictures), n_processes)
    return [*paths, index]


def draw_share(folder: Path, share: int, n_shares: int) -> None:
    """Draw every `n_shares`-th picture of a folder's index, beginning with number `share`."""
    listed = json.loads((folder / INDEX).read_text())
    for one in listed[share::n_shares]:
        picture = Picture(**one)
        table = pq.read_table(folder / f"{picture.stem}.parquet")
        draw_png(picture, table, folder / f"{picture.stem}.png")


def _draw_in_processes(folder: Path, n_pictures: int, n_processes: int | None) -> None:
    wanted = n_processes if n_processes is not None else min(available_threads(), _MOST_PROCESSES)
    n_shares = max(1, min(wanted, n_pictures // _PICTURES_PER_PROCESS))
    if not n_pictures:
        return
    _LOG.info("drawing %d pictures in %d processes", n_pictures, n_shares)

    def draw(share: int) -> None:
        _run_share(folder, share, n_shares)

    map_threads(draw, range(n_shares), n_shares)


def _run_share(folder: Path, share: int, n_shares: int) -> None:
    # Not multiprocessing: that would import the caller's main module into every process.
    command = [sys.executable, "-m", "reelhouse.plots", str(folder), str(share), str(n_shares)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        told = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise FigureError(f"the pictures in {folder} cannot be drawn: {told}")
