from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from reelhouse.catalogue import comparing, next_titles, recommending
from reelhouse.catalogue.base import SortedTable
from reelhouse.catalogue.comparing import Comparison
from reelhouse.catalogue.night import Night
from reelhouse.catalogue.refit import fit_frozen_features, refit
from reelhouse.catalogue.workspace import Workspace
from reelhouse.features.settings import FeatureOptions
from reelhouse.schema import NEXT_TITLES
from reelhouse.settings import ClusterSettings

if TYPE_CHECKING:
    from tests.unit.catalogue.conftest import Catalogue

THREE = ClusterSettings(n_clusters=3, passes=2, batch_size=8, restarts=4, sample_size=24)

Listed = list[tuple[int, int, int, float, str]]


def lists(piece: Comparison, vectors: list[list[float]]) -> Listed:
    """Lists of titles whose ids are in the order of their rows."""
    rows = np.arange(len(vectors))
    table = next_titles.next_titles(
        [piece], rows, sparse.csr_matrix(np.array(vectors, np.float32)), rows.astype(np.int32)
    )
    return [(*row.values(),) for row in table.to_pylist()]


def piece(asked: list[int], same: list[int], near: list[int]) -> Comparison:
    return Comparison(*(np.array(rows, np.int64) for rows in (asked, same, near)))


def test_the_likest_come_first_and_no_title_is_its_own_next() -> None:
    vectors = [[1.0, 0.0], [0.6, 0.8], [0.8, 0.6]]
    found = lists(piece([0], [0, 1, 2], []), vectors)
    assert found == [
        (0, 1, 2, pytest.approx(0.8), "same-cluster"),
        (0, 2, 1, pytest.approx(0.6), "same-cluster"),
    ]


def test_equal_likeness_is_in_the_order_of_the_ids() -> None:
    vectors = [[1.0, 0.0, 0.0], [0.6, 0.0, 0.8], [0.6, 0.8, 0.0]]
    found = lists(piece([0], [2, 1, 0], []), vectors)
    assert [row[2] for row in found] == [1, 2]


def test_what_shares_nothing_is_not_listed() -> None:
    assert lists(piece([0], [0, 1], []), [[1.0, 0.0], [0.0, 1.0]]) == []
    assert lists(piece([0], [0], []), [[1.0, 0.0]]) == []


def test_a_neighbour_is_listed_when_it_is_half_as_like_as_the_likest() -> None:
    vectors = [[1.0, 0.0], [0.8, 0.6], [0.6, 0.8], [0.28, 0.96]]
    found = lists(piece([0], [0, 1], [2, 3]), vectors)
    # Half of 0.8 is more than 0.28.
    assert [(row[2], row[4]) for row in found] == [(1, "same-cluster"), (2, "neighbour-cluster")]
    alone = lists(piece([0], [0], [2, 3]), vectors)
    assert [row[2] for row in alone] == [2, 3]


def test_a_list_holds_so_many_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_titles, "N_SAME", 2)
    monkeypatch.setattr(next_titles, "N_NEAR", 1)
    found = lists(piece([0], [0, 1, 2, 3], [4, 5]), [[1.0]] * 6)
    assert [row[2] for row in found] == [1, 2, 4]
    assert [row[1] for row in found] == [1, 2, 3]


def refitted(
    catalogue: Catalogue, name: str, rows: list[dict[str, Any]], **given: Any
) -> Workspace:
    work, _ = catalogue.identified(name, rows, **given)
    fit_frozen_features(work, "tfidf", FeatureOptions(), seed=0)
    assert refit(work, THREE, None, version=1)["recommendations"]["first"]
    return work


def published(work: Workspace) -> pa.Table:
    return pq.read_table(work.staged / "recommendations.parquet")


def by_name(work: Workspace) -> dict[str, list[str]]:
    """Names of the next titles of each title."""
    titles = pa.concat_tables(
        [
            pq.read_table(part, columns=["title_id", "title"])
            for part in Workspace.parts(work.titles)
        ]
    )
    names = dict(zip(titles["title_id"].to_pylist(), titles["title"].to_pylist(), strict=True))
    found: dict[str, list[str]] = {}
    for row in published(work).to_pylist():
        found.setdefault(names[row["title_id"]], []).append(names[row["next_title_id"]])
    return found


