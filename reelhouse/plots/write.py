"""Write all pictures and, beside each, its data.

Drawing is matplotlib's Python code, which one process does one picture at a time; so it is done by
further processes that read the data just written. Their memory goes with them.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq

from reelhouse.errors import FigureError
from reelhouse.plots.choice import plan_choice
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

#: Told how many pictures are drawn of how many.
OnPicture = Callable[[int, int], None]

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
    yield from plan_choice(tables)
    yield from plan_curves(tables)
    yield from plan_profile(tables)
    yield from plan_titles(tables)
    yield from plan_heatmaps(tables)


def write_figures(
    tables: FigureTables,
    folder: Path,
    *,
    n_processes: int | None = None,
    on_picture: OnPicture | None = None,
) -> list[Path]:
    """Write every picture as PNG, its data as Parquet with the same stem, and index.json.

    Parameters
    ----------
    tables : FigureTables
    folder : Path
        Made where it is missing; files of the same names are replaced.
    n_processes : int or None
        None: one per core, fewer for few pictures.
    on_picture : callable or None
        Told how many are drawn of how many, by several threads.

    Returns
    -------
    list of Path
        All files written, index.json last.

    Raises
    ------
    FigureError
        matplotlib is not installed, or a picture cannot be drawn or written.
    """
    return write_planned(plan_figures(tables), folder, n_processes=n_processes,
                         on_picture=on_picture)  # fmt: skip


def write_planned(
    planned: Iterable[Planned],
    folder: Path,
    *,
    n_processes: int | None = None,
    on_picture: OnPicture | None = None,
) -> list[Path]:
    """Write these pictures; see `write_figures`."""
    if find_spec("matplotlib") is None:
        raise FigureError(
            "matplotlib is not installed, required to draw: pip install 'reelhouse[plots]'"
        )
    folder.mkdir(parents=True, exist_ok=True)
    pictures: list[Picture] = []
    paths: list[Path] = []
    for picture, table in planned:
        data = folder / f"{picture.stem}.parquet"
        write_table(table, data, table.schema)
        pictures.append(picture)
        paths += [folder / f"{picture.stem}.png", data]
    index = folder / INDEX
    index.write_text(json.dumps([asdict(picture) for picture in pictures], ensure_ascii=False))
    _draw_in_processes(folder, len(pictures), n_processes, on_picture)
    return [*paths, index]


def draw_share(folder: Path, share: int, n_shares: int) -> Iterator[str]:
    """Draw every `n_shares`-th picture of a folder's index, beginning with number `share`.

    Yields
    ------
    str
        The stem of each picture when it is drawn.
    """
    listed = json.loads((folder / INDEX).read_text())
    for one in listed[share::n_shares]:
        picture = Picture(**one)
        table = pq.read_table(folder / f"{picture.stem}.parquet")
        draw_png(picture, table, folder / f"{picture.stem}.png")
        yield picture.stem


def _draw_in_processes(
    folder: Path, n_pictures: int, n_processes: int | None, on_picture: OnPicture | None
) -> None:
    wanted = n_processes if n_processes is not None else min(available_threads(), _MOST_PROCESSES)
    n_shares = max(1, min(wanted, n_pictures // _PICTURES_PER_PROCESS))
    if not n_pictures:
        return
    _LOG.info("drawing %d pictures in %d processes", n_pictures, n_shares)

    drawn = itertools.count(1)

    def draw(share: int) -> None:
        for _ in _run_share(folder, share, n_shares):
            # next() of a count is one step under the interpreter's lock.
            number = next(drawn)
            if on_picture is not None:
                on_picture(number, n_pictures)

    map_threads(draw, range(n_shares), n_shares)


def _run_share(folder: Path, share: int, n_shares: int) -> Iterator[str]:
    """Draw a share in a process of its own; yield the name of each picture when it is drawn."""
    # Not multiprocessing: that would import the caller's main module into every process.
    command = [sys.executable, "-m", "reelhouse.plots", str(folder), str(share), str(n_shares)]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }
    # A file: a pipe that nobody reads meanwhile would fill up.
    with (
        tempfile.TemporaryFile("w+", errors="replace") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        ) as drawing,
    ):
        assert drawing.stdout is not None
        try:
            yield from drawing.stdout
        except BaseException:
            drawing.kill()
            raise
        status = drawing.wait()
        errors.seek(0)
        told = (errors.read().strip().splitlines() or [f"exit status {status}"])[-1]
    if status:
        raise FigureError(f"the pictures in {folder} cannot be drawn: {told}")
