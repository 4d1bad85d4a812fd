from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError
from scipy import sparse

from reelhouse.errors import FeatureError, SourceError
from reelhouse.interactions import (
    Interactions,
    InteractionSettings,
    TransformSettings,
    UserTransform,
    store_interactions,
)
from tests.unit.interactions.conftest import SMALL, WriteParts, ratings_table

PLAIN = TransformSettings(values="rating", weighting="none", unit_rows=False)


@pytest.fixture
def stored(small: list[Path], tmp_path: Path) -> Interactions:
    """Titles 10, 20, 30, 40 with 4, 2, 1, 2 raters; their means are 3, 3, 1 and 3."""
    return store_interactions(small, tmp_path / "matrix")


def rows(stored: Interactions, settings: TransformSettings) -> list[list[float]]:
    """Block 0: user 1 rated 10 and 20 with 5 and 3; user 4 rated 10, 30, 40 with 4, 1, 2."""
    vectors = stored.load_vectors(0, stored.transform(settings))
    assert vectors.dtype == np.float32
    assert vectors.nnz == 5
    values: list[list[float]] = vectors.toarray().tolist()
    return values


def test_ratings_stay_as_they_are_when_nothing_is_asked(stored: Interactions) -> None:
    assert rows(stored, PLAIN) == [[5, 3, 0, 0], [4, 0, 1, 2]]


def test_binary_rows_say_rated_or_not(stored: Interactions) -> None:
    binary = PLAIN.model_copy(update={"values": "binary"})
    assert rows(stored, binary) == [[1, 1, 0, 0], [1, 0, 1, 1]]


def test_by_default_popular_titles_weigh_less_and_rows_are_of_unit_length(
    stored: Interactions,
) -> None:
    # 1 / sqrt(4) and 1 / sqrt(2); 1 / sqrt(4), 1 / sqrt(1) and 1 / sqrt(2)
    first, second = np.sqrt(1 / 4 + 1 / 2), np.sqrt(1 / 4 + 1 + 1 / 2)
    expected = [
        [0.5 / first, np.sqrt(0.5) / first, 0, 0],
        [0.5 / second, 0, 1 / second, np.sqrt(0.5) / second],
    ]
    np.testing.assert_allclose(rows(stored, InteractionSettings()), expected, rtol=1e-6)


def test_centred_ratings_of_zero_stay_stored(stored: Interactions) -> None:
    by_user = PLAIN.model_copy(update={"centre": "user"})
    np.testing.assert_allclose(
        rows(stored, by_user), [[1, -1, 0, 0], [5 / 3, 0, -4 / 3, -1 / 3]], rtol=1e-6
    )
    by_title = PLAIN.model_copy(update={"centre": "title"})
    # User 1 gave title 20, and user 4 gave title 30, just its mean: stored as exact zeros.
    assert rows(stored, by_title) == [[2, 0, 0, 0], [1, 0, 0, -1]]


def test_idf_is_that_of_the_words_of_descriptions(stored: Interactions) -> None:
    idf = TransformSettings(weighting="idf", unit_rows=False)
    weights = np.log(5 / np.array([5, 3, 2, 3])) + 1
    expected = np.array([[1, 1, 0, 0], [1, 0, 1, 1]]) * weights
    np.testing.assert_allclose(rows(stored, idf), expected, rtol=1e-6)


def bm25_as_implicit_does_it(ratings: sparse.csr_matrix) -> sparse.coo_matrix:
    """The published formula of implicit.nearest_neighbours.bm25_weight, K1=100, B=0.8."""
    found = sparse.coo_matrix(ratings, dtype=np.float64)
    idf = np.log(float(found.shape[0])) - np.log1p(np.bincount(found.col))
    sums = np.ravel(found.sum(axis=1))
    norm = (1.0 - 0.8) + 0.8 * sums / sums.mean()
    found.data = found.data * 101.0 / (100.0 * norm[found.row] + found.data) * idf[found.col]
    return found


