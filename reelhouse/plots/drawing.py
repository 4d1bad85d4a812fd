"""From a picture and its table to a PNG file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from reelhouse.errors import FigureError
from reelhouse.plots.catalogue import draw_title_counts
from reelhouse.plots.choice import draw_choice
from reelhouse.plots.classifiers import draw_confusion, draw_learning
from reelhouse.plots.clusters import draw_genres, draw_sizes, draw_titles
from reelhouse.plots.comparison import draw_accuracy_time, draw_learning_curves
from reelhouse.plots.curves import draw_curve
from reelhouse.plots.embedding import draw_embedding
from reelhouse.plots.heatmaps import draw_rated, draw_ratings
from reelhouse.plots.pictures import Picture
from reelhouse.plots.profile import draw_profile
from reelhouse.plots.style import DPI
from reelhouse.plots.tastes import draw_tastes
from reelhouse.storage.objects import PARTIAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAW: dict[str, Callable[[Picture, pa.Table], Figure]] = {
    "ratings": draw_ratings,
    "rated": draw_rated,
    "sizes": draw_sizes,
    "genres": draw_genres,
    "titles": draw_titles,
    "choice": draw_choice,
    "curve": draw_curve,
    "tastes": draw_tastes,
    "profile": draw_profile,
    "accuracy-time": draw_accuracy_time,
    "learning-curves": draw_learning_curves,
    "title-counts": draw_title_counts,
    "embedding": draw_embedding,
    "learning": draw_learning,
    "confusion": draw_confusion,
}
#: matplotlib's settings and fonts belong to the process.
_ONE_AT_A_TIME = threading.Lock()


def draw_png(picture: Picture, table: pa.Table, path: Path) -> None:
    """Draw a picture; the file appears when it is complete.

    The same input gives the same bytes. Title and caption are in the file's metadata too.

    Raises
    ------
    FigureError
        matplotlib is not installed, or the file cannot be written.
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise FigureError(
            "matplotlib is not installed, required to draw: pip install 'reelhouse[plots]'"
        ) from None

    partial = path.with_name(path.name + PARTIAL)
    about = {"Title": picture.title, "Description": picture.caption, "Software": "Reelhouse"}
    # A user's own matplotlibrc is not for published pictures.
    with _ONE_AT_A_TIME, mpl.rc_context(mpl.rcParamsDefault):
        figure = _DRAW[picture.kind](picture, table)
        try:
            figure.savefig(partial, format="png", dpi=DPI, metadata=about)
            partial.replace(path)
        except OSError as error:
            raise FigureError(f"{path} cannot be written: {error.strerror or error}") from None
        finally:
            partial.unlink(missing_ok=True)
