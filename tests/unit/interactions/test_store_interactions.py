from __future__ import annotations

from pathlib import Path

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from reelhouse.errors import FeatureError, SourceError
from reelhouse.interactions import Interactions, InteractionSettings, store_interactions
from reelhouse.interactions.partitions import title_bounds
from reelhouse.matrix import load_block
from tests.unit.interactions.conftest import SMALL, Rating, WriteParts, ratings_table


def dense(interactions: Interactions) -> np.ndarray:
    """Ratings of all blocks, not rated as -9: an explicit zero is a rating."""
    whole = np.full((interactions.n_users, interactions.n_titles), -9.0)
    first = 0
    for index in range(interactions.n_blocks):
        matrix = interactions.load(index).matrix.tocoo()
        whole[first + matrix.row, matrix.col] = matrix.data
        first += matrix.shape[0]
    return whole


def users_of(interactions: Interactions) -> list[list[int]]:
    return [interactions.load(index).user_ids.tolist() for index in range(interactions.n_blocks)]


def test_every_partition_becomes_a_block_of_its_users(small: list[Path], tmp_path: Path) -> None:
    stored = store_interactions(small, tmp_path / "matrix")
    assert stored.title_ids.tolist() == [10, 20, 30, 40]
    assert users_of(stored) == [[1, 4], [], [2, 9]]
    assert dense(stored).tolist() == [[5, 3, -9, -9], [4, -9, 1, 2], [1, -9, -9, -9], [2, 3, -9, 4]]
    assert stored.users_of_block == (2, 0, 2)
    assert stored.ratings_of_block == (5, 0, 4)
    assert (stored.n_users, stored.n_titles, stored.n_ratings, stored.n_read) == (4, 4, 9, 9)


def test_what_is_known_of_titles_is_counted(small: list[Path], tmp_path: Path) -> None:
    stored = store_interactions(small, tmp_path / "matrix")
    assert stored.title_counts.tolist() == [4, 2, 1, 2]
    assert stored.title_means.tolist() == [3, 3, 1, 3]
    assert stored.mean_rating == pytest.approx(25 / 9)
    assert stored.rating_range == (1, 5)


def test_whole_ratings_are_stored_in_a_byte_each(small: list[Path], tmp_path: Path) -> None:
    stored = store_interactions(small, tmp_path / "matrix")
    assert stored.dtype == "int8"
    assert {stored.load(index).matrix.dtype for index in range(3)} == {np.dtype(np.int8)}
    assert stored.load(0).matrix.indices.dtype == np.int32


@pytest.mark.parametrize("odd", [3.5, 128.0, -129.0])
def test_one_rating_that_no_byte_holds_makes_all_blocks_float(
    odd: float, write_ratings: WriteParts, tmp_path: Path
) -> None:
    stored = store_interactions(write_ratings([[(1, 1, 4)], [(2, 1, odd)]]), tmp_path / "matrix")
    assert stored.dtype == "float32"
    assert {stored.load(index).matrix.dtype for index in range(2)} == {np.dtype(np.float32)}
    assert dense(stored).tolist() == [[4], [odd]]


def test_a_rating_of_zero_stays_a_rating(write_ratings: WriteParts, tmp_path: Path) -> None:
    stored = store_interactions(write_ratings([[(1, 1, 0), (1, 2, 4)]]), tmp_path / "matrix")
    assert stored.n_ratings == stored.load(0).matrix.nnz == 2
    assert dense(stored).tolist() == [[0, 4]]


def test_titles_with_ids_far_apart_get_columns_in_their_order(
    write_ratings: WriteParts, tmp_path: Path
) -> None:
    low, high = -(2**31), 2**31 - 1
    parts = write_ratings([[(1, 7, 4), (1, high, 5)], [(2, low, 1), (2, 7, 2)]])
    stored = store_interactions(parts, tmp_path / "matrix")
    assert stored.title_ids.tolist() == [low, 7, high]
    assert dense(stored).tolist() == [[-9, 4, 5], [1, 2, -9]]


