"""Names and genres of synthetic rated titles, in the layouts of the prize and of MovieLens."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelhouse.sources.synthetic_names import TitleNames
from reelhouse.sources.synthetic_themes import themes

#: The prize's genres, most frequent first, with the titles of its 12,279 that have them.
_GENRES = {
    "Drama": 5957, "Comedy": 3979, "Romance": 2693, "Thriller": 2557, "Action": 2195,
    "Crime": 1917, "Adventure": 1546, "Documentary": 1195, "Horror": 1189, "Sci-Fi": 1170,
    "Family": 1088, "Mystery": 1087, "Fantasy": 1036, "Music": 841, "Animation": 718,
    "Biography": 590, "War": 583, "History": 534, "Musical": 495, "Sport": 382, "Western": 325,
    "Short": 188, "Talk-Show": 104, "Film-Noir": 103, "Reality-TV": 39,
}  # fmt: skip
#: Share of titles of which the genres are known.
_KNOWN_SHARE = 12_279 / 17_770
#: Chance that a title's first genre is one of its group's two.
_OWN_GENRE = 0.6
#: Titles without a year: 7 of 17,770.
_NULL_YEAR_EVERY = 2_500
_COMMA_EVERY = 53
_FIRST_YEAR, _LAST_YEAR = 1920, 2005
_N_THEMES = 12


class RatedTitle(NamedTuple):
    """One title as the files beside the ratings describe it."""

    title_id: int
    name: str
    year: int | None
    genres: tuple[str, ...]


def make_titles(title_groups: NDArray[np.int64], seed: int) -> list[RatedTitle]:
    """Name every title and give most of them genres that follow their group loosely.

    Parameters
    ----------
    title_groups : array of shape (n_titles,), int64
    seed : int
    """
    rng = np.random.default_rng([seed, 1])
    years = (_LAST_YEAR - rng.gamma(1.2, 12.0, len(title_groups))).astype(int)
    kinds = themes(_N_THEMES)
    names = [TitleNames(theme, seed) for theme in kinds]
    made = []
    for index, group in enumerate(title_groups.tolist()):
        serial, kind = divmod(index, len(kinds))
        # The readers of the prize's file stumble over unquoted commas.
        name = names[kind].name(serial, index) + (", The" if index % _COMMA_EVERY == 7 else "")
        year = None if index % _NULL_YEAR_EVERY == 1_234 else max(_FIRST_YEAR, int(years[index]))
        made.append(RatedTitle(index + 1, name, year, _genres(rng, group)))
    return made


def _genres(rng: np.random.Generator, group: int) -> tuple[str, ...]:
    """One to four genres, or none where they are not known."""
    if rng.random() > _KNOWN_SHARE:
        return ()
    labels = list(_GENRES)
    shares = np.fromiter(_GENRES.values(), float)
    drawn = rng.choice(len(labels), size=rng.integers(1, 5), replace=False, p=shares / shares.sum())
    if rng.random() < _OWN_GENRE:
        # Neighbouring groups share a genre, so that two genres and not one tell a group.
        drawn[0] = (group + rng.integers(2)) % len(labels)
    return tuple(dict.fromkeys(labels[genre] for genre in drawn.tolist()))


def write_prize_titles(folder: Path, titles: list[RatedTitle]) -> None:
    """Write movie_titles.csv (latin-1, nothing quoted, no header) and netflix_genres.csv."""
    lines = [f"{title.title_id},{title.year or 'NULL'},{title.name}\n" for title in titles]
    names = "".join(lines).encode("latin-1", errors="replace")
    (folder / "movie_titles.csv").write_bytes(names)
    genres = [f"{title.title_id},{'|'.join(title.genres)}\n" for title in titles if title.genres]
    (folder / "netflix_genres.csv").write_text("movieId,genres\n" + "".join(genres))


def write_movielens_titles(folder: Path, titles: list[RatedTitle]) -> None:
    """Write movies.csv: UTF-8, names quoted where needed, the year in parentheses at their end."""
    with (folder / "movies.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("movieId", "title", "genres"))
        for title in titles:
            year = f" ({title.year})" if title.year else ""
            genres = "|".join(title.genres) or "(no genres listed)"
            writer.writerow((title.title_id, title.name + year, genres))
