"""Which titles become columns: their codes, their raters, and the dense core."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelhouse.errors import FeatureError, SourceError
from reelhouse.interactions.ordered import Through, in_order
from reelhouse.interactions.partitions import IntArray, frozen, read_columns, title_bounds
from reelhouse.interactions.settings import InteractionSettings

_LOG = logging.getLogger(__name__)

# Lookup arrays span all ids between the least and the greatest up to this many: 4 MiB each.
_WIDEST_RANGE = 1 << 20


@dataclass(frozen=True)
class TitleCodes:
    """Numbers titles from 0, so that arrays can be looked up by title.

    Attributes
    ----------
    lowest : int
        Title of code 0 where codes are `title_id - lowest`.
    size : int
        Codes that there are.
    known : ndarray of shape (size,), int32, or None
        Sorted ids of all titles, where they lie too far apart for such codes.
    """

    lowest: int
    size: int
    known: IntArray | None = None

    def of(self, titles: IntArray, path: Path) -> IntArray:
        """Give titles such that `titles - start` are their codes; see `start`.

        Raises
        ------
        SourceError
            A title was not there when the codes were made.
        """
        if self.known is not None:
            codes = np.searchsorted(self.known, titles).astype(np.int32)
            fits = not titles.size or bool(
                (self.known[codes.clip(max=self.size - 1)] == titles).all()
            )
        else:
            codes = titles
            fits = not titles.size or bool(
                titles.min() >= self.lowest and titles.max() < self.lowest + self.size
            )
        # Compiled loops check no bounds.
        if not fits:
            raise SourceError(
                f"{path} holds titles that its footer does not announce, or changed while read; "
                "required is an unchanged file"
            )
        return frozen(codes)

    @property
    def start(self) -> int:
        """What to subtract from `of`."""
        return self.lowest if self.known is None else 0

    def title_ids(self) -> IntArray:
        """Title of each code, ascending."""
        if self.known is not None:
            return self.known
        return np.arange(self.lowest, self.lowest + self.size, dtype=np.int64).astype(np.int32)


def title_codes(
    parts: Sequence[Path], *, n_threads: int | None = None, through: Through = "threads"
) -> TitleCodes:
    """Number the titles of all partitions.

    Raises
    ------
    SourceError
        A partition cannot be read, or there is no rating at all.
    """
    # Footers only: as a rule no column is read here.
    bounds = [each for each in map(title_bounds, parts) if each is not None]
    if not bounds:
        raise SourceError(f"{len(parts)} partitions of ratings have 0 ratings, expected at least 1")
    lowest, highest = min(low for low, _ in bounds), max(high for _, high in bounds)
    if highest - lowest < _WIDEST_RANGE:
        return TitleCodes(lowest, highest - lowest + 1)
    known = np.empty(0, np.int32)
    for some in in_order(_distinct_titles, parts, n_threads=n_threads, through=through):
        known = np.union1d(known, some)
    return TitleCodes(0, known.size, known)


def _distinct_titles(part: Path) -> IntArray:
    distinct: IntArray = np.unique(read_columns(part, ["title_id"])[0])
    return distinct


def core_titles(
    parts: Sequence[Path],
    codes: TitleCodes,
    settings: InteractionSettings,
    *,
    n_threads: int | None = None,
    through: Through = "threads",
) -> NDArray[np.bool_]:
    """Find the titles of the dense core.

    The core is the largest set of users and titles in which each user has `min_user_ratings`
    ratings and each title `min_title_ratings`; rounds of counting drop the titles that have too
    few until none has. A dropped user need not be remembered: counts only fall, so that a user
    with too few ratings of the kept titles never comes back.

    Parameters
    ----------
    parts
        Parquet files of ratings, each sorted by user.
    codes
        Of `title_codes`.
    settings
        The two minima.

    Returns
    -------
    ndarray of shape (codes.size,), bool

    Raises
    ------
    FeatureError
        Nothing is that dense.

    References
    ----------
    Seidman, S. B. (1983). Network structure and minimum degree. Social Networks 5.
    """
    kept = np.ones(codes.size, dtype=np.bool_)
    while True:
        count = partial(_count_part, codes, kept, settings.min_user_ratings)
        counts = np.zeros(codes.size, dtype=np.int64)
        for some in in_order(count, parts, n_threads=n_threads, through=through):
            counts += some
        enough = counts >= settings.min_title_ratings
        _LOG.debug("titles with enough raters: %d of %d", enough.sum(), kept.sum())
        if not enough.any():
            raise FeatureError(
                "no title is left where users require at least "
                f"{settings.min_user_ratings} ratings and titles {settings.min_title_ratings}; "
                "lower min_user_ratings or min_title_ratings"
            )
        # With one minimum only, dropping what has too few changes no other count.
        one_sided = 1 in (settings.min_user_ratings, settings.min_title_ratings)
        if one_sided or bool((enough == kept).all()):
            return enough
        kept = enough


def _count_part(codes: TitleCodes, kept: NDArray[np.bool_], minimum: int, part: Path) -> IntArray:
    from reelhouse.interactions.kernels import count_raters

    users, titles = read_columns(part, ["user_id", "title_id"])
    counts = np.zeros(codes.size, dtype=np.int32)
    count_raters(users, codes.of(titles, part), codes.start, frozen(kept), minimum, counts)
    return counts