def test_the_dense_core_is_cut_until_both_minima_hold(small: list[Path], tmp_path: Path) -> None:
    # Title 30 has one rater and goes; then user 4 has two ratings left, users 1 and 2 go with
    # fewer than two of the titles that stay.
    both = InteractionSettings(min_user_ratings=2, min_title_ratings=2)
    stored = store_interactions(small, tmp_path / "matrix", both)
    assert stored.title_ids.tolist() == [10, 20, 40]
    assert users_of(stored) == [[1, 4], [], [9]]
    assert dense(stored).tolist() == [[5, 3, -9], [4, -9, 2], [2, 3, 4]]
    assert stored.title_counts.tolist() == [3, 2, 2]
    assert (stored.n_ratings, stored.n_read) == (7, 9)


def test_one_minimum_alone_drops_only_its_own(small: list[Path], tmp_path: Path) -> None:
    by_user = InteractionSettings(min_user_ratings=3)
    stored = store_interactions(small, tmp_path / "matrix", by_user)
    assert users_of(stored) == [[4], [], [9]]
    assert stored.title_ids.tolist() == [10, 20, 30, 40]
    by_title = InteractionSettings(min_title_ratings=3)
    stored = store_interactions(small, tmp_path / "matrix", by_title)
    assert users_of(stored) == [[1, 4], [], [2, 9]]
    assert stored.title_ids.tolist() == [10]


def test_minima_that_leave_nothing_are_named(small: list[Path], tmp_path: Path) -> None:
    with pytest.raises(FeatureError, match="at least 3 ratings and titles 4;"):
        store_interactions(
            small, tmp_path / "m", InteractionSettings(min_user_ratings=3, min_title_ratings=4)
        )


#: Every example stores its matrix anew.
WILD = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

_PAIRS = st.sets(st.tuples(st.integers(1, 12), st.integers(1, 9)), min_size=1, max_size=60)


def brute_core(pairs: set[tuple[int, int]], n_users: int, n_titles: int) -> set[tuple[int, int]]:
    """Drop one user or title at a time, as the definition says."""
    while True:
        for side, least in ((0, n_users), (1, n_titles)):
            ids = [pair[side] for pair in pairs]
            few = next((one for one in ids if ids.count(one) < least), None)
            if few is not None:
                pairs = {pair for pair in pairs if pair[side] != few}
                break
        else:
            return pairs


@given(pairs=_PAIRS, n_users=st.integers(1, 4), n_titles=st.integers(1, 4), cut=st.integers(0, 13))
@WILD
def test_the_core_is_that_of_the_definition(
    pairs: set[tuple[int, int]], n_users: int, n_titles: int, cut: int,
    write_ratings: WriteParts, tmp_path: Path,
) -> None:  # fmt: skip
    rows: list[Rating] = [(user, title, 1) for user, title in sorted(pairs)]
    parts = write_ratings([[r for r in rows if r[0] < cut], [r for r in rows if r[0] >= cut]])
    wanted = InteractionSettings(min_user_ratings=n_users, min_title_ratings=n_titles)
    core = brute_core(pairs, n_users, n_titles)
    if not core:
        with pytest.raises(FeatureError, match="no title is left"):
            store_interactions(parts, tmp_path / "matrix", wanted)
        return
    stored = store_interactions(parts, tmp_path / "matrix", wanted)
    users = np.concatenate([stored.user_ids(index) for index in range(2)])
    at = np.argwhere(dense(stored) == 1)
    assert {(int(users[r]), int(stored.title_ids[c])) for r, c in at} == core


_RATING = st.floats(-200, 200, width=32) | st.integers(-3, 10).map(float)
_ANY = st.dictionaries(
    st.tuples(st.integers(-(2**31), 2**31 - 1) | st.integers(1, 5), st.integers(1, 40)),
    _RATING, min_size=1, max_size=40,
)  # fmt: skip


