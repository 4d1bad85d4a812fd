"""Seeded ratings with planted groups of users, in the raw layouts that the sources read.

Each title belongs to the taste of one group of users, from which a share of its raters is drawn;
the rest is drawn from all users. How many ratings titles and users have, the shares of the stars
and the days follow the Netflix Prize. The group of every user is known, which makes clusterings
measurable. Titles are drawn one by one, each from a stream of its own, so that the full size needs
no more memory than a few titles and the same whatever the number of threads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from reelhouse.sources.synthetic_ratings_kernels import draw_raters, write_lines
from reelhouse.sources.synthetic_ratings_plan import Plan, SyntheticRatingsSettings, make_plan
from reelhouse.sources.synthetic_ratings_titles import (
    make_titles,
    write_movielens_titles,
    write_prize_titles,
)
from reelhouse.threads import map_threads

__all__ = ["Layout", "SyntheticRatingsSettings", "write_ratings"]

Layout = Literal["combined", "mv", "movielens", "csv"]

_LOG = logging.getLogger(__name__)
_FIRST_DAY, _LAST_DAY = date(1999, 11, 11), date(2005, 12, 31)
#: Last titles of the first three of the prize's four files, of 17,770.
_FILE_ENDS = (4_499, 9_210, 13_367)
#: Titles are rendered in rounds of about this many ratings: some 20 MB of text.
_RATINGS_PER_ROUND = 1_000_000
#: Most bytes of a line: user, title, rating and date of seven, ten, three and ten with their ends.
_LINE_BYTES = 40
#: Streams of a title: who rates it, and how.
_WHO, _HOW = 2, 3

_TRUTH = pa.schema(
    [pa.field("user_id", pa.int32(), nullable=False), pa.field("group", pa.int32(), nullable=False)]
)


def write_ratings(
    folder: Path,
    settings: SyntheticRatingsSettings,
    *,
    layout: Layout = "combined",
    truth: Path | None = None,
    n_threads: int | None = None,
) -> int:
    """Write ratings, names and genres of titles as the raw files that a source would find.

    Parameters
    ----------
    folder : Path
        Made if absent; files of the same names are written anew.
    settings : SyntheticRatingsSettings
        What to write.
    layout : "combined", "mv", "movielens" or "csv"
        combined_data_1.txt to _4.txt; one mv_0000001.txt per title; ratings.csv and movies.csv as
        MovieLens has them; ratings.csv of user_id, title_id, rating and date. All but MovieLens
        get movie_titles.csv and netflix_genres.csv. Ratings stand title by title in all of them.
    truth : Path or None
        Where to write the planted group of every user, as Parquet of user_id and group.
    n_threads : int or None
        None: one per core. The files do not depend on it.

    Returns
    -------
    int
        Ratings written: `settings.n_ratings`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plan = make_plan(settings)
    titles = make_titles(plan.title_groups, settings.seed)
    if layout == "movielens":
        write_movielens_titles(folder, titles)
    else:
        write_prize_titles(folder, titles)
    if truth is not None:
        _write_truth(truth, plan)
    renderer = _Renderer(plan, settings, _texts(layout))
    for path, first, end in _files(folder, layout, settings.n_titles):
        with path.open("wb") as file:
            file.write(renderer.texts.header)
            for piece in _rounds(plan.n_raters, first, end):
                for text in map_threads(renderer.text, piece, n_threads):
                    file.write(text.data)
        _LOG.debug("%s: titles %d to %d", path, first + 1, end)
    return int(plan.n_raters.sum())


