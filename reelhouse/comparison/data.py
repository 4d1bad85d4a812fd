"""The ratings that models are compared on, with what is known of users and titles."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.comparison.official import OfficialFold
from reelhouse.evaluation.splits import Split
from reelhouse.models.ratings import Ratings
from reelhouse.recommend.names import TitleNames
from reelhouse.recommend.rated import unit_rows
from reelhouse.viewers.rated_titles import RatedTitles
from reelhouse.viewers.titles import describe_titles

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ComparedRatings:
    """Ratings of all users and titles.

    Attributes
    ----------
    ratings : Ratings
        Sorted by user and title, with days (counted from 1, the first rating's) where all ratings
        are dated, and the genres of titles as features where they are known.
    user_ids, title_ids : ndarray of shape (n_users,) and (n_titles,), int32, ascending
    names : TitleNames
    genres : csr_matrix of shape (n_titles, n_genres), float32, or None
        1.0 for each genre of a title.
    genre_names : tuple of str
    folds : tuple of (name, Split)
        Those that the data set brings along.
    """

    ratings: Ratings
    user_ids: NDArray[np.int32]
    title_ids: NDArray[np.int32]
    names: TitleNames
    genres: sparse.csr_matrix | None = None
    genre_names: tuple[str, ...] = ()
    folds: tuple[tuple[str, Split], ...] = ()


def read_compared(
    parts: Sequence[Path], titles: RatedTitles, folds: Sequence[OfficialFold] = ()
) -> ComparedRatings:
    """Read stored ratings whole.

    Parameters
    ----------
    parts : sequence of Path
        Parquet files of schema RATINGS, users ascending.
    titles : RatedTitles
        Names and genres.
    folds : sequence of OfficialFold
    """
    table = pa.concat_tables(pq.read_table(part) for part in parts)
    table = table.sort_by([("user_id", "ascending"), ("title_id", "ascending")])
    user_ids, users = np.unique(table["user_id"].to_numpy(), return_inverse=True)
    title_ids, columns = np.unique(table["title_id"].to_numpy(), return_inverse=True)
    described = describe_titles(title_ids, titles.names, titles.genres)
    genres = None
    if described.genres:
        genres = sparse.csr_matrix(described.has_genre().T, dtype=np.float32)
    ratings = Ratings.of(
        users,
        columns,
        table["rating"].to_numpy(),
        shape=(user_ids.size, title_ids.size),
        days=_days(table["date"]),
        features=None if genres is None else unit_rows(genres),
    )
    names = TitleNames(pa.array(title_ids.astype(str)), pa.array(described.names, pa.string()))
    keys = _keys(table["user_id"].to_numpy(), table["title_id"].to_numpy())
    return ComparedRatings(
        ratings,
        user_ids,
        title_ids,
        names,
        genres,
        described.genres,
        tuple((fold.name, _split(keys, fold)) for fold in folds),
    )


def _days(dates: pa.ChunkedArray) -> NDArray[np.float32] | None:
    if dates.null_count:
        return None
    days = dates.cast(pa.int32()).to_numpy()
    found: NDArray[np.float32] = (days - days.min() + 1).astype(np.float32)
    return found


def _keys(users: NDArray[np.integer], titles: NDArray[np.integer]) -> NDArray[np.int64]:
    return (users.astype(np.int64) << 32) + titles


def _split(keys: NDArray[np.int64], fold: OfficialFold) -> Split:
    """Positions of a fold's ratings; those that were quarantined have none."""
    sides = []
    for pairs in (fold.train, fold.test):
        wanted = _keys(pairs[:, 0], pairs[:, 1])
        at = np.searchsorted(keys, wanted).clip(max=keys.size - 1)
        found = keys[at] == wanted
        if not found.all():
            _LOG.warning(
                "%d of %d ratings of fold %s are not among the good ones",
                np.count_nonzero(~found), found.size, fold.name,
            )  # fmt: skip
        sides.append(np.sort(at[found]).astype(np.int64))
    return Split(*sides)
