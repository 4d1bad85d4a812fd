"""Ratings whose titles differ in quality, of users who differ in taste."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from reelhouse.comparison.data import ComparedRatings
from reelhouse.models.ratings import Ratings
from reelhouse.recommend.names import TitleNames

N_USERS, N_TITLES = 60, 30


def compared(ratings: Ratings, **others: object) -> ComparedRatings:
    ids = pa.array([str(column) for column in range(ratings.n_titles)])
    return ComparedRatings(
        ratings,
        np.arange(ratings.n_users, dtype=np.int32),
        np.arange(ratings.n_titles, dtype=np.int32),
        TitleNames(ids, ids),
        **others,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def data() -> ComparedRatings:
    """Two tastes: even users like even titles; each rated two titles of three."""
    rng = np.random.default_rng(7)
    users, titles = np.nonzero(rng.random((N_USERS, N_TITLES)) < 2 / 3)
    alike = users % 2 == titles % 2
    values = np.where(alike, rng.choice([4, 5], users.size), rng.choice([1, 2, 3], users.size))
    genres = sparse.csr_matrix(np.eye(2, dtype=np.float32)[np.arange(N_TITLES) % 2])
    ratings = Ratings.of(
        users, titles, values.astype(np.float32), shape=(N_USERS, N_TITLES),
        days=(1 + np.arange(users.size) % 50).astype(np.float32), features=genres,
    )  # fmt: skip
    return compared(ratings, genres=genres, genre_names=("even", "odd"))