def _files(folder: Path, layout: Layout, n_titles: int) -> Iterator[tuple[Path, int, int]]:
    """Path, first title index and the index after the last of every file of ratings."""
    if layout == "combined":
        ends = [0, *(n_titles * end // 17_770 for end in _FILE_ENDS), n_titles]
        for number, (first, end) in enumerate(pairwise(ends), start=1):
            yield folder / f"combined_data_{number}.txt", first, end
    elif layout == "mv":
        for index in range(n_titles):
            yield folder / f"mv_{index + 1:07d}.txt", index, index + 1
    else:
        yield folder / "ratings.csv", 0, n_titles


def _rounds(n_raters: NDArray[np.int64], first: int, end: int) -> Iterator[list[int]]:
    """Title indexes in runs of about `_RATINGS_PER_ROUND` ratings."""
    titles: list[int] = []
    n_ratings = 0
    for index in range(first, end):
        titles.append(index)
        n_ratings += int(n_raters[index])
        if n_ratings >= _RATINGS_PER_ROUND:
            yield titles
            titles, n_ratings = [], 0
    if titles:
        yield titles


@dataclass(frozen=True)
class _Texts:
    """How one layout writes its lines; see `write_lines` for the arrays."""

    header: bytes
    title_line: str
    """Written before a title's lines."""
    middle: str
    """Between user and rating."""
    stars: NDArray[np.uint8]
    days: NDArray[np.uint8]


def _texts(layout: Layout) -> _Texts:
    days = [_FIRST_DAY + timedelta(number) for number in range((_LAST_DAY - _FIRST_DAY).days + 1)]
    dates = _padded([f"{day}\n" for day in days])
    stars = _padded([f"{star}," for star in range(1, 6)])
    if layout == "movielens":
        # A quarter to nine in the evening: MovieLens has seconds since 1970.
        seconds = [(day - date(1970, 1, 1)).days * 86_400 + 74_700 for day in days]
        return _Texts(
            b"userId,movieId,rating,timestamp\r\n",
            "",
            ",{title_id},",
            _padded([f"{star}.0," for star in range(1, 6)]),
            _padded([f"{second}\r\n" for second in seconds]),
        )
    if layout == "csv":
        return _Texts(b"user_id,title_id,rating,date\n", "", ",{title_id},", stars, dates)
    return _Texts(b"", "{title_id}:\n", ",", stars, dates)


def _padded(texts: list[str]) -> NDArray[np.uint8]:
    """Texts as rows of bytes, (n_texts, longest), filled up with zeros."""
    longest = max(len(text) for text in texts)
    filled = "".join(text.ljust(longest, "\0") for text in texts).encode("ascii")
    return np.frombuffer(filled, np.uint8).reshape(len(texts), longest)


class _Renderer:
    """Draws one title's ratings and gives them as text.

    Parameters
    ----------
    plan : Plan
    settings : SyntheticRatingsSettings
    texts : _Texts
        The layout.
    """

    def __init__(self, plan: Plan, settings: SyntheticRatingsSettings, texts: _Texts) -> None:
        self.texts = texts
        self._plan, self._settings = plan, settings
        n_titles, n_days = settings.n_titles, len(texts.days)
        rng = np.random.default_rng([settings.seed, 4])
        # A third of the titles was there from the first day, the others came one after another.
        came = rng.integers(-n_days // 2, n_days - 30, n_titles)
        self._first_days = np.maximum(0, came)

    def text(self, index: int) -> NDArray[np.uint8]:
        """The lines of the title with this index."""
        plan = self._plan
        n_raters, group = int(plan.n_raters[index]), int(plan.title_groups[index])
        raters = np.empty(n_raters, np.int32)
        draw_raters(
            self._seed(index, _WHO),
            raters,
            round(self._settings.group_share * n_raters),
            (int(plan.group_starts[group]), int(plan.group_starts[group + 1])),
            plan.all_tables,
            plan.group_tables,
            plan.completists,
        )
        title_line = self.texts.title_line.format(title_id=index + 1).encode("ascii")
        middle = self.texts.middle.format(title_id=index + 1).encode("ascii")
        out = np.empty(len(title_line) + n_raters * _LINE_BYTES, np.uint8)
        out[: len(title_line)] = np.frombuffer(title_line, np.uint8)
        n_bytes = write_lines(
            self._seed(index, _HOW),
            raters,
            plan.liking[index],
            (plan.user_ids, plan.groups, plan.leanings),
            plan.cuts,
            int(self._first_days[index]),
            (np.frombuffer(middle, np.uint8), self.texts.stars, self.texts.days),
            out[len(title_line) :],
        )
        return out[: len(title_line) + n_bytes]

    def _seed(self, index: int, stream: int) -> np.uint64:
        """The start of one of a title's streams."""
        sequence = np.random.SeedSequence([self._settings.seed, stream, index])
        return np.uint64(sequence.generate_state(1, np.uint64)[0])


def _write_truth(path: Path, plan: Plan) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    order = np.argsort(plan.user_ids)
    columns = [pa.array(plan.user_ids[order]), pa.array(plan.groups[order])]
    parquet.write_table(pa.table(columns, schema=_TRUTH), path, compression="zstd")
