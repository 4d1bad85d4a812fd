from __future__ import annotations

from pathlib import Path

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.naming.counts import COUNTED, count_clusters, count_titles
from reelhouse.schema import TITLES

ROWS = [
    {"listed_in": ["TV Dramas"], "country": ["France", "Belgium"], "rating": "TV-MA"},
    {"listed_in": ["Dramas", "Comedies"], "country": ["France"], "description": "A chef, a chef."},
    {"listed_in": [], "country": ["India"], "rating": "R"},
    {"listed_in": ["Dramas"], "country": None, "rating": "TV-Y"},
]
INDEX = np.array([0, 1, 1, 0], np.int32)


@pytest.fixture
def titles() -> pa.Table:
    return pa.Table.from_pylist([{"title_id": "t", **row} for row in ROWS], schema=TITLES)


def held(counts, field: str) -> dict[str, list[int]]:
    found = counts.fields[field]
    return dict(zip(found.terms, found.titles.toarray().T.tolist(), strict=True))


def test_titles_that_hold_a_term_are_counted_by_cluster(titles: pa.Table) -> None:
    counts = count_titles(titles, INDEX, 3)
    assert counts.sizes.tolist() == [2, 2, 0]
    assert counts.n_titles == 4
    assert held(counts, "listed_in") == {"comedy": [0, 1, 0], "drama": [2, 1, 0]}
    # Said twice, it is still one title.
    assert held(counts, "description") == {"chef": [0, 1, 0]}


def test_a_title_of_two_countries_of_a_region_counts_once_for_the_region(
    titles: pa.Table,
) -> None:
    counts = count_titles(titles, INDEX, 2)
    assert held(counts, "country") == {"belgium": [1, 0], "france": [1, 1], "india": [0, 1]}
    assert held(counts, "region") == {"European": [1, 1], "South Asian": [0, 1]}
    assert held(counts, "audience") == {"for adults": [1, 1], "for small children": [1, 0]}


def test_partitions_are_counted_apart_and_merged(titles: pa.Table, tmp_path: Path) -> None:
    parts = []
    for number, (start, stop) in enumerate([(0, 1), (1, 1), (1, 3), (3, 4)]):
        parts.append(tmp_path / f"part-{number}.parquet")
        pq.write_table(titles.slice(start, stop - start), parts[-1])
    with dask.config.set(scheduler="synchronous"):
        merged = count_clusters(parts, INDEX, 2)
    whole = count_titles(titles, INDEX, 2)
    assert merged.n_titles == 4
    assert merged.sizes.tolist() == [2, 2]
    for field in COUNTED:
        assert held(merged, field) == held(whole, field), field
        assert merged.fields[field].in_all.tolist() == whole.fields[field].in_all.tolist()


def test_groups_sum_their_clusters_and_keep_the_catalogue(titles: pa.Table) -> None:
    grouped = count_titles(titles, INDEX, 2).grouped([[0, 1], [1]])
    assert grouped.sizes.tolist() == [4, 2]
    assert grouped.n_titles == 4
    assert held(grouped, "listed_in") == {"comedy": [1, 1], "drama": [3, 1]}
    assert grouped.fields["listed_in"].in_all.tolist() == [1, 3]