@pytest.mark.parametrize("values", ["rating", "binary"])
def test_bm25_is_that_of_implicit(stored: Interactions, values: str) -> None:
    transform = stored.transform(
        TransformSettings.model_validate(
            {"values": values, "weighting": "bm25", "unit_rows": False}
        )
    )
    ratings = sparse.vstack([stored.load(index).matrix for index in range(3)]).tocsr()
    whole = ratings if values == "rating" else (ratings > 0).astype(np.float32)
    np.testing.assert_allclose(
        transform.apply(ratings).toarray(), bm25_as_implicit_does_it(whole).toarray(), rtol=1e-5
    )


def test_a_row_of_zeros_stays_zero(write_ratings: WriteParts, tmp_path: Path) -> None:
    stored = store_interactions(write_ratings([[(1, 1, 0), (2, 1, 4)]]), tmp_path / "matrix")
    values = TransformSettings(values="rating", weighting="none")
    assert stored.load_vectors(0, stored.transform(values)).toarray().tolist() == [[0], [1]]


def test_the_ratings_are_not_changed_by_their_transform(stored: Interactions) -> None:
    ratings = stored.load(0).matrix.astype(np.float32)
    before = ratings.toarray()
    stored.transform(TransformSettings(values="rating")).apply(ratings)
    assert (ratings.toarray() == before).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"centre": "user"}, "centre is user with binary values, which leaves only zeros"),
        ({"values": "rating", "centre": "title", "weighting": "bm25"}, "bm25 requires centre none"),
        ({"min_user_ratings": 0}, "greater than 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        InteractionSettings.model_validate(fields)


def test_new_users_get_the_rows_that_they_would_have_had(stored: Interactions) -> None:
    transform = stored.transform(TransformSettings(values="rating"))
    again = [(u + 100, title, rating) for u, title, rating in (*SMALL[2], *SMALL[0])]
    new = transform.new_users(ratings_table(again[::-1]))
    assert new.user_ids.tolist() == [101, 102, 104, 109]
    first, last = (stored.load_vectors(index, transform).toarray() for index in (0, 2))
    assert (new.vectors.toarray() == [first[0], last[0], first[1], last[1]]).all()
    assert new.n_unknown == 0


def test_ratings_of_unknown_titles_are_left_out_and_counted(stored: Interactions) -> None:
    new = stored.transform(PLAIN).new_users(
        ratings_table([(8, 99, 5), (7, 20, 2), (7, 15, 5), (7, 20, 4)])
    )
    assert new.user_ids.tolist() == [7, 8]
    # The repeated rating of title 20 counts once, as first given.
    assert new.vectors.toarray().tolist() == [[0, 2, 0, 0], [0, 0, 0, 0]]
    assert new.n_unknown == 2


def test_new_users_without_a_column_are_refused(stored: Interactions) -> None:
    table = pa.table({"user_id": [1], "title_id": [2]})
    with pytest.raises(SourceError, match="no column 'rating', required are user_id, title_id"):
        stored.transform(PLAIN).new_users(table)
    table = pa.table({"user_id": [1, None], "title_id": [1, 2], "rating": [1.0, 2.0]})
    with pytest.raises(SourceError, match="column user_id has 1 nulls, required are none"):
        stored.transform(PLAIN).new_users(table)


def test_a_saved_transform_gives_the_same_rows(stored: Interactions, tmp_path: Path) -> None:
    settings = TransformSettings(values="rating", weighting="bm25")
    transform = stored.transform(settings)
    transform.save(tmp_path / "transform.safetensors")
    loaded = UserTransform.load(tmp_path / "transform.safetensors")
    ratings = stored.load(0).matrix
    assert (loaded.apply(ratings) != transform.apply(ratings)).nnz == 0
    assert loaded.settings == settings
    assert loaded.digest() == transform.digest()


def test_rows_of_other_titles_are_refused(stored: Interactions) -> None:
    with pytest.raises(FeatureError, match="the rows have 3 titles, the transform has 4"):
        stored.transform(PLAIN).apply(sparse.csr_matrix((1, 3), dtype=np.int8))


def test_a_file_that_is_no_transform_is_named(stored: Interactions, tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match=r"block-00000.safetensors cannot be read, expected"):
        UserTransform.load(stored.path(0))
    with pytest.raises(FeatureError, match=r"none.safetensors is missing"):
        UserTransform.load(tmp_path / "none.safetensors")
