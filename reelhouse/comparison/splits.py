"""The splits that all models are compared on, and the validation part that settings are chosen on.

References
----------
Liang, D., Krishnan, R. G., Hoffman, M. D. and Jebara, T. (2018). Variational autoencoders for
    collaborative filtering. WWW (whole users held out).
Zhao, W. X. et al. (2021). RecBole: towards a unified, comprehensive and efficient framework for
    recommendation algorithms. CIKM (8:1:1 of each user's titles, and how it is rounded).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from reelhouse.comparison.data import ComparedRatings
from reelhouse.comparison.settings import SplitSettings
from reelhouse.errors import EvaluationError
from reelhouse.evaluation.held_out_users import (
    HeldOutUsers,
    UserProtocol,
    UserSplit,
    strong_generalization,
)
from reelhouse.evaluation.splits import Split, random_split, temporal_split
from reelhouse.models.ratings import Ratings
from reelhouse.recommend.names import TitleNames
from reelhouse.recommend.rated import RatedTitles

#: Share of the users who like enough titles that test is held out for, where no number is given.
_TEST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class RatingSplit:
    """Ratings to learn from and to predict; users, titles and features are those of both."""

    name: str
    train: Ratings
    held_out: Ratings


@dataclass(frozen=True, eq=False)
class RankingSplit:
    """What to learn from, and users to recommend to.

    Attributes
    ----------
    name : str
    known : RatedTitles
    users : HeldOutUsers
    left_out : csr_matrix of shape (n_users, n_titles), or None
        Titles that are neither shown nor to be found, and not recommended either.
    genres : csr_matrix of shape (n_titles, n_genres), or None
    """

    name: str
    known: RatedTitles
    users: HeldOutUsers
    left_out: sparse.csr_matrix | None = None
    genres: sparse.csr_matrix | None = None


def rating_splits(
    data: ComparedRatings, settings: SplitSettings, *, seed: int
) -> list[RatingSplit]:
    """Cut ratings for those who predict them.

    Raises
    ------
    EvaluationError
        A side would be empty, or dates are required and missing.
    """
    ratings = data.ratings
    return [
        RatingSplit(name, ratings.take(split.train), ratings.take(split.test))
        for name, split in _folds(data, settings, seed)
    ]


def rating_validation(first: RatingSplit, settings: SplitSettings, *, seed: int) -> RatingSplit:
    """Cut a validation part off the training part of the first split, the way tests are cut."""
    train, share = first.train, settings.validation_share
    if settings.folds == "temporal" and train.days is not None:
        split = temporal_split(train.days, share=share)
    else:
        split = random_split(train.n_ratings, share=share, seed=seed)
    return RatingSplit("validation", train.take(split.train), train.take(split.test))


def ranking_splits(
    data: ComparedRatings, settings: SplitSettings, *, seed: int
) -> list[RankingSplit]:
    """Cut ratings for those who rank titles: as many splits as seeds.

    Raises
    ------
    EvaluationError
        Too few users like enough titles.
    """
    if settings.ranking == "ratings":
        return [_of_ratings(data, settings, seed + at).test for at in range(settings.n_seeds)]
    protocol = UserProtocol(threshold=settings.threshold)
    n_test = _n_test(data, settings, protocol)
    return [
        _user_split(
            data,
            strong_generalization(
                data.ratings.by_user, n_validation=0, n_test=n_test, seed=seed + at,
                protocol=protocol,
            ),
            f"seed {seed + at}",
        )
        for at in range(settings.n_seeds)
    ]  # fmt: skip


def ranking_validation(
    data: ComparedRatings, first: RankingSplit, settings: SplitSettings, *, seed: int
) -> RankingSplit:
    """Hold out users, or titles, of the training part of the first split."""
    if settings.ranking == "ratings":
        return _of_ratings(data, settings, seed).validation
    known = first.known
    n_validation = max(round(2 * settings.validation_share * known.history.shape[0]), 1)
    split = strong_generalization(
        known.history, n_validation=n_validation, n_test=0, seed=seed,
        protocol=UserProtocol(threshold=0.0),
    )  # fmt: skip
    chosen = split.title_index
    genres = None if first.genres is None else first.genres[chosen]
    days = None
    if known.days is not None:
        whole = sparse.csr_matrix(
            (known.days, known.history.indices, known.history.indptr), shape=known.history.shape
        )
        days = _days_of(whole, split)
    learned = RatedTitles.of(
        split.train,
        names=_names(known.names, chosen),
        days=days,
        features=None if known.features is None else known.features[chosen],
        feature_names=known.feature_names,
    )
    return RankingSplit("validation", learned, split.validation, genres=genres)


def _folds(data: ComparedRatings, settings: SplitSettings, seed: int) -> list[tuple[str, Split]]:
    if settings.folds == "auto" and data.folds:
        return list(data.folds)
    ratings = data.ratings
    if settings.folds == "temporal":
        if ratings.days is None:
            raise EvaluationError("not all ratings are dated, required for temporal folds")
        return [("newest", temporal_split(ratings.days))]
    if ratings.n_ratings < settings.n_folds:
        raise EvaluationError(
            f"{ratings.n_ratings} ratings are to be cut into {settings.n_folds} folds, "
            f"required are {settings.n_folds} at least"
        )
    order = np.random.default_rng(seed).permutation(ratings.n_ratings)
    found = []
    for at, test in enumerate(np.array_split(order, settings.n_folds), 1):
        is_test = np.zeros(ratings.n_ratings, dtype=np.bool_)
        is_test[test] = True
        found.append((f"fold {at}", Split(np.flatnonzero(~is_test), np.flatnonzero(is_test))))
    return found


def _n_test(data: ComparedRatings, settings: SplitSettings, protocol: UserProtocol) -> int:
    if settings.test_users is not None:
        return settings.test_users
    ratings = data.ratings
    liked = ratings.users[ratings.values >= protocol.threshold]
    able = np.count_nonzero(np.bincount(liked) >= protocol.min_positives)
    return max(round(_TEST_SHARE * able), 1)


def _user_split(data: ComparedRatings, split: UserSplit, name: str) -> RankingSplit:
    chosen, ratings = split.title_index, data.ratings
    days = None
    if ratings.days is not None:
        by_user = ratings.by_user
        # The ratings are sorted as the matrix is.
        whole = sparse.csr_matrix(
            (ratings.days, by_user.indices, by_user.indptr), shape=by_user.shape
        )
        days = _days_of(whole, split)
    known = _known(data, split.train, chosen, days)
    return RankingSplit(name, known, split.test, genres=_genres(data, chosen))


def _days_of(days: sparse.csr_matrix, split: UserSplit) -> NDArray[np.float32]:
    """Days of the positives of the training users; days count from 1, so that none is lost."""
    chosen = days[split.user_index][:, split.title_index].multiply(split.train).tocsr()
    chosen.sort_indices()
    found: NDArray[np.float32] = chosen.data.astype(np.float32)
    return found


def _known(
    data: ComparedRatings,
    history: sparse.csr_matrix,
    chosen: NDArray[np.integer],
    days: NDArray[np.float32] | None,
) -> RatedTitles:
    features = data.ratings.features
    return RatedTitles.of(
        history,
        names=_names(data.names, chosen),
        days=days,
        features=None if features is None else features[chosen],
        feature_names=data.genre_names,
    )


def _names(names: TitleNames, chosen: NDArray[np.integer]) -> TitleNames:
    return TitleNames(names.title_ids.take(chosen), names.titles.take(chosen))


def _genres(data: ComparedRatings, chosen: NDArray[np.integer]) -> sparse.csr_matrix | None:
    return None if data.genres is None else data.genres[chosen]


@dataclass(frozen=True)
class _HeldOutTitles:
    """The same users on both sides, and the same titles to learn from."""

    validation: RankingSplit
    test: RankingSplit


def _of_ratings(data: ComparedRatings, settings: SplitSettings, seed: int) -> _HeldOutTitles:
    ratings = data.ratings
    liked = np.flatnonzero(ratings.values >= settings.threshold)
    if not liked.size:
        raise EvaluationError(f"no rating is {settings.threshold:g} or more, required is 1")
    part = divide_by_user(ratings.users[liked], seed=seed)
    users, rows = np.unique(ratings.users[liked].astype(np.int64), return_inverse=True)
    chosen, columns = np.unique(ratings.titles[liked], return_inverse=True)
    matrices = []
    for one in range(3):
        at = part == one
        matrix = sparse.csr_matrix(
            (np.ones(np.count_nonzero(at), np.float32), (rows[at], columns[at])),
            shape=(users.size, chosen.size),
        )
        matrix.sort_indices()
        matrices.append(matrix)
    train, validation, test = matrices
    # Sorted by user and title, as the matrix stores them.
    days = None if ratings.days is None else ratings.days[liked][part == 0]
    known, genres = _known(data, train, chosen, days), _genres(data, chosen)
    name = f"seed {seed}"
    return _HeldOutTitles(
        # Test titles may be recommended here: that they are tested is not to be known.
        RankingSplit("validation", known, HeldOutUsers(users, train, validation), None, genres),
        RankingSplit(name, known, HeldOutUsers(users, train, test), validation, genres),
    )


def divide_by_user(users: NDArray[np.integer], *, seed: int) -> NDArray[np.int8]:
    """Divide each user's ratings at random into 0 (train), 1 (validation) and 2 (test), 8:1:1.

    As RecBole rounds it: a tenth is rounded down; of a user with fewer than ten, one rating each
    goes to test and to validation, in this order, as long as more than one is left to learn from.

    Parameters
    ----------
    users : ndarray of shape (n_ratings,)
        Whose each is.
    seed : int

    Returns
    -------
    ndarray of shape (n_ratings,)
    """
    _, rows, counts = np.unique(users, return_inverse=True, return_counts=True)
    tenth = counts // 10
    n_test = np.where(tenth > 0, tenth, np.minimum(counts - 1, 1))
    n_validation = np.where(tenth > 0, tenth, np.clip(counts - 2, 0, 1))
    draw = np.random.default_rng(seed).random(users.size)
    order = np.lexsort((draw, rows))
    starts = np.cumsum(counts) - counts
    place = np.empty(users.size, dtype=np.int64)
    place[order] = np.arange(users.size) - np.repeat(starts, counts)
    part = np.zeros(users.size, dtype=np.int8)
    part[place < n_test[rows] + n_validation[rows]] = 1
    part[place < n_test[rows]] = 2
    return part
