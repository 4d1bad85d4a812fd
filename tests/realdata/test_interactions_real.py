"""The interaction matrix of real ratings; figures are those that the data sets publish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from reelhouse.interactions import (
    Interactions,
    InteractionSettings,
    TransformSettings,
    profile,
    store_interactions,
)
from reelhouse.schema import RATINGS

pytestmark = pytest.mark.realdata

N_PARTS = 4


def partitions(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """Write ratings as partitions: sorted, each user in one."""
    frame = frame.sort_values(["user_id", "title_id"]).assign(date=None)
    paths = [folder / f"part-{index}.parquet" for index in range(N_PARTS)]
    for index, path in enumerate(paths):
        part = frame[frame["user_id"] % N_PARTS == index]
        pq.write_table(pa.Table.from_pandas(part, schema=RATINGS, preserve_index=False), path)
    return paths


@pytest.fixture
def ml_100k(real_data: Path) -> pd.DataFrame:
    return pd.read_csv(
        real_data / "movielens" / "ml-100k" / "u.data",
        sep="\t",
        names=["user_id", "title_id", "rating", "timestamp"],
    )


def figures(interactions: Interactions, section: str) -> dict[str, float]:
    rows = profile(interactions).to_pylist()
    return {r["name"]: r["value"] for r in rows if r["section"] == section and r["name"] != "bin"}


def test_movielens_100k_has_its_published_size(ml_100k: pd.DataFrame, tmp_path: Path) -> None:
    stored = store_interactions(partitions(ml_100k, tmp_path), tmp_path / "matrix")
    assert (stored.n_users, stored.n_titles, stored.n_ratings) == (943, 1_682, 100_000)
    assert stored.dtype == "int8"
    assert figures(stored, "matrix")["density"] == pytest.approx(0.063, abs=5e-4)
    per_user = ml_100k.groupby("user_id").size()
    found = figures(stored, "ratings per user")
    assert (found["minimum"], found["maximum"]) == (20, 737)
    assert found["median"] == per_user.median()
    assert found["third quartile"] == per_user.quantile(0.75)
    bins = [row for row in profile(stored).to_pylist() if row["section"] == "rating values"]
    counts = ml_100k["rating"].value_counts()
    assert [row["value"] for row in bins] == [counts[stars] for stars in range(1, 6)]


def test_the_matrix_of_movielens_is_that_of_pandas(ml_100k: pd.DataFrame, tmp_path: Path) -> None:
    stored = store_interactions(partitions(ml_100k, tmp_path), tmp_path / "matrix")
    users = np.concatenate([stored.user_ids(index) for index in range(N_PARTS)])
    table = ml_100k.pivot_table(index="user_id", columns="title_id", values="rating").fillna(0)
    assert stored.title_ids.tolist() == table.columns.tolist()
    assert (stored.raw().compute().toarray() == table.loc[users].to_numpy()).all()
    by_title = ml_100k.groupby("title_id")["rating"].mean()
    np.testing.assert_allclose(stored.title_means, by_title)


def test_half_stars_and_ids_with_gaps_survive(real_data: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(real_data / "movielens" / "ml-latest-small" / "ratings.csv")
    frame.columns = pd.Index(["user_id", "title_id", "rating", "timestamp"])
    stored = store_interactions(partitions(frame, tmp_path), tmp_path / "matrix")
    assert (stored.n_users, stored.n_titles, stored.n_ratings) == (610, 9_724, 100_836)
    assert (stored.dtype, stored.rating_range) == ("float32", (0.5, 5.0))
    assert stored.title_ids.max() == 193_609
    assert stored.mean_rating == pytest.approx(frame["rating"].mean())


def test_the_dense_core_of_real_ratings_is_dense(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "netflix_prize" / "ratings_sample.csv"
    frame = pd.read_csv(path).iloc[:, :3]
    frame.columns = pd.Index(["title_id", "user_id", "rating"])
    frame = frame.drop_duplicates(["user_id", "title_id"])
    least = InteractionSettings(min_user_ratings=10, min_title_ratings=50)
    stored = store_interactions(partitions(frame, tmp_path), tmp_path / "matrix", least)
    assert stored.n_read == len(frame)
    assert 0 < stored.n_ratings < len(frame)
    whole = stored.raw().compute()
    assert np.diff(whole.indptr).min() >= 10
    assert stored.title_counts.min() >= 50
    assert (np.bincount(whole.indices, minlength=stored.n_titles) == stored.title_counts).all()


def test_rows_of_real_users_have_unit_length(ml_100k: pd.DataFrame, tmp_path: Path) -> None:
    stored = store_interactions(partitions(ml_100k, tmp_path), tmp_path / "matrix")
    for settings in (
        TransformSettings(),
        TransformSettings(weighting="bm25"),
        TransformSettings(values="rating", centre="title", weighting="idf"),
    ):
        rows = stored.array(settings).compute()
        assert isinstance(rows, sparse.csr_matrix)
        assert rows.nnz == 100_000
        lengths = np.sqrt(rows.multiply(rows).sum(axis=1))
        np.testing.assert_allclose(lengths, 1, rtol=1e-5)
