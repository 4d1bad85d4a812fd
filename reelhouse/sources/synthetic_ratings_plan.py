"""What is decided before the first synthetic rating is drawn: users, titles and their groups."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from reelhouse.settings import Settings
from reelhouse.sources.synthetic_ratings_kernels import fill_alias_table

#: The prize's ids of users lie in 1 to 2,649,429, with gaps: 5.5 for every user.
_IDS_PER_USER = 2_649_429 / 480_189
#: Raters of a title as a share of all users, by the quantile of the title: 3, 192, 561, 2,668,
#: 10,100, 24,500, 93,000 and 232,944 of the prize's users.
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_RATERS = (3, 192, 561, 2_668, 10_100, 24_500, 93_000, 232_944)
_PRIZE_USERS = 480_189
_PRIZE_DENSITY = 100_480_507 / 17_770 / _PRIZE_USERS
#: Largest share of the users who rate one title.
LARGEST_SHARE = 232_944 / _PRIZE_USERS
#: Spread of the logarithm of a user's activity: the mean is 2.2 times the median, as the prize's.
_ACTIVITY_SPREAD = 1.25
#: No user is less active than this many ratings, so that every user has some.
_LEAST_ACTIVITY = 12.0
#: The prize's most active users rated 17,653, 17,436, 16,565, 15,813 and 14,831 of 17,770 titles.
_COMPLETIST_SHARES = (0.9934, 0.9812, 0.9322, 0.8899, 0.8346)
#: The prize's shares of one to five stars.
STAR_SHARES = (0.046, 0.101, 0.287, 0.336, 0.230)
#: Standard deviations in a rating's score, in units of its noise.
_QUALITY, _LEANING, _TASTE_NOISE = 0.40, 0.42, 0.15
#: How much better a group likes its own titles.
_OWN_TASTE = 0.8


class SyntheticRatingsSettings(Settings):
    """What ratings to write; the counts are the Netflix Prize's."""

    n_users: PositiveInt = _PRIZE_USERS
    """Users."""

    n_titles: PositiveInt = 17_770
    """Titles; each belongs to the taste of one group."""

    n_ratings: PositiveInt = 100_480_507
    """Ratings, at most 0.48 for each pair of user and title."""

    n_groups: PositiveInt = 20
    """Planted groups of users, of equal sizes."""

    group_share: float = Field(default=0.35, ge=0, le=1)
    """Share of a title's raters who are drawn from its group, the rest from all users."""

    seed: NonNegativeInt = 0
    """Seed of everything that is drawn."""

    @classmethod
    def scaled(cls, share: float, *, seed: int = 0) -> Self:
        """The prize's shape with a share of its users and ratings, and all of its titles.

        >>> SyntheticRatingsSettings.scaled(0.01).n_users
        4802
        """
        return cls(
            n_users=max(1, round(_PRIZE_USERS * share)),
            n_ratings=max(1, round(100_480_507 * share)),
            seed=seed,
        )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        most = int(LARGEST_SHARE * self.n_users) * self.n_titles
        if not self.n_titles <= self.n_ratings <= most:
            raise ValueError(
                f"n_ratings={self.n_ratings:,}, required {self.n_titles:,} to {most:,} "
                f"for {self.n_users:,} users and {self.n_titles:,} titles"
            )
        if self.n_groups > self.n_users:
            raise ValueError(
                f"n_groups={self.n_groups:,}, required at most n_users={self.n_users:,}"
            )
        return self


