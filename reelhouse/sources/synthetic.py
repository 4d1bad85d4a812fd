"""A seeded catalogue of planted themes, written as the Kaggle file would be.

It is written block by block, each from a random stream of its own, so that a million titles need
no more memory than a block. The planted theme of every title is known, which makes clusterings
measurable.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet
from pydantic import Field, NonNegativeInt, PositiveInt

from reelhouse.errors import SourceError
from reelhouse.settings import Settings
from reelhouse.sources.synthetic_rows import COLUMNS, RowMaker, SyntheticTitle
from reelhouse.sources.synthetic_themes import theme_names, themes

__all__ = ["SyntheticSettings", "theme_names", "write_catalogue", "write_night"]

_BLOCK = 10_000
# Streams of the night: far above any block of a catalogue.
_NIGHT_BLOCKS = 1_000_000
_NIGHT_CHOICES = 2_000_000

_TRUTH = pa.schema(
    [("title", pa.string()), ("type", pa.string()), ("release_year", pa.int32()),
     ("theme", pa.string())]
)  # fmt: skip


class SyntheticSettings(Settings):
    """What catalogue to write. The null shares are those of the file of September 2021."""

    n_titles: PositiveInt = 2_000
    """Titles of the catalogue."""

    n_themes: PositiveInt = 12
    """Planted themes; the largest has about three times the titles of the smallest."""

    seed: NonNegativeInt = 0
    """Seed of everything that is drawn."""

    mixed_share: float = Field(default=0.2, ge=0, le=1)
    """Share of titles whose description borrows its place or its end from a second theme."""

    crossed_share: float = Field(default=0.01, ge=0, le=1)
    """Share of titles that have the genres and the whole description of a second theme."""

    null_director: float = Field(default=2634 / 8807, ge=0, le=1)
    """Share of titles without a director."""

    null_cast: float = Field(default=825 / 8807, ge=0, le=1)
    """Share of titles without a cast."""

    null_country: float = Field(default=831 / 8807, ge=0, le=1)
    """Share of titles without a country."""

    null_date_added: float = Field(default=10 / 8807, ge=0, le=1)
    """Share of titles without a date."""

    null_rating: float = Field(default=4 / 8807, ge=0, le=1)
    """Share of titles without a rating."""

    null_duration: float = Field(default=3 / 8807, ge=0, le=1)
    """Share of titles without a duration."""


def write_catalogue(path: Path, settings: SyntheticSettings, *, truth: Path | None = None) -> int:
    """Write a catalogue of `n_titles` in the Kaggle layout.

    Parameters
    ----------
    path
        The CSV file, written anew.
    settings
        What to write.
    truth
        Where to write title, type, release_year and theme of every row, as Parquet.

    Returns
    -------
    int
        Rows written.
    """
    with _Writer(path, truth) as writer:
        for block in _catalogue(settings):
            writer.write(block)
    return writer.n_rows


def write_night(
    path: Path,
    settings: SyntheticSettings,
    *,
    n_new: int,
    n_edited: int = 0,
    n_removed: int = 0,
    truth: Path | None = None,
) -> int:
    """Write the catalogue of `settings` as it stands the night after.

    New titles come first, as in the original, so that every `show_id` shifts.

    Parameters
    ----------
    path
        The CSV file, written anew.
    settings
        The settings of the catalogue that this is the night after.
    n_new
        Titles added, of the same themes.
    n_edited
        Shows that got a new season: their `release_year` and number of seasons grow by one.
    n_removed
        Titles taken off.
    truth
        As in `write_catalogue`.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    SourceError
        There are fewer titles or shows than are to be removed or edited.
    """
    per_theme, movies = _kinds(settings)
    removed, edited = _night_choices(settings, movies, n_edited, n_removed)
    with _Writer(path, truth) as writer:
        for block in _new_titles(settings, per_theme, n_new):
            writer.write(block)
        for block in _catalogue(settings):
            writer.write(
                title.with_new_season() if title.index in edited else title
                for title in block
                if title.index not in removed
            )
    return writer.n_rows


def _draw_kinds(
    settings: SyntheticSettings, rng: np.random.Generator, n_rows: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Theme and whether a movie, of the rows of a block; its stream's first draws."""
    planted = themes(settings.n_themes)
    theme = rng.choice(len(planted), size=n_rows, p=_shares(settings.n_themes))
    movie_share = np.array([theme.movie_share for theme in planted])
    return theme, rng.random(n_rows) < movie_share[theme]


