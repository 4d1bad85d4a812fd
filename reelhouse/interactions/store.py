"""Partitions of ratings to stored CSR blocks, partition by partition."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.errors import SourceError
from reelhouse.interactions.blocks import Rows, store_rows
from reelhouse.interactions.ordered import Through, in_order
from reelhouse.interactions.partitions import FloatArray, IntArray, frozen, read_columns
from reelhouse.interactions.settings import InteractionSettings
from reelhouse.interactions.stored import BLOCK_FILE, INDEX_FILE, Interactions
from reelhouse.interactions.titles import TitleCodes, core_titles, title_codes

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Cutting:
    """What every partition is cut by."""

    codes: TitleCodes
    column_of: IntArray
    n_titles: int
    min_user_ratings: int


@dataclass(frozen=True)
class _Cut:
    """What became of one partition."""

    user_ids: IntArray
    n_ratings: int
    n_read: int
    fits_int8: bool
    lowest: float
    highest: float
    counts: IntArray
    sums: NDArray[np.float64]


def store_interactions(
    parts: Sequence[Path],
    out: Path,
    settings: InteractionSettings | None = None,
    *,
    n_threads: int | None = None,
    through: Through = "threads",
) -> Interactions:
    """Store the interaction matrix of partitioned ratings, one CSR block per partition.

    Partitions are read once, or twice where ids of titles have gaps, or once more for each round
    of looking for the dense core (`core_titles`). In memory are the partitions that threads work
    on and arrays as long as there are titles or users.

    Parameters
    ----------
    parts : sequence of Path
        Parquet files of schema `RATINGS`, each sorted by user and title; no user in two of them. A
        partition without rows gives a block without rows.
    out : Path
        Folder of the matrix; an older one there is replaced.
    settings : InteractionSettings or None
        The minimum counts; None keeps all users and titles.
    n_threads : int or None
        None: one per core.
    through : {"threads", "dask"}
        Threads of this process, or whatever scheduler Dask is set to: its workers then need to
        see the same folders.

    Returns
    -------
    Interactions
        The same whatever computes it.

    Raises
    ------
    SourceError
        A partition cannot be read, is not sorted, repeats a pair of user and title, or shares a
        user with another.
    FeatureError
        No user or title has as many ratings as the settings require.
    """
    settings = settings or InteractionSettings()
    paths = [Path(part) for part in parts]
    _clear(out)
    codes = title_codes(paths, n_threads=n_threads, through=through)
    cut = partial(_cut_all, paths, out, codes, settings, n_threads=n_threads, through=through)
    total = None
    if settings.min_user_ratings == settings.min_title_ratings == 1:
        # Often each id between the least and the greatest is a rated title: one pass then does.
        total = cut(np.ones(codes.size, dtype=np.bool_))
        kept = total.counts > 0
    else:
        kept = core_titles(paths, codes, settings, n_threads=n_threads, through=through)
    if total is None or not kept.all():
        total = cut(kept)
    _require_own_users(total.user_ids, paths)
    interactions = total.interactions(out, codes.title_ids()[kept], settings)
    interactions.save()
    _LOG.info(
        "interaction matrix of %d users and %d titles: %d of %d ratings",
        interactions.n_users, interactions.n_titles, interactions.n_ratings, interactions.n_read,
    )  # fmt: skip
    return interactions


class _Total:
    """Sums up what became of the partitions, in their order."""

    def __init__(self, n_titles: int) -> None:
        self.counts = np.zeros(n_titles, dtype=np.int64)
        self.sums = np.zeros(n_titles, dtype=np.float64)
        self.user_ids: list[IntArray] = []
        self.n_ratings: list[int] = []
        self.n_read = 0
        self.fits_int8 = True
        self.lowest, self.highest = np.inf, -np.inf

    def add(self, cut: _Cut) -> None:
        """Take in the next partition."""
        self.counts += cut.counts
        self.sums += cut.sums
        self.user_ids.append(cut.user_ids)
        self.n_ratings.append(cut.n_ratings)
        self.n_read += cut.n_read
        self.fits_int8 &= cut.fits_int8
        self.lowest = min(self.lowest, cut.lowest)
        self.highest = max(self.highest, cut.highest)

    def interactions(
        self, folder: Path, title_ids: IntArray, settings: InteractionSettings
    ) -> Interactions:
        """Describe the whole matrix."""
        return Interactions(
            folder=folder,
            users_of_block=tuple(users.size for users in self.user_ids),
            ratings_of_block=tuple(self.n_ratings),
            title_ids=title_ids,
            title_counts=self.counts,
            title_means=self.sums / self.counts,
            dtype="int8" if self.fits_int8 else "float32",
            rating_range=(float(self.lowest), float(self.highest)),
            n_read=self.n_read,
            min_user_ratings=settings.min_user_ratings,
            min_title_ratings=settings.min_title_ratings,
        )


def _clear(out: Path) -> None:
    """Remove an older matrix, what describes it first: half a matrix is none."""
    out.mkdir(parents=True, exist_ok=True)
    (out / INDEX_FILE).unlink(missing_ok=True)
    for pattern in ("block-*.safetensors*", "transform-*.safetensors*"):
        for path in out.glob(pattern):
            path.unlink(missing_ok=True)


def _cut_all(
    parts: Sequence[Path],
    out: Path,
    codes: TitleCodes,
    settings: InteractionSettings,
    kept: NDArray[np.bool_],
    *,
    n_threads: int | None,
    through: Through,
) -> _Total:
    """Cut all partitions, with a column for each title that is kept."""
    n_titles = int(kept.sum())
    column_of = np.full(codes.size, -1, dtype=np.int32)
    column_of[kept] = np.arange(n_titles, dtype=np.int32)
    cut = partial(_cut_part, _Cutting(codes, column_of, n_titles, settings.min_user_ratings), out)
    total = _Total(n_titles)
    for each in in_order(cut, list(enumerate(parts)), n_threads=n_threads, through=through):
        total.add(each)
    return total


def _cut_part(cutting: _Cutting, out: Path, numbered: tuple[int, Path]) -> _Cut:
    """Cut one partition and store its block."""
    from reelhouse.interactions.kernels import cut_rows, sum_columns

    index, part = numbered
    users, titles, ratings = read_columns(part, ["user_id", "title_id", "rating"])
    n = users.size
    indptr, user_ids = np.empty(n + 1, np.int32), np.empty(n, np.int32)
    indices, data = np.empty(n, np.int32), np.empty(n, np.float32)
    n_rows, stored, bad = cut_rows(
        users, cutting.codes.of(titles, part), ratings, cutting.codes.start,
        frozen(cutting.column_of), cutting.min_user_ratings, indptr, user_ids, indices, data,
    )  # fmt: skip
    if bad >= 0:
        raise _out_of_order(part, users, titles, bad)
    indices, data, small = indices[:stored], data[:stored], np.empty(stored, np.int8)
    counts, sums = np.zeros(cutting.n_titles, np.int32), np.zeros(cutting.n_titles, np.float64)
    fits_int8 = sum_columns(indices, data, counts, sums, small)
    if not fits_int8:
        _require_finite(part, users, titles, ratings)
    kept = small if fits_int8 else data
    matrix = sparse.csr_matrix(
        (kept, indices, indptr[: n_rows + 1]),
        shape=(n_rows, cutting.n_titles),
    )
    store_rows(out / BLOCK_FILE.format(index), Rows(matrix, user_ids[:n_rows]))
    lowest, highest = (kept.min(), kept.max()) if stored else (np.inf, -np.inf)
    # A copy of the users: the array that they are cut from is as long as the partition.
    return _Cut(
        user_ids[:n_rows].copy(), stored, n, fits_int8, float(lowest), float(highest), counts, sums
    )


def _out_of_order(part: Path, users: IntArray, titles: IntArray, start: int) -> SourceError:
    """Say what is wrong with the first user who is out of order, or whose titles are."""
    others = np.flatnonzero(users[start:] != users[start])
    stop = start + int(others[0]) if others.size else users.size
    falls = np.flatnonzero(np.diff(titles[start:stop].astype(np.int64)) <= 0)
    # Without titles out of order it is the user.
    bad = start + 1 + int(falls[0]) if falls.size else start
    user, title = int(users[bad]), int(titles[bad])
    before = (int(users[bad - 1]), int(titles[bad - 1]))
    if before == (user, title):
        return SourceError(
            f"{part}: row {bad} repeats user {user} and title {title}, required is each pair once"
        )
    return SourceError(
        f"{part}: row {bad} (user {user}, title {title}) follows user {before[0]}, title "
        f"{before[1]}; required are rows sorted by user_id and title_id"
    )


def _require_finite(part: Path, users: IntArray, titles: IntArray, ratings: FloatArray) -> None:
    bad = np.flatnonzero(~np.isfinite(ratings))
    if bad.size:
        row = int(bad[0])
        raise SourceError(
            f"{part}: row {row} (user {users[row]}, title {titles[row]}) has rating "
            f"{ratings[row]}, required are finite numbers"
        )


def _require_own_users(user_ids: Sequence[IntArray], parts: Sequence[Path]) -> None:
    users = np.concatenate(user_ids)
    order = np.argsort(users, kind="stable")
    twice = np.flatnonzero(users[order][1:] == users[order][:-1])
    if not twice.size:
        return
    ends = np.cumsum([each.size for each in user_ids])
    first, second = np.searchsorted(ends, order[twice[0] : twice[0] + 2], side="right")
    raise SourceError(
        f"user {users[order[twice[0]]]} is in {parts[first]} and in {parts[second]}, required is "
        "each user in one partition"
    )
