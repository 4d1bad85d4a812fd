from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reelhouse.catalogue.fit import draw_sample, fit_clusters, place_blocks
from reelhouse.catalogue.night import place_added
from reelhouse.catalogue.refit import OldClusters, fit_frozen_features, refit
from reelhouse.catalogue.stage import stage_titles
from reelhouse.catalogue.workspace import Workspace
from reelhouse.clustering.drift import DriftLimits
from reelhouse.clustering.model import ClusterModel
from reelhouse.clustering.selection import CURVE
from reelhouse.errors import ClusteringError
from reelhouse.features.settings import FeatureOptions
from reelhouse.matrix import feature_matrix
from reelhouse.schema import ASSIGNMENTS, CHANGES, CLUSTERS, HIERARCHY
from reelhouse.settings import ClusterSettings

if TYPE_CHECKING:
    from tests.unit.catalogue.conftest import Catalogue

THREE = ClusterSettings(n_clusters=3, passes=2, batch_size=8, restarts=4, sample_size=24)


def fitted(
    catalogue: Catalogue,
    name: str,
    rows: list[dict[str, Any]],
    old: Workspace | None = None,
    settings: ClusterSettings = THREE,
    cuts: tuple[int, ...] = (),
) -> tuple[Workspace, dict[str, Any]]:
    work, _ = catalogue.identified(name, rows, old, cuts)
    fit_frozen_features(work, "tfidf", FeatureOptions(), seed=0)
    figures = refit(work, settings, known(old) if old else None, version=2 if old else 1)
    return work, figures


def known(work: Workspace) -> OldClusters:
    living = {row["cluster_id"]: row["name"] for row in table(work, "clusters").to_pylist()}
    model = ClusterModel.load(work.model)
    return OldClusters(table(work, "assignments"), living, model.next_cluster_id)


def table(work: Workspace, name: str) -> Any:
    return pq.read_table(work.staged / f"{name}.parquet")


def test_a_first_fit_finds_the_themes_and_publishes_matching_tables(catalogue: Catalogue) -> None:
    work, figures = fitted(catalogue, "one", catalogue.rows(8))
    assignments, clusters = table(work, "assignments"), table(work, "clusters")
    assert assignments.schema.equals(ASSIGNMENTS)
    assert clusters.schema.equals(CLUSTERS)
    # Titles come in the order space, kitchen, court.
    labels = assignments["cluster_id"].to_numpy().reshape(8, 3)
    assert (labels == labels[0]).all()
    assert sorted(labels[0]) == [0, 1, 2]
    assert clusters["size"].to_pylist() == [8, 8, 8]
    assert clusters["event"].to_pylist() == ["born"] * 3
    words = dict(zip(labels[0], ["planet", "chef", "judge"], strict=True))
    for row in clusters.to_pylist():
        assert words[row["cluster_id"]] in row["top_terms"]
        assert len(set(row["top_terms"])) == len(row["top_terms"])
        assert len(row["representative_title_ids"]) == 5
    names = dict(zip(labels[0], ["Sci-fi films", "Food films", "Crime films"], strict=True))
    assert clusters["name"].to_pylist() == [names[cluster] for cluster in range(3)]
    hierarchy = table(work, "hierarchy")
    assert hierarchy.schema.equals(HIERARCHY)
    assert hierarchy["name"].to_pylist()[:3] == clusters["name"].to_pylist()
    assert hierarchy["size"].to_pylist() == [8, 8, 8, 16, 24]
    assert set(table(work, "neighbours")["common_node_id"].to_pylist()) == {3, 4}
    assert set(table(work, "changes")["to_cluster"].to_pylist()) == {0, 1, 2}
    assert table(work, "changes")["from_cluster"].null_count == 24
    assert figures["clustering"]["n_clusters"] == 3
    assert figures["identity"] == {}


def test_the_numbers_that_were_tried_are_published_with_the_fit(catalogue: Catalogue) -> None:
    auto = THREE.model_copy(update={"n_clusters": "auto"})
    work, figures = fitted(catalogue, "auto", catalogue.rows(8), settings=auto)
    tried = table(work, "selection")
    assert tried.schema.equals(CURVE)
    # At least four of the 24 titles to a cluster.
    assert tried["n_clusters"].to_pylist() == [2, 3, 4, 5, 6]
    assert tried.to_pylist() == figures["clustering"]["curve"]
    assert figures["clustering"]["n_clusters"] == figures["clustering"]["votes"]["silhouette"] == 3


def test_a_refit_with_another_seed_keeps_every_id(catalogue: Catalogue) -> None:
    rows = catalogue.rows(8)
    before, _ = fitted(catalogue, "one", rows)
    for seed in (1, 2, 3):
        settings = THREE.model_copy(update={"seed": seed})
        work, figures = fitted(catalogue, f"seed {seed}", rows, before, settings)
        assert table(work, "clusters")["event"].to_pylist() == ["kept"] * 3
        assert figures["identity"]["share_of_titles_that_kept_their_cluster"] == 1.0
        assert table(work, "changes").num_rows == 0
        assert table(work, "assignments").select(["title_id", "cluster_id"]) == table(
            before, "assignments"
        ).select(["title_id", "cluster_id"])