@dataclass(frozen=True)
class Plan:
    """Users and titles; users are numbered so that a group is a range of numbers.

    Attributes
    ----------
    user_ids : array of shape (n_users,), int32
        External ids, in no order.
    groups : array of shape (n_users,), int32
    group_starts : array of shape (n_groups + 1,), int64
    all_tables, group_tables : pairs of arrays of shape (n_users,), uint32 and int32
        Alias tables by activity over all users, and within each group.
    completists : arrays of shape (n_completists,), int32 and float64
        Users who rate nearly everything, and the share of the titles that they rate.
    leanings : array of shape (n_users,), float32
        How much higher than others a user rates.
    n_raters : array of shape (n_titles,), int64
    title_groups : array of shape (n_titles,), int64
    liking : array of shape (n_titles, n_groups), float32
        How well each group likes each title.
    cuts : array of shape (4,), float32
        Scores between the stars.
    """

    user_ids: NDArray[np.int32]
    groups: NDArray[np.int32]
    group_starts: NDArray[np.int64]
    all_tables: tuple[NDArray[np.uint32], NDArray[np.int32]]
    group_tables: tuple[NDArray[np.uint32], NDArray[np.int32]]
    completists: tuple[NDArray[np.int32], NDArray[np.float64]]
    leanings: NDArray[np.float32]
    n_raters: NDArray[np.int64]
    title_groups: NDArray[np.int64]
    liking: NDArray[np.float32]
    cuts: NDArray[np.float32]


def make_plan(settings: SyntheticRatingsSettings) -> Plan:
    """Decide everything but the ratings themselves."""
    rng = np.random.default_rng([settings.seed, 0])
    n_users, n_groups = settings.n_users, settings.n_groups
    starts = np.arange(n_groups + 1, dtype=np.int64) * n_users // n_groups
    groups = np.repeat(np.arange(n_groups, dtype=np.int32), np.diff(starts))
    n_ids = max(n_users, int(n_users * _IDS_PER_USER))
    user_ids = rng.permutation(np.arange(1, n_ids + 1, dtype=np.int32))[:n_users]
    activity = _activity(settings, rng)
    n_raters = rng.permutation(raters_by_rank(settings))
    title_groups = rng.permutation(np.arange(settings.n_titles, dtype=np.int64) % n_groups)
    own_shares = _own_shares(settings, activity, n_raters)
    liking = _liking(settings, rng, own_shares, n_raters, title_groups)
    leanings = rng.normal(0.0, _LEANING, n_users).astype(np.float32)
    return Plan(
        user_ids=user_ids,
        groups=groups,
        group_starts=starts,
        all_tables=_alias_tables(activity, np.array([0, n_users])),
        group_tables=_alias_tables(activity, starts),
        completists=_completists(n_users, rng),
        leanings=leanings,
        n_raters=n_raters,
        title_groups=title_groups,
        liking=liking,
        cuts=_cuts(float(np.average(own_shares, weights=n_raters))),
    )


def raters_by_rank(settings: SyntheticRatingsSettings) -> NDArray[np.int64]:
    """Raters of each title, fewest first; they add up to `n_ratings`.

    The shape is the prize's: shares of the users by quantile, bent by the one exponent that gives
    the wanted sum.

    Returns
    -------
    array of shape (n_titles,), int64, each at least 1
    """
    largest = _largest(settings)
    quantiles = (np.arange(settings.n_titles) + 0.5) / settings.n_titles
    shape = np.interp(quantiles, _QUANTILES, np.log(np.array(_RATERS) / _RATERS[-1]))
    shape -= shape[-1]
    low, high = 0.0, 64.0
    for _ in range(60):
        bend = (low + high) / 2
        if np.maximum(1.0, largest * np.exp(shape * bend)).sum() > settings.n_ratings:
            low = bend
        else:
            high = bend
    counts = np.maximum(1, (largest * np.exp(shape * high)).astype(np.int64))
    return _completed(counts, settings.n_ratings, largest)


def _largest(settings: SyntheticRatingsSettings) -> int:
    """Raters of the most popular title: fewer where the ratings are thinner than the prize's."""
    density = settings.n_ratings / settings.n_titles / settings.n_users
    thinner = min(1.0, density / _PRIZE_DENSITY)
    return max(1, round(LARGEST_SHARE * settings.n_users * thinner - 0.5))


