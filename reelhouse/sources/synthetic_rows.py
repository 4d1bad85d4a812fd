"""The rows of a block of the synthetic catalogue."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reelhouse.sources.synthetic_names import People, TitleNames
from reelhouse.sources.synthetic_text import Sentences
from reelhouse.sources.synthetic_themes import Theme, themes

if TYPE_CHECKING:
    from reelhouse.sources.synthetic import SyntheticSettings

COLUMNS = (
    "show_id", "type", "title", "director", "cast", "country", "date_added", "release_year",
    "rating", "duration", "listed_in", "description",
)  # fmt: skip

_N_DRAWS = 32
_FIRST_DATE, _LAST_DATE = date(2015, 1, 1), date(2021, 9, 25)
_COUNTRIES = ("United States", "United Kingdom", "Canada", "France", "Germany", "India", "Spain")
_RATINGS = ("TV-MA", "TV-14", "TV-PG", "R", "PG-13", "PG")
_LABELS = ("Dramas", "Comedies", "Independent Movies", "Thrillers", "Cult Movies")
_SHOW_LABELS = ("TV Dramas", "TV Comedies", "TV Mysteries", "Classic & Cult TV")
# Share of people, countries and ratings that are not the theme's own, and of second labels.
_STRAY = 0.1


@dataclass(frozen=True, slots=True)
class SyntheticTitle:
    """One row, with the number of the title and its planted theme."""

    index: int
    theme: str
    type: str
    title: str
    director: str
    cast: str
    country: str
    date_added: str
    release_year: int
    rating: str
    amount: int | None
    """Minutes of a movie, seasons of a show."""
    listed_in: str
    description: str

    def cells(self, number: int) -> list[str]:
        """The row as the file spells it, as the catalogue's number-th."""
        return [
            f"s{number}", self.type, self.title, self.director, self.cast, self.country,
            self.date_added, str(self.release_year), self.rating, self._duration(),
            self.listed_in, self.description,
        ]  # fmt: skip

    def with_new_season(self) -> SyntheticTitle:
        """The same show a season later."""
        amount = None if self.amount is None else self.amount + 1
        return replace(self, amount=amount, release_year=self.release_year + 1)

    def _duration(self) -> str:
        if self.amount is None:
            return ""
        if self.type == "Movie":
            return f"{self.amount} min"
        return f"{self.amount} Season{'s' if self.amount > 1 else ''}"


class RowMaker:
    """Makes the rows of successive blocks; names are given out in order.

    Parameters
    ----------
    settings
        What catalogue.
    shares : array of shape (n_themes,)
        Shares of the themes.
    given_out : array of shape (n_themes,), optional
        Names that each theme has given out already.
    """

    def __init__(
        self,
        settings: SyntheticSettings,
        shares: NDArray[np.float64],
        given_out: NDArray[np.int64] | None = None,
    ) -> None:
        self._settings = settings
        self._themes = themes(settings.n_themes)
        self._names = [
            TitleNames(theme, settings.seed * 31 + rank * 97)
            for rank, theme in enumerate(self._themes)
        ]
        self._people = _people(self._themes)
        # As catalogues grow, so do the people in them, but more slowly.
        self._n_people = [
            24 + int(3 * (settings.n_titles * share) ** 0.8) for share in shares.tolist()
        ]
        started = [0] * settings.n_themes if given_out is None else given_out.tolist()
        self._given_out: list[int] = started
        self._sentences = Sentences()

    def make(
        self,
        rng: np.random.Generator,
        theme: NDArray[np.int64],
        movie: NDArray[np.bool_],
        first: int,
    ) -> Iterator[SyntheticTitle]:
        """Rows of a block whose first title has the number `first`."""
        # One row at a time as Python floats: those of a block would take most of the memory.
        rows = zip(theme.tolist(), movie.tolist(), strict=True)
        draws = rng.random((len(theme), _N_DRAWS))
        for offset, (planted, is_movie) in enumerate(rows):
            yield self._row(first + offset, planted, is_movie, draws[offset].tolist())

    def _row(self, index: int, planted: int, is_movie: bool, draws: list[float]) -> SyntheticTitle:
        settings, theme = self._settings, self._themes[planted]
        second = self._second(planted, draws[0])
        crossed = draws[1] < settings.crossed_share
        placed = crossed or draws[1] > 1 - settings.mixed_share / 2
        ended = crossed or draws[1] < settings.crossed_share + settings.mixed_share / 2
        told = second if crossed else theme
        title = self._names[planted].name(self._given_out[planted], index)
        self._given_out[planted] += 1
        director = self._director(planted, draws[2:5])
        year = _added_year(index, settings.n_titles)
        return SyntheticTitle(
            index=index,
            theme=theme.name,
            type="Movie" if is_movie else "TV Show",
            title=title,
            director=director,
            cast=self._cast(planted, draws[5:18]),
            country=_country(theme, settings.null_country, draws[18:21]),
            date_added=""
            if draws[21] < settings.null_date_added
            else _date_added(index, settings.n_titles),
            release_year=_release_year(year, is_movie, draws[22]),
            rating=_rating(theme, settings.null_rating, draws[23]),
            amount=_amount(is_movie, settings.null_duration, draws[22], draws[23]),
            listed_in=_genres(told, is_movie, draws[19], draws[20]),
            description=self._sentences.write(
                told,
                second if placed else theme,
                second if ended else theme,
                director,
                draws[24:32],
            ),
        )

    def _second(self, planted: int, draw: float) -> Theme:
        """Some other theme, or the same where there is one only."""
        n_others = max(1, len(self._themes) - 1)
        return self._themes[(planted + 1 + int(draw * n_others)) % len(self._themes)]

    def _director(self, planted: int, draws: Sequence[float]) -> str:
        if draws[0] < self._settings.null_director:
            return ""
        # Even numbers direct, odd ones act.
        return self._person(planted, draws[1], draws[2], 0)

    def _cast(self, planted: int, draws: Sequence[float]) -> str:
        if draws[0] < self._settings.null_cast:
            return ""
        n_cast = 2 + int(draws[1] * 10)
        # What of a draw tells the person also tells, in its further digits, who is a guest.
        names = (self._person(planted, draw, draw * 997 % 1, 1) for draw in draws[2 : 2 + n_cast])
        return ", ".join(dict.fromkeys(names))

    def _person(self, planted: int, draw: float, stray: float, parity: int) -> str:
        """A person of the theme; the first ones are the busiest."""
        if stray < _STRAY:
            planted = int(stray / _STRAY * len(self._themes))
        number = int(draw * draw * self._n_people[planted])
        return self._people[planted].name(2 * number + parity)