def test_a_refit_into_fewer_clusters_writes_who_merged_died_and_moved(
    catalogue: Catalogue,
) -> None:
    rows = catalogue.rows(8)
    before, _ = fitted(catalogue, "one", rows)
    one = THREE.model_copy(update={"n_clusters": 1})
    work, figures = fitted(catalogue, "two", rows, before, one)
    clusters = table(work, "clusters").to_pylist()
    assert [row["event"] for row in clusters] == ["merged", "died", "died"]
    assert clusters[0]["parents"] == [0, 1, 2]
    assert [row["size"] for row in clusters] == [24, 0, 0]
    changes = table(work, "changes").to_pylist()
    assert {row["change"] for row in changes} == {"moved"}
    assert len(changes) == figures["identity"]["titles_moved"] == 16
    assert all(row["from_cluster"] != row["to_cluster"] for row in changes)
    assert all(row["title"] for row in changes)
    second = table(work, "assignments")
    assert second["second_cluster_id"].null_count == second["margin"].null_count == 24
    assert table(work, "neighbours").num_rows == 0
    assert table(work, "hierarchy")["parent_id"].to_pylist() == [None]


def test_the_scheduler_does_not_change_the_fit(catalogue: Catalogue) -> None:
    rows = catalogue.rows(10)
    centroids = []
    for name in ("synchronous", "threads"):
        with dask.config.set(scheduler=name):
            work, _ = fitted(catalogue, name, rows, cuts=(7, 7, 19))
        centroids.append(ClusterModel.load(work.model).centroids)
    assert np.array_equal(*centroids)


def test_fewer_different_titles_than_clusters_is_one_clear_line(catalogue: Catalogue) -> None:
    rows = [catalogue.title("space", 1, title=f"T{at}", director=None) for at in range(6)]
    work, _ = catalogue.identified("one", rows)
    fit_frozen_features(work, "tfidf", FeatureOptions(), seed=0)
    with pytest.raises(ClusteringError, match=r"1 different titles .* cannot make 3 clusters"):
        refit(work, THREE, None, version=1)
    auto = THREE.model_copy(update={"n_clusters": "auto"})
    with pytest.raises(ClusteringError, match="1 different titles"):
        refit(work, auto, None, version=1)
    one = THREE.model_copy(update={"n_clusters": 1})
    assert refit(work, one, None, version=1)["clustering"]["n_clusters"] == 1


def test_a_sample_is_drawn_in_proportion_to_the_blocks(catalogue: Catalogue) -> None:
    work, _ = catalogue.identified("one", catalogue.rows(10), cuts=(3, 3, 12))
    fit_frozen_features(work, "tfidf", FeatureOptions(), seed=0)
    matrix = feature_matrix(Workspace.parts(work.titles), work.model, work.blocks)
    blocks = sorted(work.blocks.iterdir())
    assert matrix.chunks[0] == (3, 0, 9, 18)
    settings = THREE.model_copy(update={"sample_size": 10})
    assert draw_sample(blocks, matrix.chunks[0], settings).shape[0] == 10
    # A third of each block: were every share rounded alone, blocks of one row would give none.
    singles = [blocks[0]] * 3
    settings = THREE.model_copy(update={"sample_size": 1})
    assert draw_sample(singles, [1, 1, 1], settings).shape[0] == 1
    everything = THREE.model_copy(update={"sample_size": 1_000})
    assert draw_sample(blocks, matrix.chunks[0], everything).shape[0] == 30


def test_column_blocks_are_refused(catalogue: Catalogue) -> None:
    work, _ = catalogue.identified("one", catalogue.rows(4))
    fit_frozen_features(work, "tfidf", FeatureOptions(), seed=0)
    matrix = feature_matrix(Workspace.parts(work.titles), work.model, work.blocks)
    wide = matrix.rechunk((12, 5))
    with pytest.raises(ClusteringError, match=r"column blocks, expected 1"):
        fit_clusters(wide, sorted(work.blocks.iterdir()), THREE)


def test_blocks_are_placed_in_their_order(catalogue: Catalogue) -> None:
    work, _ = fitted(catalogue, "one", catalogue.rows(6), cuts=(0, 4, 11))
    model = ClusterModel.load(work.model)
    placement = place_blocks(sorted(work.blocks.iterdir()), model.centroids)
    assert (
        model.cluster_ids[placement.index].tolist()
        == table(work, "assignments")["cluster_id"].to_pylist()
    )


def night(
    catalogue: Catalogue, rows: list[dict[str, Any]], before: Workspace
) -> tuple[Workspace, Any]:
    work, found = catalogue.identified("night", rows, before)
    for file in before.model.iterdir():
        (work.model / file.name).write_bytes(file.read_bytes())
    if (tree := before.staged / "hierarchy.parquet").exists():
        (work.staged / tree.name).write_bytes(tree.read_bytes())
    done = place_added(
        work,
        table(before, "assignments"),
        table(before, "clusters"),
        found.added_index,
        DriftLimits(min_titles=2),
        version=2,
    )
    return work, done