@given(ratings=_ANY, n_parts=st.integers(1, 4))
@WILD
def test_the_matrix_is_the_one_that_scipy_makes(
    ratings: dict[tuple[int, int], float], n_parts: int, write_ratings: WriteParts, tmp_path: Path
) -> None:
    parts: list[list[Rating]] = [[] for _ in range(n_parts)]
    for (user, title), rating in sorted(ratings.items()):
        parts[user % n_parts].append((user, title, rating))
    stored = store_interactions(write_ratings(parts), tmp_path / "matrix")
    rows = [row for part in parts for row in part]
    users = list(dict.fromkeys(user for user, *_ in rows))
    titles = sorted({title for _, title in ratings})
    data = [rating for *_, rating in rows]
    at = ([users.index(user) for user, *_ in rows], [titles.index(title) for _, title, _ in rows])
    wanted = sparse.coo_matrix((data, at), shape=(len(users), len(titles))).tocsr()
    found = sparse.vstack([stored.load(index).matrix for index in range(n_parts)]).tocsr()
    assert np.concatenate([stored.user_ids(index) for index in range(n_parts)]).tolist() == users
    assert stored.title_ids.tolist() == titles
    assert found.indptr.tolist() == wanted.indptr.tolist()
    assert found.indices.tolist() == wanted.indices.tolist()
    assert found.data.tolist() == wanted.data.tolist()


