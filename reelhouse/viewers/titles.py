"""What the columns of the interaction matrix are called, and their genres."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reelhouse.errors import ClusteringError


@dataclass(frozen=True)
class Titles:
    """The titles of the columns.

    Attributes
    ----------
    title_ids : ndarray of shape (n_titles,), int32
    names : tuple of n_titles str
        "title 7" where no name is known; a name that several titles have is followed by the year.
    genres : tuple of str
        All genres of these titles, in alphabetical order.
    genre_of : ndarray of shape (n_pairs,), int32
        Index into `genres`; a title with three genres has three pairs.
    genre_title : ndarray of shape (n_pairs,), int32
        Column of the pair's title.
    """

    title_ids: NDArray[np.int32]
    names: tuple[str, ...]
    genres: tuple[str, ...]
    genre_of: NDArray[np.int32]
    genre_title: NDArray[np.int32]

    def has_genre(self) -> NDArray[np.bool_]:
        """Membership of titles in genres.

        Returns
        -------
        ndarray of shape (n_genres, n_titles), bool
        """
        member = np.zeros((len(self.genres), len(self.names)), dtype=bool)
        member[self.genre_of, self.genre_title] = True
        return member


def describe_titles(
    title_ids: NDArray[np.int32],
    names: pa.Table | None = None,
    genres: pa.Table | None = None,
) -> Titles:
    """Look the columns' names and genres up.

    Parameters
    ----------
    title_ids : ndarray of shape (n_titles,), int32, without repeats
    names : Table of schema TITLE_NAMES, or None
        The first row of a title counts; rows of titles that are no columns are passed over.
    genres : Table of schema TITLE_GENRES, or None
        The genres of all rows of a title; empty ones are passed over.

    Raises
    ------
    ClusteringError
        A title id is repeated.
    """
    column = {int(title_id): index for index, title_id in enumerate(title_ids.tolist())}
    if len(column) != len(title_ids):
        raise ClusteringError(
            f"{len(title_ids)} title ids, {len(column)} of them different, expected no repeats"
        )
    kinds, genre_of, genre_title = _genres(column, genres)
    return Titles(
        title_ids=np.asarray(title_ids, dtype=np.int32),
        names=tuple(_names(column, names)),
        genres=tuple(kinds),
        genre_of=genre_of,
        genre_title=genre_title,
    )


def _names(column: dict[int, int], table: pa.Table | None) -> list[str]:
    found = [f"title {title_id}" for title_id in column]
    years: list[int | None] = [None] * len(column)
    if table is None:
        return found
    seen: set[int] = set()
    rows = zip(*(table[field].to_pylist() for field in ("title_id", "name", "year")), strict=True)
    for title_id, name, year in rows:
        index = column.get(title_id)
        if index is None or index in seen or not name.strip():
            continue
        seen.add(index)
        found[index], years[index] = name.strip(), year
    times = Counter(found)
    return [
        f"{name} ({year})" if times[name] > 1 and year is not None else name
        for name, year in zip(found, years, strict=True)
    ]


def _genres(
    column: dict[int, int], table: pa.Table | None
) -> tuple[Sequence[str], NDArray[np.int32], NDArray[np.int32]]:
    pairs: set[tuple[str, int]] = set()
    if table is not None:
        for title_id, listed in zip(
            table["title_id"].to_pylist(), table["genres"].to_pylist(), strict=True
        ):
            index = column.get(title_id)
            if index is not None:
                pairs |= {(genre.strip(), index) for genre in listed if genre and genre.strip()}
    kinds = sorted({genre for genre, _ in pairs})
    code = {genre: number for number, genre in enumerate(kinds)}
    ordered = sorted((code[genre], index) for genre, index in pairs)
    array = np.array(ordered, dtype=np.int32).reshape(-1, 2)
    return kinds, array[:, 0].copy(), array[:, 1].copy()
