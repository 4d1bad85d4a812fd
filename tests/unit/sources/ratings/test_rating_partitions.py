"""Partitions hold sorted ratings of whole users; what is refused or repeated is in quarantine."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelhouse.errors import SourceError
from reelhouse.schema import QUARANTINE, RATINGS
from reelhouse.sources.ratings import (
    RefusedValue,
    RefusedValues,
    partition_ratings,
    spill_ratings,
)

HEADER = "user,title,rating,date\n"


def csv_of(rows):
    return HEADER + "".join(f"{u},{t},{r},2005-01-{d:02d}\n" for u, t, r, d in rows)


def random_rows(n, seed=0):
    rng = np.random.default_rng(seed)
    columns = (rng.integers(1, 40, n), rng.integers(1, 60, n), rng.integers(1, 6, n))
    return list(zip(*(c.tolist() for c in columns), rng.integers(1, 29, n).tolist(), strict=True))


def test_partitions_are_sorted_and_each_user_is_in_one_of_them(read_ratings):
    read = read_ratings(csv_of(random_rows(1000)), rows_per_partition=100)
    assert len(read.snapshot.parts) == 11
    users_of = []
    for part in read.snapshot.parts:
        table = pq.read_table(part.path)
        assert table.schema.equals(RATINGS)
        keys = list(zip(table["user_id"].to_pylist(), table["title_id"].to_pylist(), strict=True))
        assert keys == sorted(set(keys))
        assert (part.n_ratings, part.n_users) == (len(keys), len({user for user, _ in keys}))
        users_of.append({user for user, _ in keys})
    assert sum(len(users) for users in users_of) == len(set().union(*users_of))
    assert read.snapshot.n_users == len(set().union(*users_of))


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("chunk_bytes", [256, 1000, 1 << 20])
@pytest.mark.parametrize("rows_per_partition", [50, 10_000])
def test_the_first_of_repeats_is_kept_wherever_chunks_end(
    read_ratings, n_threads, chunk_bytes, rows_per_partition
):
    rows = random_rows(600)
    read = read_ratings(
        csv_of(rows),
        n_threads=n_threads,
        chunk_bytes=chunk_bytes,
        rows_per_partition=rows_per_partition,
    )
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for user, title, rating, day in rows:
        first.setdefault((user, title), (rating, day))
    expected = [(*key, float(r), f"2005-01-{d:02d}") for key, (r, d) in first.items()]
    assert sorted(read.rows) == sorted(expected)
    assert read.snapshot.n_repeated == len(rows) - len(first)
    repeats = [row for row in read.quarantine if row["expectation"].startswith("expect_compound")]
    for bad in repeats:
        user, title, rating, day = rows[bad["row"] - 1]
        assert json.loads(bad["raw"]) == [str(user), str(title), str(rating), f"2005-01-{day:02d}"]
        assert bad["reason"] == f"repeats user {user} and title {title} of an earlier row"
        assert bad["title"] == str(title)


ORDERS = {"by title": lambda row: (row[1], row[0]), "by user": lambda row: row, "shuffled": None}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("n_repeated", [0, 1])
@pytest.mark.parametrize("chunk_bytes", [256, 1 << 20])
def test_the_order_of_the_input_changes_nothing(read_ratings, order, n_repeated, chunk_bytes):
    rows = [
        (user, title, (user * title) % 10 / 2, None if user == title else f"2005-01-{title:02d}")
        for user in range(1, 21)
        for title in range(1, 11)
        if (user + title) % 3
    ]
    given = [*rows, rows[-1]] if n_repeated else list(rows)
    if ORDERS[order]:
        given.sort(key=ORDERS[order])
    else:
        np.random.default_rng(0).shuffle(given)
    text = HEADER + "".join(f"{u},{t},{r},{day or ''}\n" for u, t, r, day in given)
    read = read_ratings(text, chunk_bytes=chunk_bytes, rows_per_partition=50)
    assert sorted(read.rows) == sorted(rows)
    found = read.snapshot
    assert (found.n_repeated, found.n_users, found.n_titles) == (n_repeated, 20, 10)
    assert (found.n_undated, found.rating_range) == (7, (0.0, 4.5))
    assert found.date_range == (date(2005, 1, 1), date(2005, 1, 10))


def test_a_title_of_which_nothing_is_left_is_not_counted(read_ratings):
    refused = RefusedValues(ratings=(RefusedValue(value=9.0, expectation="e", reason="too much"),))
    read = read_ratings(HEADER + "5,1,9,\n6,1,9,\n5,2,9,\n6,2,3,\n7,3,4,\n", refused)
    assert read.rows == [(6, 2, 3.0, None), (7, 3, 4.0, None)]
    assert read.snapshot.n_titles == 2


def test_a_repaired_row_that_comes_first_is_the_one_that_is_kept(read_ratings):
    read = read_ratings(HEADER + "5,9, 4,2005-01-01\n5,9,3,2005-01-01\n")
    assert read.rows == [(5, 9, 4.0, "2005-01-01")]
    assert read.reasons == [(2, "repeats user 5 and title 9 of an earlier row")]


def test_values_are_counted_exactly_before_anything_is_refused(read_ratings):
    rows = random_rows(500)
    text = csv_of(rows) + "7,2000000000,4.5,\n7,2000000000,4.5,\n7,5000000,4.5,\n"
    spill = read_ratings(text, n_threads=2, chunk_bytes=512).spill
    ratings = Counter(float(row[2]) for row in rows) + Counter({4.5: 3})
    titles = Counter(row[1] for row in rows) + Counter({2_000_000_000: 2, 5_000_000: 1})
    days = Counter(date(2005, 1, row[3]) for row in rows)
    for found, expected in ((spill.ratings, ratings), (spill.titles, titles), (spill.dates, days)):
        values = found.values.tolist()
        assert values == sorted(values)
        assert dict(zip(values, found.counts.tolist(), strict=True)) == expected
    assert (spill.n_undated, spill.user_range) == (3, (1, 39))
    assert set(spill.counts) == {"rating", "date", "title_id"}


def test_refused_values_send_their_rows_to_quarantine_with_all_reasons(read_ratings):
    refused = RefusedValues(
        ratings=(RefusedValue(value=9.0, expectation="between", reason="9 is off the scale"),),
        dates=(
            RefusedValue(value=date(2005, 1, 3), expectation="past", reason="2005-01-03 is late"),
        ),
        titles=(
            RefusedValue(value=4, expectation="known", reason="title 4 is unknown"),
            RefusedValue(value=8, expectation="known", reason="title 8 is unknown"),
        ),
    )
    rows = [(5, 1, 3, 1), (5, 1, 9, 1), (6, 4, 3, 1), (6, 8, 9, 3), (7, 2, 3, 3), (7, 3, 3, 2)]
    read = read_ratings(csv_of(rows), refused)
    assert [row[:2] for row in read.rows] == [(5, 1), (7, 3)]
    found = {
        row["row"]: (row["column"], row["value"], row["expectation"], row["reason"])
        for row in read.quarantine
    }
    assert found == {
        2: ("rating", "9", "between", "9 is off the scale"),
        3: ("title", "4", "known", "title 4 is unknown"),
        4: (
            "rating",
            "9",
            "between; past; known",
            "9 is off the scale; 2005-01-03 is late; title 8 is unknown",
        ),
        5: ("date", "2005-01-03", "past", "2005-01-03 is late"),
    }
    assert read.snapshot.reasons == {"refused rating": 2, "refused date": 1, "refused title": 1}
    assert (read.snapshot.n_titles, read.snapshot.n_users) == (2, 2)
    assert read.snapshot.rating_range == (3.0, 3.0)
    assert read.snapshot.date_range == (date(2005, 1, 1), date(2005, 1, 2))


def test_a_refused_row_does_not_stand_in_the_way_of_a_good_repeat(read_ratings):
    refused = RefusedValues(ratings=(RefusedValue(value=9.0, expectation="e", reason="r"),))
    read = read_ratings(csv_of([(5, 1, 9, 1), (5, 1, 3, 2)]), refused)
    assert read.rows == [(5, 1, 3.0, "2005-01-02")]


def test_when_everything_is_refused_the_partitions_are_empty(read_ratings):
    refused = RefusedValues(titles=(RefusedValue(value=1, expectation="e", reason="r"),))
    read = read_ratings(csv_of([(5, 1, 3, 1)]), refused)
    assert (read.rows, read.snapshot.n_good) == ([], 0)
    assert (read.snapshot.rating_range, read.snapshot.date_range) == (None, None)


def test_quarantine_is_a_table_even_where_it_is_empty(read_ratings):
    read = read_ratings(csv_of([(5, 1, 3, 1)]))
    (path,) = read.snapshot.quarantine
    assert pq.read_table(path).schema.equals(QUARANTINE)


def test_partitions_of_an_earlier_run_are_removed(read_ratings):
    read_ratings(csv_of(random_rows(1000)), rows_per_partition=100)
    read = read_ratings(csv_of([(5, 1, 3, 1)]))
    assert list(read.snapshot.parts[0].path.parent.glob("part-*")) == [read.snapshot.parts[0].path]


def test_a_spill_that_was_removed_cannot_be_partitioned(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(csv_of([(5, 1, 3, 1)]))
    spill = spill_ratings(str(path), tmp_path / "scratch")
    spill.remove()
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        partition_ratings(spill, tmp_path / "out")


def test_progress_is_told_in_rows(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(csv_of(random_rows(300)))
    read, sorted_ = [], []
    options = {"rows_per_partition": 100, "n_threads": 1, "chunk_bytes": 2048}
    spill = spill_ratings(
        str(path), tmp_path / "s", on_rows=lambda *rows: read.append(rows), **options
    )
    partition_ratings(
        spill, tmp_path / "out", on_rows=lambda *rows: sorted_.append(rows), n_threads=1
    )
    assert read == sorted(read)
    assert all(done <= expected for done, expected in read)
    # How many there will be is guessed by the lines of the first chunk.
    assert all(abs(expected - 300) < 30 for _, expected in read)
    assert read[-1][0] == 300
    assert (sorted_[-1], len(sorted_)) == ((300, 300), spill.n_partitions)


wide = st.integers(0, 2**31 - 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(wide | st.integers(0, 20), wide | st.integers(0, 5)), min_size=1),
    rows_per_partition=st.sampled_from([5, 1000]),
)
def test_ids_of_any_size_are_sorted_and_kept_apart(read_ratings, rows, rows_per_partition):
    text = HEADER + "".join(f"{user},{title},3,\n" for user, title in rows)
    read = read_ratings(text, rows_per_partition=rows_per_partition)
    assert sorted(row[:2] for row in read.rows) == sorted(set(rows))
    assert read.snapshot.n_titles == len({title for _, title in rows})
    assert read.snapshot.n_users == len({user for user, _ in rows})