def test_a_night_places_new_titles_in_their_theme_and_moves_nobody(catalogue: Catalogue) -> None:
    rows = catalogue.rows(8)
    before, _ = fitted(catalogue, "one", rows)
    new = catalogue.rows(1, first=20)
    # Two are gone, three come first: every row number shifts.
    work, done = night(catalogue, [*new, *rows[2:]], before)
    assert done.moved == 0
    assert done.drift["n_new"] == 3
    old = {row["title_id"]: row for row in table(before, "assignments").to_pylist()}
    after = table(work, "assignments").to_pylist()
    assert len(after) == 25
    assert [row["placed_in_version"] for row in after] == [2] * 3 + [1] * 22
    assert all(row == old[row["title_id"]] for row in after[3:])
    themes = table(before, "assignments")["cluster_id"].to_pylist()[:3]
    assert [row["cluster_id"] for row in after[:3]] == themes
    sizes = {row["cluster_id"]: row["size"] for row in table(work, "clusters").to_pylist()}
    assert [sizes[theme] for theme in themes] == [8, 8, 9]
    for name in ("hierarchy", "neighbours"):
        assert table(work, name) == table(before, name)
    names = table(before, "clusters")["name"].to_pylist()
    assert table(work, "clusters")["name"].to_pylist() == names
    changes = table(work, "changes")
    assert changes.schema.equals(CHANGES)
    clusters = {
        row["change"]: (row["from_cluster"], row["to_cluster"]) for row in changes.to_pylist()[-2:]
    }
    assert clusters == {"removed": (themes[1], None)}
    assert changes["to_cluster"].to_pylist()[:3] == themes


def test_a_night_without_new_titles_places_none(catalogue: Catalogue) -> None:
    rows = catalogue.rows(4)
    before, _ = fitted(catalogue, "one", rows)
    work, done = night(catalogue, rows, before)
    assert (done.moved, done.drift["n_new"], done.drift["exceeded"]) == (0, 0, [])
    assert table(work, "assignments").equals(table(before, "assignments"))
    assert table(work, "changes").num_rows == 0


def test_a_night_on_a_fit_without_a_tree_knows_no_families(catalogue: Catalogue) -> None:
    rows = catalogue.rows(4)
    before, _ = fitted(catalogue, "one", rows)
    (before.staged / "hierarchy.parquet").unlink()
    work, _ = night(catalogue, rows, before)
    assert not (work.staged / "hierarchy.parquet").exists()
    assert set(table(work, "neighbours")["common_node_id"].to_pylist()) == {None}


def test_a_cluster_that_is_kept_keeps_its_name(catalogue: Catalogue) -> None:
    rows = catalogue.rows(8)
    before, _ = fitted(catalogue, "one", rows)
    clusters = table(before, "clusters")
    # The same words in another order, as an earlier fit may have had them.
    older = [" ".join(reversed(name.split())) for name in clusters["name"].to_pylist()]
    renamed = clusters.set_column(1, clusters.schema.field("name"), pa.array(older))
    pq.write_table(renamed, before.staged / "clusters.parquet")
    work, _ = fitted(catalogue, "two", rows, before)
    assert sorted(table(work, "clusters")["name"].to_pylist()) == sorted(older)


def test_titles_without_a_known_word_are_outliers_and_count_as_drift(catalogue: Catalogue) -> None:
    rows = catalogue.rows(4)
    before, _ = fitted(catalogue, "one", rows)
    strange = [
        catalogue.title("space", 50 + at, description="Zzz", listed_in=[], type=None, director=None)
        for at in range(4)
    ]
    work, done = night(catalogue, [*rows, *strange], before)
    assert table(work, "assignments")["status"].to_pylist()[-4:] == ["outlier"] * 4
    assert done.drift["n_new"] == 4
    assert done.drift["outlier_share"] == 1.0
    assert "outlier_share" in done.drift["exceeded"]


def test_a_title_that_is_neither_new_nor_placed_is_named(catalogue: Catalogue) -> None:
    rows = catalogue.rows(4)
    before, _ = fitted(catalogue, "one", rows)
    assignments = table(before, "assignments")
    pq.write_table(assignments.slice(1), before.staged / "assignments.parquet")
    lost = assignments["title_id"][0].as_py()
    with pytest.raises(ClusteringError, match=f"1 titles are neither .* such as {lost}"):
        night(catalogue, rows, before)


@pytest.mark.parametrize(("cuts", "names"), [((), None), ((2,), ["part-00000", "part-00001"])])
def test_titles_are_staged_as_one_file_or_a_folder_of_parts(
    catalogue: Catalogue, cuts: tuple[int, ...], names: list[str] | None
) -> None:
    work, _ = catalogue.identified("one", catalogue.rows(1), cuts=cuts)
    stage_titles(work)
    staged = work.staged / "titles.parquet"
    if names is None:
        assert staged.is_file()
    else:
        assert sorted(path.stem for path in staged.iterdir()) == names
    assert pq.read_table(staged)["title"].to_pylist() == ["Space 0", "Kitchen 0", "Court 0"]