@pytest.mark.parametrize("scheduler", ["threads", "sync"])
def test_the_files_are_the_same_whatever_computes_them(
    scheduler: str, write_ratings: WriteParts, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    parts = [
        sorted({(20 * part + int(u), int(t)): 1 for u, t in rng.integers(1, 20, (50, 2))})
        for part in range(20)
    ]
    paths = write_ratings([[(u, t, (u + t) % 5) for u, t in rows] for rows in parts])
    least = InteractionSettings(min_user_ratings=2, min_title_ratings=3)
    store_interactions(paths, tmp_path / "one", least, n_threads=1)
    store_interactions(paths, tmp_path / "three", least, n_threads=3)
    with dask.config.set(scheduler=scheduler):
        store_interactions(paths, tmp_path / "dask", least, through="dask")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 22
    for name in files:
        one = (tmp_path / "one" / name).read_bytes()
        assert (tmp_path / "three" / name).read_bytes() == one
        assert (tmp_path / "dask" / name).read_bytes() == one


def test_a_matrix_takes_the_place_of_an_older_one(
    small: list[Path], write_ratings: WriteParts, tmp_path: Path
) -> None:
    out = tmp_path / "matrix"
    store_interactions(small, out).array()
    store_interactions(small[:1], out)
    assert sorted(path.name for path in out.iterdir()) == [
        "block-00000.safetensors", "interactions.json", "titles.safetensors",
    ]  # fmt: skip
    assert Interactions.open(out).n_blocks == 1


def test_a_matrix_that_was_not_finished_is_none(small: list[Path], tmp_path: Path) -> None:
    store_interactions(small, tmp_path / "matrix")
    small[2].write_bytes(b"PAR1 and nothing else PAR1")
    with pytest.raises(SourceError, match=r"part-00002.parquet cannot be read as Parquet"):
        store_interactions(small, tmp_path / "matrix")
    with pytest.raises(FeatureError, match=r"matrix holds no stored interactions: no interactions"):
        Interactions.open(tmp_path / "matrix")


def test_other_readers_of_blocks_read_these_too(small: list[Path], tmp_path: Path) -> None:
    stored = store_interactions(small, tmp_path / "matrix")
    assert (load_block(stored.path(2)) != stored.load(2).matrix).nnz == 0


BAD = [
    ([(1, 1, 4), (3, 1, 4), (2, 1, 4)], r"row 2 \(user 2, title 1\) follows user 3, title 1; requ"),
    ([(1, 1, 4), (1, 3, 4), (1, 2, 4)], r"row 2 \(user 1, title 2\) follows user 1, title 3; requ"),
    ([(1, 1, 4), (1, 1, 4)], "row 1 repeats user 1 and title 1, required is each pair once"),
    ([(1, 1, 4), (1, 2, np.nan)], r"row 1 \(user 1, title 2\) has rating nan, required are finite"),
    ([(1, 1, np.inf)], r"row 0 \(user 1, title 1\) has rating inf, required are finite"),
]


@pytest.mark.parametrize(("rows", "message"), BAD)
def test_a_partition_that_is_not_as_required_is_named_with_its_row(
    rows: list[Rating], message: str, write_ratings: WriteParts, tmp_path: Path
) -> None:
    parts = write_ratings([[(7, 1, 1)], rows])
    with pytest.raises(SourceError, match=rf"part-00001.parquet: {message}"):
        store_interactions(parts, tmp_path / "matrix")


def test_a_user_in_two_partitions_is_named_with_both(
    write_ratings: WriteParts, tmp_path: Path
) -> None:
    parts = write_ratings([[(1, 1, 4), (5, 1, 4)], [(2, 1, 4)], [(3, 1, 1), (5, 2, 1)]])
    with pytest.raises(
        SourceError, match=r"user 5 is in .*part-00000.parquet and in .*part-00002.parquet, require"
    ):
        store_interactions(parts, tmp_path / "matrix")


@pytest.mark.parametrize("column", ["user_id", "title_id", "rating"])
def test_a_missing_column_or_a_null_is_named(
    column: str, small: list[Path], tmp_path: Path
) -> None:
    table = ratings_table(SMALL[0])
    pq.write_table(table.drop_columns([column]), small[0])
    with pytest.raises(SourceError, match=f"part-00000.parquet has no column '{column}'"):
        store_interactions(small, tmp_path / "matrix")
    at = table.column_names.index(column)
    nulls = pa.array([None, *table.column(column).to_pylist()[1:]], table.schema.types[at])
    pq.write_table(table.set_column(at, column, nulls), small[0])
    with pytest.raises(SourceError, match=f"part-00000.parquet: column {column} has 1 nulls, req"):
        store_interactions(small, tmp_path / "matrix")


def test_columns_of_other_types_are_read_where_their_values_fit(
    small: list[Path], tmp_path: Path
) -> None:
    wide = pa.schema([("user_id", pa.int64()), ("title_id", pa.int64()), ("rating", pa.float64())])
    table = ratings_table(SMALL[0]).drop_columns(["date"]).cast(wide)
    pq.write_table(table, small[0])
    assert store_interactions(small, tmp_path / "matrix").n_ratings == 9
    pq.write_table(table.set_column(1, "title_id", pa.array([2**40] * 5)), small[0])
    with pytest.raises(SourceError, match=r"part-00000.parquet: column title_id is no int32: "):
        store_interactions(small[:1], tmp_path / "matrix")
    pq.write_table(table.set_column(1, "title_id", pa.array(["Heat"] * 5)), small[0])
    with pytest.raises(SourceError, match=r"part-00000.parquet: column title_id is no int32: "):
        store_interactions(small[:1], tmp_path / "matrix")


def test_partitions_without_any_rating_are_refused(
    write_ratings: WriteParts, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="2 partitions of ratings have 0 ratings, expected at l"):
        store_interactions(write_ratings([[], []]), tmp_path / "matrix")
    with pytest.raises(SourceError, match="0 partitions of ratings have 0 ratings"):
        store_interactions([], tmp_path / "matrix")


def test_a_missing_partition_is_named(small: list[Path], tmp_path: Path) -> None:
    small[1].unlink()
    with pytest.raises(SourceError, match=r"part-00001.parquet cannot be read as Parquet"):
        store_interactions(small, tmp_path / "matrix")


def test_bounds_of_titles_are_known_without_statistics_too(tmp_path: Path) -> None:
    for statistics in (True, False):
        pq.write_table(ratings_table(SMALL[2]), tmp_path / "p", write_statistics=statistics)
        assert title_bounds(tmp_path / "p") == (10, 40)
        pq.write_table(ratings_table([]), tmp_path / "p", write_statistics=statistics)
        assert title_bounds(tmp_path / "p") is None


def test_many_row_groups_are_one_partition(small: list[Path], tmp_path: Path) -> None:
    before = store_interactions(small, tmp_path / "one")
    pq.write_table(ratings_table(SMALL[2]), small[2], row_group_size=1)
    after = store_interactions(small, tmp_path / "many")
    assert dense(after).tolist() == dense(before).tolist()
