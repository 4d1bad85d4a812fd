"""Files that stand beside the ratings in a download, and say what the titles are called."""

from __future__ import annotations

from pathlib import Path

#: Family of a layout -> file names of title names, of genres; the first that is there counts.
_NAMES = {
    "Netflix": ("movie_titles.csv", "movie_titles.txt"),
    "MovieLens": ("movies.csv", "u.item", "movies.dat"),
}
_GENRES = {
    "Netflix": ("netflix_genres.csv",),
    "MovieLens": ("movies.csv", "u.item", "movies.dat"),
}


def companion_names(ratings: str, layout: str) -> str | None:
    """Path of the title names beside local ratings of a known layout; None where there are none.

    Parameters
    ----------
    ratings : path or URI that was read; only a local path has companions
    layout : as the reader recognised it; a plain CSV has no companions
    """
    return _beside(ratings, _NAMES.get(_family(layout), ()))


def companion_genres(ratings: str, layout: str) -> str | None:
    """Path of the genres beside local ratings of a known layout; None where there are none."""
    return _beside(ratings, _GENRES.get(_family(layout), ()))


def _family(layout: str) -> str:
    return next((family for family in _NAMES if layout.startswith(family)), "")


def _beside(ratings: str, names: tuple[str, ...]) -> str | None:
    if "://" in ratings:
        return None
    path = Path(ratings)
    # A folder of mv_*.txt is called training_set; its titles stand one level up.
    folders = (path, path.parent) if path.is_dir() else (path.parent,)
    for folder in folders:
        for name in names:
            if (folder / name).is_file():
                return str(folder / name)
    return None