def _people(planted: Sequence[Theme]) -> list[People]:
    """The people of each theme; themes of one pool of names take turns in it."""
    pools = [theme.first_names for theme in planted]
    return [
        People(theme, pools[:rank].count(theme.first_names), pools.count(theme.first_names))
        for rank, theme in enumerate(planted)
    ]


def _country(theme: Theme, null_share: float, draws: Sequence[float]) -> str:
    if draws[0] < null_share:
        return ""
    # Squared: the first country is the usual one.
    own = theme.countries[int(draws[1] ** 2 * len(theme.countries))]
    if draws[2] >= _STRAY:
        return own
    partner = _COUNTRIES[int(draws[2] / _STRAY * len(_COUNTRIES))]
    return own if partner == own else f"{own}, {partner}"


def _rating(theme: Theme, null_share: float, draw: float) -> str:
    if draw < null_share:
        return ""
    if draw > 1 - _STRAY:
        return _RATINGS[int((draw - 1 + _STRAY) / _STRAY * len(_RATINGS)) % len(_RATINGS)]
    return theme.ratings[int(draw / (1 - _STRAY) * len(theme.ratings)) % len(theme.ratings)]


def _genres(theme: Theme, is_movie: bool, which: float, stray: float) -> str:
    sets = theme.movie_genres if is_movie else theme.show_genres
    labels = sets[int(which * len(sets))]
    if stray >= _STRAY:
        return labels
    common = _LABELS if is_movie else _SHOW_LABELS
    label = common[int(stray / _STRAY * len(common))]
    return labels if label in labels.split(", ") else f"{labels}, {label}"


def _days_ago(index: int, n_titles: int) -> int:
    """The file lists the newest first; titles of a night are newer than the first."""
    if index >= n_titles:
        return -1
    return int((_LAST_DATE - _FIRST_DATE).days * index / n_titles)


def _added_year(index: int, n_titles: int) -> int:
    return (_LAST_DATE - timedelta(days=_days_ago(index, n_titles))).year


def _date_added(index: int, n_titles: int) -> str:
    return _spelled(_LAST_DATE - timedelta(days=_days_ago(index, n_titles)))


@cache
def _spelled(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _release_year(added: int, is_movie: bool, draw: float) -> int:
    """A year up to that of the addition: movies reach back further."""
    years_ago = -math.log(1 - draw) * (5.0 if is_movie else 1.5)
    return max(1945, added - int(years_ago))


def _amount(is_movie: bool, null_share: float, draw: float, other: float) -> int | None:
    if 0.5 < other < 0.5 + null_share:
        return None
    if is_movie:
        return 60 + int(80 * (draw + other) / 2)
    return 1 + int(6 * other**4)