def test_a_refit_lists_titles_of_the_same_theme(catalogue: Catalogue) -> None:
    work = refitted(catalogue, "one", catalogue.rows(8))
    table = published(work)
    assert table.schema.equals(NEXT_TITLES)
    keys = list(zip(table["title_id"].to_pylist(), table["rank"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    found = by_name(work)
    assert len(found) == 24
    for title, nexts in found.items():
        assert {name.split()[0] for name in nexts} == {title.split()[0]}
        assert len(nexts) == 7
        assert title not in nexts


def test_partitions_batches_and_schedulers_change_no_list(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = catalogue.rows(8)
    whole = by_name(refitted(catalogue, "whole", rows))
    monkeypatch.setattr(recommending, "_ROWS_AT_ONCE", 1)
    monkeypatch.setattr(recommending, "TITLES_PER_PART", 10)
    with dask.config.set(scheduler="threads"):
        work = refitted(catalogue, "parts", rows, cuts=(5, 5, 13))
    folder = work.staged / "recommendations.parquet"
    assert [pq.read_metadata(part).num_rows for part in sorted(folder.iterdir())] == [70, 70, 28]
    # Cutting a snapshot may cut mini-batches, but these themes nobody can miss.
    assert by_name(work) == whole


def night(
    catalogue: Catalogue, before: Workspace, rows: list[dict[str, Any]], parts: list[Path]
) -> tuple[Workspace, Night]:
    first = [pq.read_table(part)["title_id"][0].as_py() for part in parts]
    work, _, done = catalogue.night(before, rows, lists=SortedTable(parts, first))
    return work, done


@pytest.mark.parametrize("per_part", [100, 10])
def test_a_night_lists_what_is_new_and_keeps_the_rest_but_for_the_removed(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, per_part: int
) -> None:
    monkeypatch.setattr(recommending, "TITLES_PER_PART", per_part)
    rows = catalogue.rows(8)
    before = refitted(catalogue, "one", rows)
    old = by_name(before)
    parts = Workspace.parts(before.staged / "recommendations.parquet") or [
        before.staged / "recommendations.parquet"
    ]
    # Without "Space 0", and with two titles of other themes.
    tonight = [*rows[1:], catalogue.title("kitchen", 40), catalogue.title("court", 41)]
    work, done = night(catalogue, before, tonight, parts)
    found = by_name(work)
    assert set(found) == set(old) - {"Space 0"} | {"Kitchen 40", "Court 41"}
    for title, nexts in old.items():
        if title != "Space 0":
            assert found[title] == [name for name in nexts if name != "Space 0"]
    assert {name.split()[0] for name in found["Kitchen 40"]} == {"Kitchen"}
    assert len(found["Court 41"]) == 8
    table = published(work)
    ranks = table.group_by("title_id").aggregate([("rank", "max"), ("rank", "count")])
    assert ranks["rank_max"].to_pylist() == ranks["rank_count"].to_pylist()
    assert len(done.lists["first"]) == len(parts)


def test_a_night_after_a_version_without_lists_has_none(catalogue: Catalogue) -> None:
    before = refitted(catalogue, "one", catalogue.rows(8))
    work, _, done = catalogue.night(before, catalogue.rows(9))
    assert done.lists == {}
    assert not (work.staged / "recommendations.parquet").exists()


def test_the_candidates_of_a_night_are_few(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "AT_NIGHT", 3)
    monkeypatch.setattr(comparing, "MORE_AT_NIGHT", 0)
    before = refitted(catalogue, "one", catalogue.rows(8))
    rows = [*catalogue.rows(8), catalogue.title("court", 41)]
    work, _ = night(catalogue, before, rows, [before.staged / "recommendations.parquet"])
    assert len(by_name(work)["Court 41"]) == 3


def test_common_and_rare_features_give_the_same_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    # Eighths: sums are exact, in whatever order they are made.
    vectors = (rng.integers(0, 8, (150, 6)) / 8).tolist()
    compared = piece(list(range(150)), list(range(100)), list(range(100, 150)))
    found = []
    for share in (2.0, 0.86, 0.0):
        monkeypatch.setattr(next_titles, "_COMMON", share)
        found.append(lists(compared, vectors))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 1_000


def test_the_best_of_many_are_those_of_a_full_sort() -> None:
    rng = np.random.default_rng(1)
    vectors = (rng.integers(0, 4, (300, 5)) / 4).tolist()
    found = lists(piece([7], list(range(300)), []), vectors)
    likeness = np.array(vectors) @ np.array(vectors[7])
    ranked = sorted((-score, at) for at, score in enumerate(likeness.tolist()) if at != 7)
    assert [row[2] for row in found] == [at for _, at in ranked[: next_titles.N_SAME]]
