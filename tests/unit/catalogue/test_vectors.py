"""vectors.parquet of refits and nights, and reading it back cluster by cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.catalogue import vectors
from reelhouse.catalogue.base import SortedTable
from reelhouse.catalogue.refit import fit_frozen_features, refit
from reelhouse.catalogue.workspace import Workspace
from reelhouse.features.kinds import load_model
from reelhouse.features.settings import FeatureOptions
from reelhouse.schema import VECTORS
from reelhouse.settings import ClusterSettings

if TYPE_CHECKING:
    from tests.unit.catalogue.conftest import Catalogue

THREE = ClusterSettings(n_clusters=3, passes=2, batch_size=8, restarts=4, sample_size=24)


def refitted(
    catalogue: Catalogue, name: str, rows: list[dict[str, Any]], **given: Any
) -> tuple[Workspace, dict[str, Any]]:
    work, _ = catalogue.identified(name, rows, **given)
    fit_frozen_features(work, "tfidf", FeatureOptions(), seed=0)
    return work, refit(work, THREE, None, version=1)["vectors"]


def published(work: Workspace) -> pa.Table:
    return pq.read_table(work.staged / "vectors.parquet", schema=VECTORS)


def by_title(table: pa.Table) -> dict[str, tuple[int, dict[int, float]]]:
    """Cluster, and weight of each feature, of each title."""
    return {
        row["title_id"]: (
            row["cluster_id"],
            dict(zip(row["features"], row["weights"], strict=True)),
        )
        for row in table.to_pylist()
    }


def check_against_model(work: Workspace) -> None:
    """Every title of the run has the vector that its features give, and its own cluster."""
    titles = pa.concat_tables([pq.read_table(part) for part in Workspace.parts(work.titles)])
    made = load_model(work.model).transform(titles)
    placed = pq.read_table(work.staged / "assignments.parquet")
    clusters = dict(
        zip(placed["title_id"].to_pylist(), placed["cluster_id"].to_pylist(), strict=True)
    )
    found = by_title(published(work))
    assert set(found) == set(titles["title_id"].to_pylist())
    for row, title_id in enumerate(titles["title_id"].to_pylist()):
        cluster_id, weights = found[title_id]
        assert cluster_id == clusters[title_id]
        one = made[row]
        assert list(weights) == one.indices.tolist()
        assert np.allclose(list(weights.values()), one.data, atol=5e-4)


def test_a_refit_publishes_the_vectors_in_the_order_of_the_clusters(catalogue: Catalogue) -> None:
    work, about = refitted(catalogue, "one", catalogue.rows(8))
    table = published(work)
    keys = list(zip(table["cluster_id"].to_pylist(), table["title_id"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    assert about == {"first": [0]}
    check_against_model(work)


def test_the_features_are_named_beside_the_vectors(catalogue: Catalogue) -> None:
    work, _ = refitted(catalogue, "one", catalogue.rows(8))
    named = pq.read_table(work.staged / "features.parquet").to_pylist()
    assert [row["feature"] for row in named] == list(range(len(named)))
    terms = [(row["field"], row["term"]) for row in named]
    assert terms == load_model(work.model).feature_names()
    assert ("description", "rocket") in terms


def test_partitions_and_parts_change_no_vector(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = catalogue.rows(8)
    whole, _ = refitted(catalogue, "whole", rows)
    monkeypatch.setattr(vectors, "TITLES_PER_PART", 10)
    with dask.config.set(scheduler="threads"):
        work, about = refitted(catalogue, "parts", rows, cuts=(5, 5, 13))
    # Eight titles are fewer than ten: two clusters share the first part.
    assert about == {"first": [0, 2]}
    parts = sorted((work.staged / "vectors.parquet").iterdir())
    assert [pq.read_metadata(part).num_rows for part in parts] == [16, 8]
    assert {one: weights for one, (_, weights) in by_title(published(work)).items()} == {
        one: weights for one, (_, weights) in by_title(published(whole)).items()
    }


@pytest.mark.parametrize("per_part", [100, 4])
def test_a_night_adds_replaces_and_removes_vectors(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, per_part: int
) -> None:
    monkeypatch.setattr(vectors, "TITLES_PER_PART", per_part)
    rows = catalogue.rows(8)
    before, about = refitted(catalogue, "one", rows)
    old = by_title(published(before))
    # Without "Space 0", with another description of "Kitchen 0", and with a title more.
    edited = rows[1] | {"description": "chef recipe recipe recipe"}
    tonight = [edited, *rows[2:], catalogue.title("court", 41)]
    table = before.staged / "vectors.parquet"
    old_vectors = SortedTable(Workspace.parts(table) or [table], about["first"])
    work, identified, done = catalogue.night(before, tonight, vectors=old_vectors)
    assert done.vectors == about
    assert (identified.added, identified.removed, identified.edited) == (1, 1, 1)
    check_against_model(work)
    found = by_title(published(work))
    assert sum(found[one] == old[one] for one in found.keys() & old.keys()) == 22


def test_a_night_after_a_version_without_vectors_has_none(catalogue: Catalogue) -> None:
    before, _ = refitted(catalogue, "one", catalogue.rows(8))
    work, _, done = catalogue.night(before, catalogue.rows(9))
    assert done.vectors == {}
    assert not (work.staged / "vectors.parquet").exists()


def test_a_title_without_a_cluster_is_kept_apart(tmp_path: Path) -> None:
    from scipy import sparse

    made = vectors.vectors_table(
        sparse.csr_matrix(np.array([[0.0, 1.0], [0.0, 0.0]], np.float32)), [3, -1], ["a", "b"]
    )
    assert made.to_pylist() == [
        {"cluster_id": 3, "title_id": "a", "features": [1], "weights": [1.0]},
        {"cluster_id": -1, "title_id": "b", "features": [], "weights": []},
    ]