def _shares(n_themes: int) -> NDArray[np.float64]:
    """Shares of the themes: a mild Zipf law, from 3 to 1."""
    exponent = np.log(3.0) / np.log(n_themes) if n_themes > 1 else 0.0
    weights = np.arange(1, n_themes + 1, dtype=np.float64) ** -exponent
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _blocks(n_rows: int) -> Iterator[tuple[int, int, int]]:
    """Number, first row and length of every block."""
    for block, first in enumerate(range(0, n_rows, _BLOCK)):
        yield block, first, min(_BLOCK, n_rows - first)


def _kinds(settings: SyntheticSettings) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Titles per theme (n_themes,), and whether each title is a movie (n_titles,)."""
    per_theme = np.zeros(settings.n_themes, dtype=np.int64)
    movies = np.empty(settings.n_titles, dtype=bool)
    for block, first, n_rows in _blocks(settings.n_titles):
        rng = np.random.default_rng([settings.seed, block])
        theme, movies[first : first + n_rows] = _draw_kinds(settings, rng, n_rows)
        per_theme += np.bincount(theme, minlength=settings.n_themes)
    return per_theme, movies


def _night_choices(
    settings: SyntheticSettings, movies: NDArray[np.bool_], n_edited: int, n_removed: int
) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers of the titles removed and of the shows edited; no title is both."""
    rng = np.random.default_rng([settings.seed, _NIGHT_CHOICES])
    order = rng.permutation(settings.n_titles)
    removed, kept = order[:n_removed], order[n_removed:]
    shows = kept[~movies[kept]]
    if n_removed > len(order) or n_edited > len(shows):
        raise SourceError(
            f"n_removed={n_removed} and n_edited={n_edited} of the synthetic night, expected at"
            f" most {len(order)} titles and {len(shows)} shows"
        )
    return frozenset(removed.tolist()), frozenset(shows[:n_edited].tolist())


def _catalogue(settings: SyntheticSettings) -> Iterator[Iterator[SyntheticTitle]]:
    maker = RowMaker(settings, _shares(settings.n_themes))
    for block, first, n_rows in _blocks(settings.n_titles):
        rng = np.random.default_rng([settings.seed, block])
        theme, movie = _draw_kinds(settings, rng, n_rows)
        yield maker.make(rng, theme, movie, first)


def _new_titles(
    settings: SyntheticSettings, per_theme: NDArray[np.int64], n_new: int
) -> Iterator[Iterator[SyntheticTitle]]:
    """Titles numbered on from the catalogue's last."""
    maker = RowMaker(settings, _shares(settings.n_themes), given_out=per_theme)
    for block, first, n_rows in _blocks(n_new):
        rng = np.random.default_rng([settings.seed, _NIGHT_BLOCKS + block])
        theme, movie = _draw_kinds(settings, rng, n_rows)
        yield maker.make(rng, theme, movie, settings.n_titles + first)


class _Writer:
    """The CSV file and the truth beside it; rows are numbered as they come."""

    def __init__(self, path: Path, truth: Path | None) -> None:
        self.n_rows = 0
        self._path, self._truth_path = path, truth
        self._files = ExitStack()
        self._truth: parquet.ParquetWriter | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._files.enter_context(self._path.open("w", encoding="utf-8", newline=""))
        self._csv = csv.writer(file, lineterminator="\n")
        self._csv.writerow(COLUMNS)
        if self._truth_path:
            self._truth_path.parent.mkdir(parents=True, exist_ok=True)
            self._truth = self._files.enter_context(
                parquet.ParquetWriter(self._truth_path, _TRUTH, compression="zstd")
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.close()

    def write(self, titles: Iterable[SyntheticTitle]) -> None:
        planted = []
        for title in titles:
            self.n_rows += 1
            self._csv.writerow(title.cells(self.n_rows))
            planted.append((title.title, title.type, title.release_year, title.theme))
        if self._truth and planted:
            columns = [pa.array(column) for column in zip(*planted, strict=True)]
            table = pa.table(columns, names=_TRUTH.names).cast(_TRUTH)
            self._truth.write_table(table)
