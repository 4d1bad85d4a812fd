"""Where the real files are."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def real_data() -> Path | None:
    """The folder of all real data, where it is there."""
    folder = Path(os.environ.get("REELHOUSE_DATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


def real_titles() -> Path | None:
    """The folder with the two snapshots of netflix_titles, where it is there.

    Returns
    -------
    Path or None
        It holds `2021-01/netflix_titles.csv` and `2021-09/netflix_titles.csv`.
    """
    data = real_data()
    folder = None if data is None else data / "netflix_titles"
    return folder if folder is not None and folder.is_dir() else None