def _completed(counts: NDArray[np.int64], n_ratings: int, largest: int) -> NDArray[np.int64]:
    """Give to the most popular titles what rounding took away, or take what it gave."""
    missing = n_ratings - int(counts.sum())
    popular_first = np.flip(counts)
    room = popular_first - 1
    if missing > 0:
        room = np.clip(largest - popular_first, 0, 1 + missing // len(counts))
    changes = np.clip(abs(missing) - (np.cumsum(room) - room), 0, room)
    completed: NDArray[np.int64] = counts + np.sign(missing) * np.flip(changes)
    return completed


def _activity(settings: SyntheticRatingsSettings, rng: np.random.Generator) -> NDArray[np.float64]:
    """Relative activity of each user, (n_users,): log-normal, none close to zero."""
    mean = settings.n_ratings / settings.n_users
    activity = rng.lognormal(-0.5 * _ACTIVITY_SPREAD**2, _ACTIVITY_SPREAD, settings.n_users)
    raised: NDArray[np.float64] = np.maximum(activity, min(1.0, _LEAST_ACTIVITY / mean))
    return raised


def _alias_tables(
    weights: NDArray[np.float64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Alias tables of each range of users, one after the other."""
    limits, aliases = np.empty(len(weights), np.uint32), np.empty(len(weights), np.int32)
    for first, end in pairwise(starts.tolist()):
        fill_alias_table(weights[first:end], limits[first:end], aliases[first:end])
    return limits, aliases


def _completists(
    n_users: int, rng: np.random.Generator
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The users who rate nearly every title: five of the prize's, none of a tenth of them."""
    shares = np.array(_COMPLETIST_SHARES)[: 5 * n_users // _PRIZE_USERS]
    return rng.choice(n_users, len(shares), replace=False).astype(np.int32), shares


def _own_shares(
    settings: SyntheticRatingsSettings, activity: NDArray[np.float64], n_raters: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share of each title's raters who are of its group, (n_titles,), as can be expected.

    A popular title draws from its group more often than the group has users: the share falls.
    """
    chances = activity / activity.sum()
    draws = np.geomspace(1, max(2, LARGEST_SHARE * settings.n_users), 24)
    # Groups are alike: m draws from one meet as many of its users as n_groups * m draws from all
    # meet of its share of all users.
    met = np.array(
        [-np.expm1(-settings.n_groups * m * chances).sum() / settings.n_groups for m in draws]
    )
    from_group = np.interp(settings.group_share * n_raters, draws, met)
    from_all = np.maximum(0.0, n_raters - from_group) / settings.n_groups
    shares: NDArray[np.float64] = (from_group + from_all) / n_raters
    return shares


def _liking(
    settings: SyntheticRatingsSettings,
    rng: np.random.Generator,
    own_shares: NDArray[np.float64],
    n_raters: NDArray[np.int64],
    title_groups: NDArray[np.int64],
) -> NDArray[np.float32]:
    """How well each group likes each title, (n_titles, n_groups), of mean 0 over all ratings."""
    n_groups = settings.n_groups
    own = float(np.average(own_shares, weights=n_raters))
    taste = rng.normal(0.0, _TASTE_NOISE, (n_groups, n_groups))
    taste += _OWN_TASTE * np.eye(n_groups)
    # How often each pair of a group and the group of a title meets.
    meetings = np.full_like(taste, (1 - own) / max(1, n_groups - 1))
    np.fill_diagonal(meetings, own)
    taste -= np.average(taste, weights=meetings)
    # Popular titles are liked better, as the prize's are; the rest is the title's own.
    quality = 0.5 * _standardized(np.log(n_raters), n_raters)
    quality += _standardized(rng.normal(size=settings.n_titles), n_raters)
    liking = taste[title_groups] + _QUALITY * _standardized(quality, n_raters)[:, None]
    return liking.astype(np.float32)


def _standardized(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values with mean 0 and variance 1 over all ratings."""
    mean = np.average(values, weights=counts)
    spread = np.sqrt(np.average((values - mean) ** 2, weights=counts))
    centred: NDArray[np.float64] = (values - mean) / (spread if spread > 0 else 1.0)
    return centred


def _cuts(own_share: float) -> NDArray[np.float32]:
    """Scores between the stars, such that the stars have the prize's shares."""
    own = own_share * (1 - own_share) * _OWN_TASTE**2
    spread = np.sqrt(1 + _QUALITY**2 + _LEANING**2 + _TASTE_NOISE**2 + own)
    normal = NormalDist(0.0, float(spread))
    return np.array(
        [normal.inv_cdf(float(share)) for share in np.cumsum(STAR_SHARES)[:-1]], np.float32
    )
