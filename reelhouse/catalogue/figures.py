"""Pictures that are published with a fit: how the number of clusters was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.parquet as pq

from reelhouse.catalogue.base import FIGURES, SELECTION_FILE
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.selection.candidate import curve_of
from reelhouse.plots.pictures import FigureTables
from reelhouse.plots.write import write_figures


def write_choice(work: Workspace, clustering: Mapping[str, Any]) -> int:
    """Draw the criteria over the numbers of clusters that were tried, each with its data.

    Parameters
    ----------
    work : Workspace
        With the staged selection.parquet.
    clustering : the `clustering` of a manifest's results

    Returns
    -------
    int
        Pictures drawn; 0 where the number of clusters was asked for, since one point is no curve.

    Raises
    ------
    FigureError
        When matplotlib is missing or a picture cannot be drawn.
    """
    curve = curve_of(pq.read_table(work.staged / SELECTION_FILE))
    if len(curve) < 2:
        return 0
    tables = FigureTables(curve=curve, chosen=clustering["n_clusters"], reason=clustering["reason"])
    files = write_figures(tables, work.staged / FIGURES)
    return sum(path.suffix == ".png" for path in files)
